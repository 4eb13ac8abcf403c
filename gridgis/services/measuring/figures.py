"""Reading what figures are made from, and making those of some grids again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gridgis.config import Config
from gridgis.measures.figures import BURDEN, PERIOD_DAYS, WEEKS, Material, Moment, grid_figures, workload
from gridgis.measures.ground import Ground
from gridgis.measures.handling import HISTORY_WEEKS
from gridgis.measures.patrol_days import SCHEMA, sums
from gridgis.measures.workload import Parameters
from gridgis.services.measuring.ground import read_ground
from gridgis.sql import measure_writing as writing
from gridgis.sql import measuring as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["BURDEN", "PERIOD_DAYS", "sums", "workload"]


def make(session: Session, config: Config, moment: Moment, ground: Ground, codes: Sequence[str]) -> None:
    """Make the rows of some grids again and store them; of those not in force any more nothing is left.

    Parameters
    ----------
    ground
        The grids, with those around them.
    """
    rows = ground.rows(sorted(codes))
    names = ground.codes[rows[rows >= 0]]
    patrols = read_patrol_days(session, list(names), moment.first, moment.day)
    values = Parameters.of(sql.select_parameters(session))
    given = read_material(session, config, moment, ground, list(names))
    made = grid_figures(ground, names, given, patrols, moment, values)
    writing.replace_measures(session, sorted(codes), made)


def work_out_again(session: Session) -> None:
    """Work out the minutes of every grid from its stored figures, with the parameters as they are now."""
    stored = sql.select_measures(session)
    columns = {name: np.array([row[name] for row in stored]) for name in BURDEN}
    made = workload(columns, Parameters.of(sql.select_parameters(session)))
    writing.update_minutes(session, [row["grid_code"] for row in stored], made)


def read_material(
    session: Session, config: Config, moment: Moment, ground: Ground, codes: Sequence[str] | None
) -> Material:
    """Return what the figures of some grids (all: ``None``) are made from, beside the ground."""
    around = None if codes is None else sorted({*codes, *_neighbours(ground, codes)})
    return Material(
        sql.select_things(session, codes, config.code_profile),
        sql.select_looks(session, codes),
        sql.select_incident_weeks(session, around, moment.until, WEEKS),
        sql.select_incident_classes(session, codes, config.code_profile, moment.until, HISTORY_WEEKS),
        sql.select_handling_times(session),
        _beats(session, moment, ground, codes),
    )


def read_patrol_days(session: Session, codes: Sequence[str] | None, first: date, last: date) -> pa.Table:
    """Return the stored patrols of some grids (all: ``None``) on the days first to last."""
    rows = sql.select_patrol_days(session, codes, first, last)
    columns = [[getattr(row, name) for row in rows] for name in SCHEMA.names[:-1]]
    return pa.table([*columns, [bytes(row.reached) for row in rows]], schema=SCHEMA)


def _neighbours(ground: Ground, codes: Sequence[str]) -> set[str]:
    own = set(codes)
    pairs = zip(ground.codes[ground.neighbours.one], ground.codes[ground.neighbours.other], strict=True)
    return {code for pair in pairs if own & set(pair) for code in pair}


def _beats(session: Session, moment: Moment, ground: Ground, codes: Sequence[str] | None) -> pa.Table:
    """Return every beat that has one of the grids, with where its grids lie."""
    roster = sql.select_roster(session, codes, moment.day)
    grids = [row.grid_code for row in roster]
    if codes is not None and len(set(grids)) > len({row.worker_code for row in roster}):
        ground = read_ground(session, ground.srid, moment.at, sorted(set(grids)), bare=True)
    row = ground.rows(grids)
    middles = np.vstack((ground.middles, (np.nan, np.nan)))[row]  # -1 is the last
    return pa.table(
        {
            "worker_code": pa.array([row.worker_code for row in roster], pa.string()),
            "grid_code": pa.array(grids, pa.string()),
            "x_m": middles[:, 0],
            "y_m": middles[:, 1],
        }
    )
