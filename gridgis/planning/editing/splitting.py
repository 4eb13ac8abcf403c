"""One grid made into several: along a line, along roads, or into parts of equal load."""

from __future__ import annotations

from collections.abc import Collection

import shapely

from gridgis.planning.editing.cutting import cut
from gridgis.planning.editing.fabric import Change, Fabric
from gridgis.planning.editing.refusals import Refused
from gridgis.planning.editing.surgery import Surgery


def split(fabric: Fabric, key: str, line: shapely.Geometry) -> Change:
    """Cut a grid along a line, which may be bent, cross the border several times and end anywhere.

    Raises
    ------
    Refused
        ``no_border`` when the line parts nothing, and what the proof refuses.
    """
    surgery = Surgery(fabric)
    if len(parted(surgery, key, [line])) < 2:
        raise Refused(
            "no_border",
            f"the line does not divide grid {key}; it must run through it from border to border",
            place=line,
            keys=[key],
        )
    return surgery.change()


def split_by_roads(fabric: Fabric, key: str) -> Change:
    """Cut a grid along the centre lines of the roads in it; a road that ends inside cuts up to a crossing.

    Raises
    ------
    Refused
        ``no_border`` when no road parts it, and what the proof refuses.
    """
    surgery = Surgery(fabric)
    polygon = surgery.held(key).polygon
    roads = fabric.roads[fabric.roads_tree.query(polygon, predicate="intersects")]
    if not len(roads) or len(parted(surgery, key, roads)) < 2:
        raise Refused(
            "no_border", f"no road runs through grid {key} from border to border", place=polygon, keys=[key]
        )
    return surgery.change()


def parted(surgery: Surgery, key: str, lines: Collection[shapely.Geometry]) -> list[str]:
    """Cut a grid along lines and return the keys of the pieces: its own where nothing is cut."""
    polygon = surgery.held(key).polygon
    pieces, inserted = cut(polygon, lines)
    if not pieces:
        raise Refused(
            "invalid",
            f"the lines run too close together, or to the border, to cut grid {key} along them",
            place=shapely.intersection(shapely.union_all([*lines]), polygon),
            keys=[key],
        )
    if len(pieces) < 2:
        return [key]
    surgery.insert(inserted)
    return surgery.replace([key], pieces)
