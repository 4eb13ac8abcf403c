"""The neighbourhood of an edit, read for `gridgis.planning.editing`: grids, buildings, roads, outlines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridgis.config import Config
from gridgis.planning.editing.fabric import Buildings, Fabric, Numbers
from gridgis.planning.editing.operations import Reach
from gridgis.sql import draft_grids as sql
from gridgis.sql.draft_grids import Box, View

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A fabric, and the row of each grid in it as the draft has it."""

    fabric: Fabric
    rows: Mapping[str, Row[Any]]


def neighbourhood(
    session: Session,
    view: View,
    reach: Reach,
    config: Config,
    *,
    plan_id: int,
    next_new: int,
    community: str | None = None,
) -> Neighbourhood:
    """Read what an edit may touch: the grids it names, all that meet their boxes, and what stands there.

    Parameters
    ----------
    next_new
        What the next new grid of the draft is called, after the ``n``.
    community
        One whose outline is wanted even where it has no grid.
    """
    boxes = _seeds(session, view, reach)
    rows = sql.select_in_boxes(session, view, boxes)
    polygons = shapely.from_wkb([bytes(row.wkb) for row in rows]) if rows else []
    communities = sorted(
        {row.community_code for row in rows} | {*reach.communities, *filter(None, [community])}
    )
    outlines = sql.select_outlines(session, communities)
    fabric = Fabric(
        [(row.key, row.community_code, shape) for row, shape in zip(rows, polygons, strict=True)],
        outlines={code: shapely.from_wkb(wkb) for code, wkb in outlines.items()},
        buildings=buildings_in(session, boxes),
        roads=shapely.get_parts(shapely.from_wkb(sql.select_roads(session, boxes))),
        locked=[row.key for row in rows if row.locked],
        numbers=Numbers(sql.count_used(session, plan_id, communities), next_new=next_new),
        srid=config.metric_srid,
    )
    return Neighbourhood(fabric, {row.key: row for row in rows})


def _seeds(session: Session, view: View, reach: Reach) -> list[Box]:
    """Return the boxes of what an edit names."""
    named: list[Row[Any]] = []
    if reach.keys:
        named += sql.select_by_key(session, view, reach.keys)
    boxes: list[Box] = list(sql.select_building_boxes(session, reach.buildings).values())
    if reach.communities:
        named += sql.select_by_prefix(session, view, reach.communities)
        bare = {*reach.communities} - {row.community_code for row in named}  # their first grids are drawn
        boxes += [shapely.from_wkb(wkb).bounds for wkb in sql.select_outlines(session, sorted(bare)).values()]
    if reach.bounds is not None:
        boxes.append(reach.bounds)
    if boxes:  # the grids that meet these reach further than they do
        named += sql.select_in_boxes(session, view, boxes)
    shapes = np.array([shapely.from_wkb(bytes(row.wkb)) for row in named], dtype=object)
    found: Sequence[Any] = shapely.bounds(shapes).tolist() if len(shapes) else []
    return [*boxes, *(tuple(box) for box in found)]


def buildings_in(session: Session, boxes: Sequence[Box]) -> Buildings:
    """Return the buildings whose boxes meet some boxes (degrees)."""
    rows = sql.select_buildings(session, boxes)
    return Buildings(
        np.array([row.code for row in rows], dtype=object),
        np.array([shapely.from_wkb(bytes(row.wkb)) for row in rows], dtype=object),
        {
            "households": np.array([row.households or 0 for row in rows], dtype=np.float64),
            "buildings": np.ones(len(rows)),
        },
    )
