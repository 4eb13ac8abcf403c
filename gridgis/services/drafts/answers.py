"""What a planner sees of a draft: grids as GeoJSON with their figures, and who gets how much work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import shapely
import shapely.geometry

from gridgis.services.drafts import figuring
from gridgis.services.drafts.keeping import Planner
from gridgis.sql import draft_grids as sql
from gridgis.sql.draft_grids import View

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session


def answered(
    session: Session,
    planner: Planner,
    view: View,
    edit: Row[Any],
    was: Sequence[Row[Any]],
    keys: Sequence[str],
    now: datetime,
) -> dict[str, Any]:
    """Return what an edit has changed.

    Parameters
    ----------
    edit
        Its row in the log.
    was
        The grids concerned as they were.
    keys
        Those whose row changed.
    """
    became = sql.select_by_key(session, view, keys)
    was, became = (
        [row for row in rows if planner.scope.covers(row.community_code)] for rows in (was, became)
    )
    there = {row.key for row in became}
    return {
        "edit": {"seq": edit.seq, "operation": edit.operation, "actor": edit.actor, "at": edit.at},
        "removed": sorted({row.key for row in was} - there),
        "grids": collection(session, became, now),
        "loads": _loads(session, view, was, became, now),
    }


def collection(session: Session, rows: Sequence[Row[Any]], now: datetime) -> dict[str, Any]:
    """Return grids of a draft as a GeoJSON feature collection with their figures."""
    return {
        "type": "FeatureCollection",
        "features": features(rows, figuring.of_rows(session, rows, now)),
    }


def features(
    rows: Sequence[Row[Any]], figures: Mapping[str, Mapping[str, Any]], **more: Any
) -> list[dict[str, Any]]:
    """Return grids as GeoJSON features: what each is, what it carries, and `more` that all have."""
    shapes = shapely.from_wkb([bytes(row.wkb) for row in rows]) if rows else []
    return [
        {
            "type": "Feature",
            "id": row.key,
            "geometry": shapely.geometry.mapping(shape),
            "properties": {**properties(row), **figures[row.key], **more},
        }
        for row, shape in zip(rows, shapes, strict=True)
    ]


def properties(row: Row[Any]) -> dict[str, Any]:
    """Return what a grid is, without what it carries."""
    is_new = row.key.startswith("n")
    return {
        "key": row.key,
        "code": None if is_new else row.key,
        "community_code": row.community_code,
        "worker_code": row.worker_code,
        "kind": row.kind,
        "sub_status": row.sub_status,
        "locked": row.locked,
        "version": row.version,
        "changed": is_new or row.assigned or row.classified,
        "area_m2": round(row.area_m2, 2),
    }


def _loads(
    session: Session, view: View, was: Sequence[Row[Any]], became: Sequence[Row[Any]], now: datetime
) -> dict[str, Any]:
    before, after = (
        [{"key": row.key, "worker_code": row.worker_code} | figures[row.key] for row in rows]
        for rows in (was, became)
        for figures in (figuring.of_rows(session, rows, now),)
    )
    workers = sorted({row.worker_code for row in (*was, *became) if row.worker_code is not None})
    return {"before": before, "after": after, "workers": _of_workers(session, view, workers, before, after)}


def _of_workers(
    session: Session,
    view: View,
    workers: Sequence[str],
    before: Sequence[dict[str, Any]],
    after: Sequence[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Return minutes a week of workers, all their grids together, before and after an edit."""
    _, sums = figuring.of_workers(session, view, workers)

    def part(grids: Sequence[dict[str, Any]], worker: str) -> float:
        return sum(grid["minutes"] or 0.0 for grid in grids if grid["worker_code"] == worker)

    return [
        {
            "code": worker,
            "before_min": round(sums[worker] - part(after, worker) + part(before, worker), 1),
            "after_min": round(sums[worker], 1),
        }
        for worker in workers
    ]
