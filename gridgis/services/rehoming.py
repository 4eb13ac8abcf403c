"""Finding the grid of everything that stood in grids which are gone, by the one rule of locating."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from gridgis.config import Config
from gridgis.geometry.location import GridSet
from gridgis.services.locating import load_grids
from gridgis.sql import loading as loading_sql
from gridgis.sql import rehoming as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: Rows written by one statement: what its triggers look at fits into memory.
_BATCH = 50_000
#: Whoever located something before a plan came into force has stored it by then.
_STRAGGLE_MINUTES = 10

Progress = Callable[[str, int, int], None]


def rehome(
    session: Session,
    grids: GridSet,
    layers: Sequence[str],
    progress: Progress = lambda layer, done, total: None,
) -> dict[str, int]:
    """Place the rows of some layers that stood in the grids `sql.begin` was told of.

    Parameters
    ----------
    grids
        All that are in force afterwards.
    progress
        Called with the layer, rows done and rows in all.

    Returns
    -------
    dict
        Layer -> rows whose grid changed.
    """
    return {layer: _rehome(session, grids, layer, progress) for layer in layers}


def _rehome(session: Session, grids: GridSet, layer: str, progress: Progress) -> int:
    moved = done = 0
    with ThreadPoolExecutor(1) as ahead:  # works while the database does
        ahead.submit(lambda: grids.cell_index)
        points = sql.select_points(session, layer)
        batches = [points.slice(start, _BATCH) for start in range(0, len(points), _BATCH)]
        for places in ahead.map(partial(_places, grids), batches):
            moved += sql.write_places(session, layer, places)
            done += len(places)
            progress(layer, done, len(points))
    return moved


def _places(grids: GridSet, points: pa.Table) -> pa.Table:
    found = grids.locate_all(points["x"].to_numpy(), points["y"].to_numpy())
    return pa.table(
        {
            "id": points["id"],
            "moment": points["moment"],
            "grid_code": pa.array(found.grid_code, pa.string()),
            "match": pa.array(found.match, pa.string()),
            "distance_m": pa.array(found.distance_m, pa.float64(), from_pandas=True),
        }
    )


def rehome_incidents(
    session: Session, grids: GridSet, at: datetime, *, actor: str, role: str, reason: str
) -> int:
    """Place open incidents anew and write it into their logs; return how many moved."""
    moved = rehome(session, grids, ("incidents",))["incidents"]
    if moved:
        loading_sql.ensure_partitions(session, "incident_log", at, at)
        sql.log_moved(session, actor=actor, role=role, reason=reason)
    return moved


def rehome_stragglers(session: Session, config: Config, at: datetime) -> int:
    """Place what was located under the former plan and stored just after the new one; return how many.

    Whoever reports an incident looks up its grid and then stores it; a plan may come into force between.
    """
    retired = sql.select_retired_since(session, _STRAGGLE_MINUTES)
    if not retired or not sql.has_rows_on(session, retired):
        return 0
    sql.begin(session, retired, [])
    grids = load_grids(session, config, at)
    moved = sum(rehome(session, grids, ("buildings", "components")).values())
    return moved + rehome_incidents(
        session, grids, at, actor="gridgis", role="system", reason="its grid went out of force as it came in"
    )
