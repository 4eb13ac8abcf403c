"""The proof that a change keeps what must hold, made for every edit before it is handed over.

Gaps and overlaps are not measured, they are excluded. Take the edges of grids with the ground on their left
and let equal edges of opposite direction cancel: what is left over of the grids concerned is the border of
their ground. When that is the same edges before and after, every point of the ground is gone round as often
as before, once; and a valid polygon goes round each point once or not at all. So exactly one grid has it.
Done for each community apart, it also proves that no community's border moved.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
import shapely

from gridgis.geometry.coverage import SLIVER_QUOTIENT
from gridgis.geometry.crs import geometries_to_metric
from gridgis.planning.editing.fabric import Change, Fabric, Held, is_new
from gridgis.planning.editing.refusals import Refused, listed
from gridgis.planning.editing.rings import Edge, edges_of, rings_of

#: A border this deep in a building cuts it: degrees, about a centimetre. Less is rounding along a wall.
_WALL = 1e-7
#: No grid is smaller than this, and none as thin as a sliver is narrower than this on average. A wide one may
#: have as long a border: what is designed of building blocks winds between the buildings.
SMALLEST_M2, NARROWEST_M = 1.0, 10.0

_PLACE = re.compile(r"\[(\S+) (\S+)\]")


def prove(fabric: Fabric, change: Change, ground: Mapping[str, Held]) -> None:
    """Refuse a change that would break an invariant.

    Parameters
    ----------
    ground
        The grids of `change.before`, with every point that the change puts into their borders.

    Raises
    ------
    Refused
        By name and place.
    """
    _unlocked(fabric, change)
    _whole_shapes(fabric, change)
    _same_ground(change, ground)
    _whole_buildings(fabric, _new_borders(change, ground))
    _numbers_left(fabric, change)


def left_over(polygons: Iterable[shapely.Polygon]) -> set[Edge]:
    """Return the border of polygons that share their vertices: the edges that no other has in reverse."""
    edges: set[Edge] = set()
    for polygon in polygons:
        for start, end in edges_of(polygon):
            if (end, start) in edges:
                edges.remove((end, start))
            else:
                edges.add((start, end))
    return edges


def cut_buildings(fabric: Fabric, lines: Iterable[Edge]) -> list[tuple[int, shapely.Geometry]]:
    """Return the rows of the buildings that lines would cut, and the lines inside them."""
    borders = shapely.linestrings(np.array([*lines]).reshape(-1, 2, 2))
    line, row = fabric.buildings.tree.query(borders, predicate="intersects")
    if not len(row):
        return []
    inner = shapely.buffer(fabric.buildings.polygons[row], -_WALL, join_style="mitre")
    inside = shapely.intersection(borders[line], inner)
    cut = ~shapely.is_empty(inside)
    return [*zip(row[cut].tolist(), inside[cut], strict=True)]


def _unlocked(fabric: Fabric, change: Change) -> None:
    locked = change.removed & fabric.locked
    if locked:
        place = shapely.multipolygons([change.before[key].polygon for key in sorted(locked)])
        raise Refused("locked", f"locked: {listed(locked)}; unlock first", place=place, keys=locked)


def _whole_shapes(fabric: Fabric, change: Change) -> None:
    for key, held in change.after.items():
        olds = change.from_.get(key, [key])
        if key in change.added:
            _not_pinched(olds, held.polygon)
        if not shapely.is_valid(held.polygon):
            reason = shapely.is_valid_reason(held.polygon)
            found = _PLACE.search(reason)
            place = shapely.Point(float(found[1]), float(found[2])) if found else None
            raise Refused(
                "invalid", f"the border of {_named(olds)} would cross itself", place=place, keys=olds
            )
    _no_slivers(fabric, change)


def _not_pinched(olds: list[str], polygon: shapely.Polygon) -> None:
    twice = [
        point for point, times in Counter(p for ring in rings_of(polygon) for p in ring).items() if times > 1
    ]
    if twice:
        raise Refused(
            "pinched",
            f"a grid made from {_named(olds)} would touch itself in a point",
            place=shapely.Point(twice[0]),
            keys=olds,
        )


def _named(olds: list[str]) -> str:
    return listed(olds) or "free land"


def _no_slivers(fabric: Fabric, change: Change) -> None:
    """Refuse a new grid that is a sliver, unless it comes from one that was no better."""
    added = change.added
    if not added:
        return
    keys = [*added, *(key for key in change.before if key not in change.after)]
    shapes = [(added.get(key) or change.before[key]).polygon for key in keys]
    metric = geometries_to_metric(shapes, fabric.srid)
    areas, around = shapely.area(metric), shapely.length(metric)
    quotients = np.where(
        2 * areas < NARROWEST_M * around, 4 * np.pi * areas / np.maximum(around, 1e-9) ** 2, 1.0
    )
    quotient = dict(zip(keys, quotients.tolist(), strict=True))
    area = dict(zip(keys, areas.tolist(), strict=True))
    for key, held in added.items():
        olds = [old for old in change.from_[key] if old in quotient]
        enough = min([SLIVER_QUOTIENT, *(quotient[old] for old in olds)])
        smallest = min([SMALLEST_M2, *(area[old] for old in olds)])
        if quotient[key] < enough or area[key] < smallest:
            raise Refused(
                "sliver",
                f"a grid of {area[key]:.1f} m2 made from {_named(olds)} would be a sliver",
                place=held.polygon,
                keys=olds,
            )


def _same_ground(change: Change, ground: Mapping[str, Held]) -> None:
    # what is the same before and after cancels; what is drawn on free land was nobody's
    alike = {
        key
        for key, polygon in change.reshaped.items()
        if shapely.equals_identical(polygon, ground[key].polygon)
    }
    drawn = {key for key, olds in change.from_.items() if not olds}
    before = _by_community({key: held for key, held in ground.items() if key not in alike})
    after = _by_community({key: held for key, held in change.after.items() if key not in alike | drawn})
    for community in sorted(before.keys() | after.keys()):
        moved = left_over(before[community]) ^ left_over(after[community])
        if moved:
            raise Refused(
                "community_border",
                f"the border of community {community} would move",
                place=shapely.multilinestrings(sorted(moved)),
                keys=change.removed,
            )


def _by_community(grids: Mapping[str, Held]) -> defaultdict[str, list[shapely.Polygon]]:
    polygons: defaultdict[str, list[shapely.Polygon]] = defaultdict(list)
    for held in grids.values():
        polygons[held.community].append(held.polygon)
    return polygons


def _new_borders(change: Change, ground: Mapping[str, Held]) -> list[Edge]:
    old = {edge for held in ground.values() for edge in edges_of(held.polygon)}
    new = {edge for held in change.added.values() for edge in edges_of(held.polygon)}
    return [
        (start, end)
        for start, end in sorted(new)
        if (start, end) not in old and (end, start) not in old and ((end, start) not in new or start < end)
    ]


def _whole_buildings(fabric: Fabric, borders: list[Edge]) -> None:
    if not borders or not len(fabric.buildings.ids):
        return
    cut = cut_buildings(fabric, borders)
    if cut:
        names = {str(fabric.buildings.ids[row]) for row, _ in cut}
        raise Refused(
            "building_cut",
            f"the new border would cut building {listed(names)}",
            place=shapely.union_all([place for _, place in cut]),
            buildings=names,
        )


def _numbers_left(fabric: Fabric, change: Change) -> None:
    more = Counter(held.community for key, held in change.added.items() if is_new(key))
    more.subtract(
        Counter(
            held.community for key, held in change.before.items() if is_new(key) and key in change.removed
        )
    )
    for community, count in sorted(more.items()):
        wanted = fabric.used.get(community, 0) + count
        if count > 0 and wanted > fabric.highest:
            raise Refused(
                "code_overflow",
                f"community {community} would need grid number {wanted}; its numbers end at {fabric.highest}",
                keys=change.removed,
            )
