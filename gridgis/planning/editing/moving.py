"""Borders moved: a vertex, or a stretch of the border of two grids; whoever has it moves along."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import shapely

from gridgis.planning.editing.borders import chains, common_edges
from gridgis.planning.editing.fabric import Change, Fabric, Held
from gridgis.planning.editing.merging import one_community
from gridgis.planning.editing.proof import left_over
from gridgis.planning.editing.refusals import Refused, listed
from gridgis.planning.editing.rings import (
    SNAP,
    Edge,
    Point,
    Ring,
    apart,
    edges_of,
    on_edge,
    polygon_of,
    rings_of,
    turned,
)
from gridgis.planning.editing.surgery import Surgery

#: A new border begins and ends this near to the old one: degrees, about two metres.
_ENDS_WITHIN = 2e-5


def move_vertex(fabric: Fabric, vertex: Point, to: Point) -> Change:
    """Move a vertex inside a community, in every grid that has it; on an edge it becomes a vertex first.

    Raises
    ------
    Refused
        ``no_border`` where no border is, ``community_border`` on the border of a community, and what the
        proof refuses.
    """
    surgery = Surgery(fabric)
    there = _vertex_at(surgery, vertex)
    if apart(there, to) <= SNAP:
        raise Refused("no_change", "the vertex is there already", place=shapely.Point(to))
    holders = holding(surgery, there)
    refuse_fixed(fabric, {key: surgery.held(key) for key in holders}, there)
    for key in holders:
        surgery.replace([key], [moved(key, surgery.held(key).polygon, {there: to})])
    return surgery.change()


def holding(surgery: Surgery, vertex: Point) -> list[str]:
    """Return the keys of the grids that have a vertex."""
    return [
        key
        for key in surgery.near((*vertex, *vertex))
        if any(vertex in ring for ring in rings_of(surgery.held(key).polygon))
    ]


def refuse_fixed(fabric: Fabric, holders: Mapping[str, Held], vertex: Point) -> None:
    """Refuse to move a vertex on the border of a community, or of free land.

    Parameters
    ----------
    holders
        Every grid that has the vertex.
    """
    communities = {held.community for held in holders.values()}
    place = shapely.Point(vertex)
    if len(communities) == 1:
        edges = left_over(held.polygon for held in holders.values())
        if not any(vertex in edge for edge in edges):
            return
        outline = fabric.outlines.get(*communities)
        if outline is not None and not shapely.dwithin(shapely.boundary(outline), place, SNAP):
            sentence = "free land lies there, which has no border to move; draw a grid on it"
            raise Refused("free_land", sentence, place=place, keys=holders)
    raise Refused(
        "community_border",
        f"the border of community {listed(communities)} does not move",
        place=place,
        keys=holders,
    )


def moved(key: str, polygon: shapely.Polygon, places: Mapping[Point, Point]) -> shapely.Polygon:
    """Return a polygon with some vertices elsewhere; refused where that turns it inside out."""
    rings = [[places.get(point, point) for point in ring] for ring in rings_of(polygon)]
    new = shapely.Polygon(rings[0], rings[1:])
    if [shapely.is_ccw(ring) for ring in _lines(new)] != [shapely.is_ccw(ring) for ring in _lines(polygon)]:
        raise Refused(
            "invalid",
            f"grid {key} would be turned inside out",
            place=shapely.multipoints([*places.values()]),
            keys=[key],
        )
    return new


def move_edge(fabric: Fabric, one: str, other: str, path: shapely.Geometry) -> Change:
    """Give two grids of a community another border, from a point of the present one to another.

    Parameters
    ----------
    path
        Begins and ends on the common border, within two metres; what lies between is replaced.

    Raises
    ------
    Refused
        ``communities``, ``not_adjacent``, ``no_border`` and ``beyond`` where the path leaves both grids, and
        what the proof refuses.
    """
    surgery = Surgery(fabric)
    one_community(surgery, [one, other])
    lines = chains(common_edges(surgery, one).get(other, []))
    if not lines:
        raise Refused("not_adjacent", f"grids {one} and {other} have no common border", keys=[one, other])
    points = [(x, y) for x, y in shapely.get_coordinates(path).tolist()]
    line, first, last = _ends(surgery, lines, points, (one, other))
    old = _stretch(line, first, last)
    new = [first, *(p for p in points[1:-1] if min(apart(p, first), apart(p, last)) > SNAP), last]
    if old[0] != first:
        new.reverse()
    if new == old:
        raise Refused("no_change", "the border runs there already", place=path, keys=[one, other])
    _within(surgery, (one, other), new)
    for key, was, becomes in ((one, old, new), (other, old[::-1], new[::-1])):
        rings = _rerouted(surgery.held(key).polygon, was, becomes)
        if min(map(len, rings)) < 3:
            raise Refused(
                "invalid", f"no ground would be left between borders of {key}", place=path, keys=[key]
            )
        surgery.replace([key], [polygon_of(rings)])
    return surgery.change()


def _vertex_at(surgery: Surgery, place: Point) -> Point:
    """Return the vertex that is meant by a place; one is made where a border without one is there."""
    lon, lat = place
    near = surgery.near((lon - SNAP, lat - SNAP, lon + SNAP, lat + SNAP))
    edges = [edge for key in near for edge in edges_of(surgery.held(key).polygon)]
    for vertex in sorted((start for start, _ in edges), key=lambda point: apart(point, place))[:1]:
        if apart(vertex, place) <= SNAP:
            return vertex
    for edge in edges:
        foot = on_edge(place, edge)
        if apart(foot, place) <= SNAP:
            surgery.insert({edge: [foot]})
            return foot
    raise Refused("no_border", "no border runs there", place=shapely.Point(place), keys=near)


def _lines(polygon: shapely.Polygon) -> list[shapely.LinearRing]:
    return [polygon.exterior, *polygon.interiors]


def _ends(
    surgery: Surgery, lines: list[list[Point]], points: list[Point], keys: tuple[str, str]
) -> tuple[list[Point], Point, Point]:
    """Return the common border that a path begins and ends on, with both ends as vertices of it."""
    feet = [[_foot(line, point) for point in (points[0], points[-1])] for line in lines]
    off = [
        max(apart(foot, point) for foot, point in zip(pair, (points[0], points[-1]), strict=True))
        for pair in feet
    ]
    best = off.index(min(off))
    if off[best] > _ENDS_WITHIN:
        raise Refused(
            "no_border",
            f"the new border must begin and end on the common border of {keys[0]} and {keys[1]}",
            place=shapely.multipoints([points[0], points[-1]]),
            keys=keys,
        )
    line = lines[best]
    for foot in feet[best]:
        line = _with_vertex(surgery, line, foot)
    first, last = (_nearest(line, foot) for foot in feet[best])
    if first == last:
        raise Refused(
            "no_border",
            "the new border begins and ends in the same point",
            place=shapely.Point(first),
            keys=keys,
        )
    return line, first, last


def _foot(line: list[Point], point: Point) -> Point:
    """Return the point of a line nearest to a point, a vertex where one is as good as there."""
    foot = min((on_edge(point, edge) for edge in pairwise(line)), key=lambda place: apart(place, point))
    vertex = _nearest(line, foot)
    return vertex if apart(vertex, foot) <= SNAP else foot


def _nearest(line: list[Point], point: Point) -> Point:
    return min(line, key=lambda vertex: apart(vertex, point))


def _with_vertex(surgery: Surgery, line: list[Point], foot: Point) -> list[Point]:
    if apart(_nearest(line, foot), foot) <= SNAP:
        return line
    edges: list[Edge] = [*pairwise(line)]
    row = min(range(len(edges)), key=lambda k: apart(on_edge(foot, edges[k]), foot))
    surgery.insert({edges[row]: [foot]})
    return [*line[: row + 1], foot, *line[row + 1 :]]


def _stretch(line: list[Point], first: Point, last: Point) -> list[Point]:
    """Return the part of a line between two of its vertices; of a closed line, the shorter part."""
    i, j = sorted((line.index(first), line.index(last)))
    between = line[i : j + 1]
    if line[0] != line[-1]:
        return between
    beyond = [*line[j:], *line[1 : i + 1]]
    return min(between, beyond, key=lambda part: shapely.LineString(part).length)


def _within(surgery: Surgery, keys: tuple[str, str], new: list[Point]) -> None:
    """Refuse a border that leaves the ground of both grids."""
    held = [surgery.held(key) for key in keys]
    ground = shapely.coverage_union_all([grid.polygon for grid in held])
    out = shapely.difference(shapely.LineString(new), shapely.buffer(ground, SNAP))
    if out.is_empty:
        return
    others = {
        key
        for key in surgery.near(out.bounds)
        if key not in keys and surgery.held(key).polygon.intersects(out)
    }
    foreign = {surgery.held(key).community for key in others} - {held[0].community}
    if foreign or not others:
        sentence = f"the border of community {listed({held[0].community, *foreign})} does not move"
        raise Refused("community_border", sentence, place=out, keys=[*keys, *others])
    raise Refused(
        "beyond",
        f"the new border of {keys[0]} and {keys[1]} would run through {listed(others)}",
        place=out,
        keys=[*keys, *others],
    )


def _rerouted(polygon: shapely.Polygon, old: list[Point], new: list[Point]) -> list[Ring]:
    """Return a polygon's rings with one run of vertices replaced by another between the same ends."""
    rings = rings_of(turned(polygon))
    for number, ring in enumerate(rings):
        if old[0] in ring and old[1] in ring:
            begin = ring.index(old[0])
            turned_to = ring[begin:] + ring[:begin]
            if turned_to[: len(old) - 1] == old[:-1]:
                rings[number] = new[:-1] + turned_to[len(old) - 1 :]
                break
    return rings
