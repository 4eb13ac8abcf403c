"""Borders drawn onto roads: vertices inside a community moved to the centre lines near them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import shapely

from gridgis.geometry.crs import from_metric, geometries_to_metric, to_metric
from gridgis.planning.editing.fabric import Change, Fabric, Held
from gridgis.planning.editing.moving import moved, refuse_fixed
from gridgis.planning.editing.proof import prove
from gridgis.planning.editing.refusals import Refused, listed
from gridgis.planning.editing.rings import SNAP, Point, apart, rings_of
from gridgis.planning.editing.surgery import Surgery

#: Nobody wants a border moved further than this without seeing it.
FURTHEST_M = 200.0


def snap_to_roads(fabric: Fabric, keys: Collection[str], within_m: float) -> Change:
    """Move vertices of grids to the nearest point of a road, where one is near enough.

    Each vertex is moved if it may be, and left if that would break an invariant, so that one building in the
    way does not keep the rest of a border off its road. Vertices on the border of a community stay.

    Raises
    ------
    Refused
        ``no_change`` where no vertex can be moved.
    """
    surgery = Surgery(fabric)
    now = _neighbourhood(fabric, keys)
    holders: dict[Point, list[str]] = {}
    for key, held in now.items():
        for point in {point for ring in rings_of(held.polygon) for point in ring}:
            holders.setdefault(point, []).append(key)
    wanted = sorted(point for point, having in holders.items() if set(having) & set(keys))
    changed: set[str] = set()
    for vertex, place in _places(fabric, wanted, within_m).items():
        having = holders[vertex]
        if _may(surgery, now, vertex, place, having):
            changed.update(having)
            holders[place] = holders.pop(vertex)
    if not changed:
        raise Refused(
            "no_change", f"no vertex inside the community can be moved to a road within {within_m:g} m of"
            f" {listed(keys)}", keys=keys,
        )  # fmt: skip
    for key in sorted(changed):
        surgery.replace([key], [now[key].polygon])
    return surgery.change()


def _neighbourhood(fabric: Fabric, keys: Collection[str]) -> dict[str, Held]:
    near = {other for key in keys for other in fabric.near(fabric.held(key).polygon.bounds)}
    return {key: fabric.held(key) for key in sorted(near)}


def _places(fabric: Fabric, vertices: list[Point], within_m: float) -> dict[Point, Point]:
    """Return the nearest point of a road for each vertex that has one near enough and is not on it yet."""
    # a degree of latitude has at least 110,500 m, and no city that has roads lies where one of longitude
    # has less than a third of that
    reach = shapely.box(*shapely.multipoints(vertices).bounds).buffer(
        within_m / 110_500.0 * 3.0, join_style="mitre"
    )
    roads = fabric.roads[fabric.roads_tree.query(reach)]
    if not len(roads):
        return {}
    lines = shapely.union_all(geometries_to_metric(roads, fabric.srid))
    corners = np.array(vertices)
    metric = shapely.points(*to_metric(corners[:, 0], corners[:, 1], fabric.srid))
    far_m = shapely.distance(metric, lines)
    near = np.flatnonzero(far_m <= within_m)
    feet = shapely.get_coordinates(shapely.shortest_line(metric[near], lines))[1::2]
    lon, lat = from_metric(feet[:, 0], feet[:, 1], fabric.srid)
    places = {vertices[row]: (float(x), float(y)) for row, x, y in zip(near.tolist(), lon, lat, strict=True)}
    return {vertex: place for vertex, place in places.items() if apart(vertex, place) > SNAP}


def _may(surgery: Surgery, now: dict[str, Held], vertex: Point, place: Point, having: list[str]) -> bool:
    """Move a vertex in `now`, where nothing is broken by it."""
    was = {key: now[key] for key in having}
    try:
        refuse_fixed(surgery.fabric, was, vertex)
        new = {
            key: Held(held.community, moved(key, held.polygon, {vertex: place})) for key, held in was.items()
        }
        if any(
            apart(place, point) <= SNAP
            for held in was.values()
            for ring in rings_of(held.polygon)
            for point in ring
        ):
            return False
        after = {f"n{row}": held for row, held in enumerate(new.values())}
        prove(
            surgery.fabric,
            Change(was, after, {f"n{row}": [key] for row, key in enumerate(new)}),
            was,
        )
    except Refused:
        return False
    now.update(new)
    return True
