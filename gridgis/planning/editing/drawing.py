"""New grids on free land: the ground of a community that no grid has."""

from __future__ import annotations

import numpy as np
import shapely

from gridgis.errors import InvalidInput
from gridgis.planning.editing.fabric import Change, Fabric
from gridgis.planning.editing.refusals import Refused, listed
from gridgis.planning.editing.rings import SNAP, Point, Ring, apart, edges_of, on_edge, polygon_of, rings_of
from gridgis.planning.editing.surgery import Surgery


def draw(fabric: Fabric, polygon: shapely.Geometry, community: str) -> Change:
    """Make a grid of the free land of a community that a polygon encloses.

    What the polygon covers of other grids and beyond the community is left out, and what it leaves of free
    land is left free; but no crack narrower than `SNAP` stays between the new grid and its neighbours.

    Raises
    ------
    InvalidInput
        The community's outline is not known.
    Refused
        ``no_free_land``, naming the grids that have the ground; ``two_parts``, ``invalid``, and what the
        proof refuses.
    """
    surgery = Surgery(fabric)
    _settle(surgery, polygon, community, _outline(fabric, community))
    return surgery.change()


def settle(surgery: Surgery, community: str) -> list[str]:
    """Put a grid on all the land of a community that has none, one a part of its outline; return their keys.

    Raises
    ------
    InvalidInput, Refused
        As `draw`.
    """
    outline = _outline(surgery.fabric, community)
    return [_settle(surgery, part, community, outline) for part in shapely.get_parts(outline)]


def _outline(fabric: Fabric, community: str) -> shapely.Geometry:
    if community not in fabric.outlines:
        raise InvalidInput(f"the outline of community {community!r} is not known", field="community")
    return fabric.outlines[community]


def _settle(surgery: Surgery, polygon: shapely.Geometry, community: str, outline: shapely.Geometry) -> str:
    near = surgery.near(tuple(shapely.bounds(shapely.buffer(polygon, SNAP)).tolist()))
    free = _free(surgery, polygon, outline, near)
    rings = [_met(surgery, ring, near) for ring in rings_of(free)]
    if len(rings[0]) < 3:
        raise Refused(
            "sliver", "the free land there is narrower than a border is exact", place=free, keys=near
        )
    new = polygon_of([ring for ring in rings if len(ring) > 2])
    key = surgery.add(community, new)
    _beside(surgery, new, near)
    return key


def _free(
    surgery: Surgery, polygon: shapely.Geometry, outline: shapely.Geometry, near: list[str]
) -> shapely.Polygon:
    """Return the free land in a polygon, which must be one piece."""
    shapes = [surgery.held(key).polygon for key in near]
    free = shapely.get_parts(
        shapely.difference(shapely.intersection(polygon, outline), shapely.union_all(shapes))
    )
    # what vanishes when a snap is taken off all round is the rounding of borders, not land
    land = free[(shapely.get_dimensions(free) == 2) & ~shapely.is_empty(shapely.buffer(free, -SNAP))]
    if not len(land):
        taken = [key for key, shape in zip(near, shapes, strict=True) if shape.intersects(polygon)]
        raise Refused(
            "no_free_land",
            f"no free land of the community there; {listed(taken) or 'no grid'} has the ground",
            place=polygon,
            keys=taken,
        )
    if len(land) > 1:
        raise Refused(
            "two_parts",
            f"the free land drawn around is in {len(land)} parts; draw one after the other",
            place=shapely.multipolygons(land),
            keys=near,
        )
    return land[0]


def _met(surgery: Surgery, ring: Ring, near: list[str]) -> Ring:
    """Return a ring whose points near borders are points of them, and which has the borders' points."""
    ring = [_placed(surgery, point, near) for point in ring]
    ring = [point for point, before in zip(ring, ring[-1:] + ring[:-1], strict=True) if point != before]
    corners = {start for key in near for start, _ in edges_of(surgery.held(key).polygon)}
    full: Ring = []
    for start, end in zip(ring, ring[1:] + ring[:1], strict=True):
        passed = [p for p in _in_box(corners, start, end) if apart(on_edge(p, (start, end)), p) <= SNAP]
        passed = [p for p in passed if p not in ring]
        full += [start, *sorted(passed, key=lambda p, start=start: apart(p, start))]  # type: ignore[misc]
    return full


def _in_box(points: set[Point], start: Point, end: Point) -> list[Point]:
    west, east = sorted((start[0], end[0]))
    south, north = sorted((start[1], end[1]))
    return [
        (x, y) for x, y in points if west - SNAP <= x <= east + SNAP and south - SNAP <= y <= north + SNAP
    ]


def _placed(surgery: Surgery, point: Point, near: list[str]) -> Point:
    """Return the point of a border that a point is meant to be, put into the border; else the point."""
    edges = [edge for key in near for edge in edges_of(surgery.held(key).polygon)]
    if not edges:
        return point
    starts = np.array(edges)[:, 0]
    far = np.hypot(*(starts - point).T)
    if far.min() <= SNAP:
        return edges[int(far.argmin())][0]
    for edge in edges:
        foot = on_edge(point, edge)
        if apart(foot, point) <= SNAP:
            surgery.insert({edge: [foot]})
            return foot
    return point


def _beside(surgery: Surgery, new: shapely.Polygon, near: list[str]) -> None:
    """Refuse a grid that does not lie exactly beside its neighbours."""
    around = [new, *(surgery.held(key).polygon for key in near)]
    if shapely.is_valid(new) and not shapely.coverage_is_valid(around):
        raise Refused(
            "invalid",
            "the new grid does not fit between its neighbours",
            place=shapely.coverage_invalid_edges(around)[0],
            keys=near,
        )
