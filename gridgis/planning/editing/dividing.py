"""Grids divided along building blocks, and a community cut anew into grids that were designed elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgis.errors import InvalidInput
from gridgis.planning.barriers import Lines
from gridgis.planning.design import ALIKE
from gridgis.planning.dividing import divided, ground
from gridgis.planning.editing.drawing import settle
from gridgis.planning.editing.fabric import Change, Fabric
from gridgis.planning.editing.merging import joined
from gridgis.planning.editing.refusals import Refused
from gridgis.planning.editing.splitting import parted
from gridgis.planning.editing.surgery import Surgery

_TOLERANCE, _SEED = 0.02, 1


def split_into(fabric: Fabric, key: str, parts: int, load: str) -> Change:
    """Cut a grid between its buildings into parts of about equal load.

    Raises
    ------
    InvalidInput
        The buildings have no such load; names those they have.
    Refused
        ``too_few_blocks`` where buildings are too few or carry nothing, and what the proof refuses.
    """
    surgery = Surgery(fabric)
    zones = _zones(fabric, key, parts, load)
    if len(_recut(surgery, [key], zones)) != parts:
        raise Refused(
            "too_few_blocks",
            f"grid {key} cannot be cut into {parts} parts along its building blocks",
            place=surgery.fabric.held(key).polygon,
            keys=[key],
        )
    return surgery.change()


def redraw(fabric: Fabric, community: str, polygons: Collection[shapely.Geometry]) -> Change:
    """Put designed grids in the place of all grids of a community that are not locked.

    A community without any grid gets its first ones, on the free land within its outline.

    Parameters
    ----------
    polygons
        They tile the ground of those grids, up to about a decimetre; ground of theirs beyond it is passed
        over, ground that none of them has goes to the nearest.

    Raises
    ------
    Refused
        ``unknown_grid`` where all grids are locked, what `drawing.settle` refuses, and what the proof does.
    """
    there = fabric.of(community)
    keys = [key for key in there if key not in fabric.locked]
    if there and not keys:
        raise Refused("unknown_grid", f"community {community} has no grid that is not locked in this draft")
    surgery = Surgery(fabric)
    _recut(surgery, keys or settle(surgery, community), np.array([*polygons], dtype=object))
    return surgery.change()


def _recut(surgery: Surgery, keys: list[str], zones: NDArray[Any]) -> list[str]:
    """Cut the ground of grids along zones, and return the grids that the pieces in each zone make."""
    whole = shapely.get_parts(shapely.coverage_union_all([surgery.held(key).polygon for key in keys]))
    lines = shapely.boundary(zones)
    of_zone: dict[int, list[str]] = {}
    for ground_key in surgery.replace(keys, whole):
        for piece in parted(surgery, ground_key, lines):
            of_zone.setdefault(_zone_of(surgery.held(piece).polygon, zones), []).append(piece)
    return [joined(surgery, pieces) if len(pieces) > 1 else pieces[0] for pieces in of_zone.values()]


def _zone_of(piece: shapely.Geometry, zones: NDArray[Any]) -> int:
    return int(np.argmin(shapely.distance(zones, shapely.point_on_surface(piece))))


def _zones(fabric: Fabric, key: str, parts: int, load: str) -> NDArray[Any]:
    polygon, buildings = fabric.held(key).polygon, fabric.buildings
    if load not in buildings.loads:
        raise InvalidInput(
            f"buildings have no load {load!r}; they have {_names(buildings.loads)}", field="load"
        )
    rows = buildings.within(polygon)
    weight = buildings.loads[load][rows]
    if len(rows) < parts or not weight.sum() > 0:
        raise Refused(
            "too_few_blocks",
            f"grid {key} has {len(rows)} buildings with {weight.sum():g} {load}; {parts} parts of equal load"
            " cannot be made of them",
            place=polygon,
            keys=[key],
        )
    roads = fabric.roads[fabric.roads_tree.query(polygon)]
    place = ground(
        key, polygon, buildings.polygons[rows], weight, Lines(roads),
        target=weight.sum() / parts, tolerance=_TOLERANCE, srid=fabric.srid,
    )  # fmt: skip
    *_, found = place.search(seed=_SEED, weights=ALIKE, tolerance=_TOLERANCE, effort=1000.0)
    return divided(place, found, fabric.srid).polygons


def _names(loads: Iterable[str]) -> str:
    return ", ".join(sorted(loads)) or "none"
