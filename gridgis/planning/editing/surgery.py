"""Several cuts and joins made into one change, which is proved before it is handed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import shapely

from gridgis.planning.editing.fabric import Change, Fabric, Held
from gridgis.planning.editing.proof import prove
from gridgis.planning.editing.refusals import Refused
from gridgis.planning.editing.rings import Edge, Point, turned, with_points

#: Share of a grid that rounding alone may seem to have come from another.
_NO_SHARE = 1e-9


class Surgery:
    """A fabric with an edit under way: what is put here shows here, and nothing in the fabric."""

    def __init__(self, fabric: Fabric) -> None:
        self.fabric = fabric
        self._now: dict[str, Held | None] = {}
        # the grids touched, as they were, but with every point put into their borders since
        self._ground: dict[str, Held] = {}
        self._from: dict[str, set[str]] = {}
        self._next = fabric.next_number

    def held(self, key: str) -> Held:
        """Return a grid as it is now; refused where there is none."""
        return self._now.get(key) or self.fabric.held(key)

    def near(self, bounds: tuple[float, float, float, float]) -> list[str]:
        """Return the keys of the grids that may meet a box, ascending."""
        found = {key for key in self.fabric.near(bounds) if key not in self._now}
        return sorted(found | {key for key, held in self._now.items() if held})

    def insert(self, points: Mapping[Edge, list[Point]]) -> None:
        """Put points into edges, in every grid that has them."""
        if not points:
            return
        edges = shapely.linestrings([*points])
        for key in self.near(shapely.total_bounds(edges).tolist()):
            held = self.held(key)
            if not shapely.intersects(shapely.box(*held.polygon.bounds), edges).any():
                continue
            longer = with_points(held.polygon, points)
            if longer is not held.polygon:
                if key in self.fabric.grids:
                    self._ground.setdefault(key, held)
                self._now[key] = Held(held.community, longer)
        for key, (community, polygon) in self._ground.items():
            self._ground[key] = Held(community, with_points(polygon, points))

    def replace(self, keys: Iterable[str], polygons: Iterable[shapely.Polygon]) -> list[str]:
        """Put new grids, all made from all the old ones, in their place; return the keys of the new ones.

        The old grids are of one community.
        """
        olds = list(keys)
        held = [self.held(key) for key in olds]
        origins: set[str] = set()
        for key, was in zip(olds, held, strict=True):
            origins |= self._from.pop(key, {key})
            if key in self.fabric.grids:
                self._ground.setdefault(key, was)
                self._now[key] = None
            else:
                del self._now[key]
        new = [self.add(held[0].community, polygon) for polygon in polygons]
        self._from.update((key, set(origins)) for key in new)
        return new

    def add(self, community: str, polygon: shapely.Polygon) -> str:
        """Put a grid on free land; return its key. That it fits there is for the caller to see to."""
        key = f"n{self._next}"
        self._next += 1
        self._now[key] = Held(community, turned(polygon))
        self._from[key] = set()
        return key

    def change(self) -> Change:
        """Return the whole edit.

        Raises
        ------
        Refused
            It would break an invariant, or change nothing.
        """
        before = {key: self.fabric.grids[key] for key in sorted(self._ground)}
        after = {key: held for key, held in self._now.items() if held}
        change = Change(before, after, {key: self._by_ground(key) for key in self._from})
        if not change.removed and not change.added:
            raise Refused("no_change", "nothing would change")
        prove(self.fabric, change, self._ground)
        return change

    def _by_ground(self, key: str) -> list[str]:
        """Return the grids whose ground a new grid has, the one that gave most first."""
        olds = sorted(self._from[key])
        if len(olds) < 2:
            return olds
        was = np.array([self.fabric.grids[old].polygon for old in olds], dtype=object)
        polygon = self.held(key).polygon
        share = shapely.area(shapely.intersection(polygon, was)) / polygon.area
        return [olds[row] for row in np.argsort(-share, kind="stable") if share[row] > _NO_SHARE]
