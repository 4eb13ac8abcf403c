"""Ground given from grids to a neighbour: the block of a building, or whatever a polygon encloses."""

from __future__ import annotations

import numpy as np
import shapely

from gridgis.planning.blocks import building_blocks
from gridgis.planning.editing.fabric import Change, Fabric
from gridgis.planning.editing.merging import joined
from gridgis.planning.editing.refusals import Refused
from gridgis.planning.editing.splitting import parted
from gridgis.planning.editing.surgery import Surgery

#: Ground of another community that a polygon may take in by inaccuracy: square degrees, about a square metre.
_CARELESS = 1e-10


def transfer_building(fabric: Fabric, building: str, to: str) -> Change:
    """Give the block of a building, the ground nearest to it in its grid, to a neighbouring grid.

    Raises
    ------
    Refused
        ``unknown_building``, and as `transfer_ground`.
    """
    rows = np.flatnonzero(fabric.buildings.ids == building)
    if not len(rows):
        raise Refused("unknown_building", f"there is no building {building} here", buildings=[building])
    point = shapely.point_on_surface(fabric.buildings.polygons[rows[0]])
    sources = [key for key in fabric.near(point.bounds) if fabric.held(key).polygon.covers(point)]
    if not sources:
        raise Refused(
            "unknown_grid", f"building {building} lies in no grid", place=point, buildings=[building]
        )
    return _given(fabric, _block(fabric, sources[0], int(rows[0])), to, sources[:1])


def transfer_ground(fabric: Fabric, polygon: shapely.Geometry, to: str) -> Change:
    """Give what a polygon encloses of other grids of the community to a grid.

    Raises
    ------
    Refused
        ``communities`` where it reaches into another community, ``two_parts`` where a giver would fall
        apart, ``not_adjacent`` where the ground does not border on the taker, ``no_change``, and what the
        proof refuses.
    """
    community = fabric.held(to).community
    sources = []
    for key in fabric.near(polygon.bounds):
        held = fabric.held(key)
        common = shapely.intersection(held.polygon, polygon)
        if held.community != community and common.area > _CARELESS:
            raise Refused(
                "communities",
                f"the ground reaches into grid {key} of community {held.community}; {to} is of {community}",
                place=common,
                keys=[key, to],
            )
        if held.community == community and key != to and common.area > 0:
            sources.append(key)
    return _given(fabric, polygon, to, sources)


def _given(fabric: Fabric, ground: shapely.Geometry, to: str, sources: list[str]) -> Change:
    surgery = Surgery(fabric)
    taken: list[str] = []
    for source in sources:
        if source == to:
            continue
        pieces = parted(surgery, source, [shapely.boundary(ground)])
        inside = [k for k in pieces if ground.covers(surgery.held(k).polygon.point_on_surface())]
        taken += inside
        _stays_whole(surgery, source, [key for key in pieces if key not in inside])
    if not taken:
        raise Refused("no_change", f"no ground there that grid {to} does not have", place=ground, keys=[to])
    joined(surgery, [to, *taken])
    return surgery.change()


def _stays_whole(surgery: Surgery, source: str, rest: list[str]) -> None:
    """Make what a giver keeps one grid again; refuse where it is in parts."""
    if len(rest) < 2:
        return
    try:
        joined(surgery, rest)
    except Refused as refusal:
        raise Refused(
            "two_parts", f"grid {source} would be in {len(rest)} parts", place=refusal.place, keys=[source]
        ) from refusal


def _block(fabric: Fabric, key: str, building: int) -> shapely.Geometry:
    """Return the ground of a grid that is nearest to a building in it, given by row."""
    ground, buildings = fabric.held(key).polygon, fabric.buildings
    inside = buildings.within(ground)
    blocks = building_blocks(ground, buildings.polygons[inside], fabric.srid)
    return blocks.polygons[blocks.block[np.flatnonzero(inside == building)[0]]]
