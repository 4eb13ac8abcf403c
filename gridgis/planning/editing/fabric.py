"""The grids near an edit, their surroundings, and the change an edit makes to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from rtree import index

from gridgis.errors import Conflict
from gridgis.planning.editing.refusals import Refused

Bounds = tuple[float, float, float, float]


class Held(NamedTuple):
    """A grid's community and ground."""

    community: str
    polygon: shapely.Polygon


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit does, and what it undoes: exact in both directions.

    Attributes
    ----------
    before, after
        The grids concerned, by key, as they were and as they are; a key in both is a grid that only got
        vertices on its border and keeps its ground.
    from_
        Of every grid that is new, those whose ground it has, the one that gave most first; of one drawn on
        free land, none. A grid whose border was moved comes from itself alone.
    """

    before: dict[str, Held]
    after: dict[str, Held]
    from_: dict[str, list[str]]

    @property
    def removed(self) -> set[str]:
        """Grids that are no more."""
        return self.before.keys() - self.after.keys()

    @property
    def added(self) -> dict[str, Held]:
        """Grids that are new."""
        return {key: held for key, held in self.after.items() if key not in self.before}

    @property
    def reshaped(self) -> dict[str, shapely.Polygon]:
        """Grids with the same ground and more vertices."""
        return {key: held.polygon for key, held in self.after.items() if key in self.before}

    @property
    def inverse(self) -> Change:
        """The change that gives back the very polygons of before."""
        into: dict[str, list[str]] = {}
        for new, olds in sorted(self.from_.items()):
            for old in olds:
                into.setdefault(old, []).append(new)
        return Change(self.after, self.before, into)


@dataclass(frozen=True)
class Buildings:
    """Buildings that no border may cut, and what they weigh.

    Attributes
    ----------
    ids, polygons
        Aligned; EPSG:4326.
    loads
        Measure -> number of each building: households, population, …
    """

    ids: NDArray[Any]
    polygons: NDArray[Any]
    loads: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of the polygons."""
        return shapely.STRtree(self.polygons)

    def within(self, ground: shapely.Geometry) -> NDArray[np.int64]:
        """Return the rows, ascending, of the buildings whose point on surface lies in some ground."""
        rows = np.sort(self.tree.query(ground, predicate="intersects"))
        return rows[shapely.covers(ground, shapely.point_on_surface(self.polygons[rows]))]


NO_BUILDINGS = Buildings(np.empty(0, dtype=object), np.empty(0, dtype=object))


@dataclass(frozen=True, slots=True)
class Numbers:
    """How far grids are numbered.

    Attributes
    ----------
    used
        Community -> numbers it has ever given to published grids, plus the new grids the draft has in it; a
        community that is not named has none.
    highest
        The last number a community can give; see `codes.grids.highest_sequence`.
    next_new
        New grids are called ``n`` and a number, from this one on.
    """

    used: Mapping[str, int] = field(default_factory=dict)
    highest: int = 999
    next_new: int = 1


NOT_NUMBERED = Numbers()


class Fabric:
    """Grids of a plan that an edit may touch: a neighbourhood, or a city.

    Parameters
    ----------
    grids
        Key, community and polygon (EPSG:4326) of each. Neighbours share their vertices to the last bit.
        Every grid that meets one to be edited belongs here, of whatever community; see `operations.reach`.
    outlines
        Community -> its ground, for drawing into free land.
    buildings
        Those that meet the grids.
    roads
        Centre lines, EPSG:4326.
    locked
        Keys of grids that keep their ground.
    numbers
        What has been numbered so far.
    srid
        Metric CRS of areas and lengths.
    """

    def __init__(
        self,
        grids: Iterable[tuple[str, str, shapely.Polygon]],
        *,
        outlines: Mapping[str, shapely.Geometry] | None = None,
        buildings: Buildings = NO_BUILDINGS,
        roads: Iterable[shapely.Geometry] = (),
        locked: Collection[str] = (),
        numbers: Numbers = NOT_NUMBERED,
        srid: int = 4547,
    ) -> None:
        self.grids = {key: Held(community, polygon) for key, community, polygon in grids}
        self.outlines = dict(outlines or {})
        self.buildings = buildings
        self.roads = np.array([*roads], dtype=object)
        self.locked = set(locked)
        self.used = dict(numbers.used)
        self.highest = numbers.highest
        self.next_number = numbers.next_new
        self.srid = srid
        self._number = {key: number for number, key in enumerate(self.grids)}
        self._key = dict(enumerate(self.grids))
        self._index = _index(self.grids)
        self._issued = len(self.grids)

    @cached_property
    def roads_tree(self) -> shapely.STRtree:
        """Index of the roads."""
        return shapely.STRtree(self.roads)

    def held(self, key: str) -> Held:
        """Return a grid.

        Raises
        ------
        Refused
            ``unknown_grid``.
        """
        try:
            return self.grids[key]
        except KeyError:
            raise Refused(
                "unknown_grid", f"there is no grid {key} in this draft; it may have been changed", keys=[key]
            ) from None

    def near(self, bounds: Bounds) -> list[str]:
        """Return the keys of the grids whose bounding boxes meet a box, ascending."""
        return sorted(self._key[number] for number in self._index.intersection(bounds))

    def of(self, community: str) -> list[str]:
        """Return the keys of a community's grids, ascending."""
        return sorted(key for key, held in self.grids.items() if held.community == community)

    def apply(self, change: Change) -> None:
        """Make a change, or with `Change.inverse` undo one.

        Raises
        ------
        Conflict
            Its grids are not, to the last bit, as they were when it was made; nothing is changed.
        """
        for key in change.before.keys() | change.after.keys():
            if not _same(self.grids.get(key), change.before.get(key)):
                raise Conflict(f"grid {key} has been changed since this edit was made")
        for key, held in change.before.items():
            if not _same_bounds(held, change.after.get(key)):
                self._index.delete(self._number[key], held.polygon.bounds)
            if key not in change.after:
                del self.grids[key], self._key[self._number.pop(key)]
                self._count(key, held.community, -1)
        for key, held in change.after.items():
            if key not in change.before:
                self._number[key], self._key[self._issued] = self._issued, key
                self._issued += 1
                self._count(key, held.community, 1)
            if not _same_bounds(held, change.before.get(key)):
                self._index.insert(self._number[key], held.polygon.bounds)
            self.grids[key] = held

    def _count(self, key: str, community: str, by: int) -> None:
        if is_new(key):
            self.used[community] = self.used.get(community, 0) + by
            self.next_number = max(self.next_number, int(key[1:]) + 1)


def is_new(key: str) -> bool:
    """Whether a grid was made in the draft and has no code yet."""
    return key.startswith("n")


def _same(one: Held | None, other: Held | None) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or (
        one.community == other.community and bool(shapely.equals_identical(one.polygon, other.polygon))
    )


def _same_bounds(one: Held, other: Held | None) -> bool:
    """Whether a grid that only got vertices may stay where it is in the index, as nearly all may."""
    return other is not None and one.polygon.bounds == other.polygon.bounds


def _index(grids: Mapping[str, Held]) -> index.Index:
    if not grids:
        return index.Index()
    bounds = shapely.bounds(np.array([held.polygon for held in grids.values()], dtype=object))
    return index.Index((np.arange(len(bounds)), bounds[:, :2].copy(), bounds[:, 2:].copy()))
