"""What the grids of a draft carry: people, things and minutes, as stored today or counted for new ground."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgis.config import Config
from gridgis.measures.workload import Parameters
from gridgis.planning.apportioning import COUNTED, SHARED, Points, Today, apportioned
from gridgis.services.measuring.figures import BURDEN, workload
from gridgis.sql import draft_figures as sql
from gridgis.sql import draft_grids as grids_sql
from gridgis.sql import measuring as measuring_sql
from gridgis.sql.draft_grids import Box, View

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

#: Incidents are those of the last 52 weeks: a whole turn of the seasons.
INCIDENTS_FOR = timedelta(weeks=52)

#: Of the incidents, what classes with a known time of handling have.
TIMED = ("timed_a_week", "timed_min_a_week")

NAMES = (*COUNTED, "minutes")

Figures = dict[str, float | None]


def of_rows(session: Session, rows: Sequence[Row[Any]], now: datetime) -> dict[str, Figures]:
    """Return the figures of some grids of a draft by key: those of `COUNTED`, and the minutes a week.

    Ground as in force has today's counts and stored figures, new ground those it was drawn with. The minutes
    are worked out with the parameters of today; ``None`` where no figures are stored yet.
    """
    stored = [row.key for row in rows if row.figures is None]
    counts = {row.grid_code: row._mapping for row in sql.count_things(session, stored, now - INCIDENTS_FOR)}
    carried = {row.grid_code: row._mapping for row in sql.select_burdens(session, stored)}
    known: list[Mapping[str, Any]] = [
        {**carried.get(row.key, {}), **counts[row.key]} if row.figures is None else row.figures
        for row in rows
    ]
    minutes = _minutes(session, known)
    return {
        row.key: {name: _number(figures.get(name)) for name in COUNTED} | {"minutes": _number(total)}
        for row, figures, total in zip(rows, known, minutes, strict=True)
    }


def minutes_of(session: Session, rows: Sequence[Row[Any]]) -> dict[str, float]:
    """Return the minutes of some grids by key, 0 where no figures are stored."""
    stored = [row.key for row in rows if row.figures is None]
    carried = {row.grid_code: row._mapping for row in sql.select_burdens(session, stored)}
    known = [carried.get(row.key, {}) if row.figures is None else row.figures for row in rows]
    minutes = np.nan_to_num(_minutes(session, known))
    return dict(zip((row.key for row in rows), minutes.tolist(), strict=True))


def of_workers(session: Session, view: View, workers: Sequence[str]) -> tuple[Counter[str], dict[str, float]]:
    """Return how many grids each of some workers has, and their minutes, wherever the grids are."""
    rows = grids_sql.select_of_workers(session, view, workers) if workers else []
    minutes = minutes_of(session, rows)
    sums = dict.fromkeys(workers, 0.0)
    for row in rows:
        sums[row.worker_code] += minutes[row.key]
    return Counter(row.worker_code for row in rows), sums


def of_new_ground(
    session: Session, polygons: Sequence[shapely.Polygon], config: Config, now: datetime
) -> list[Figures]:
    """Return what new grids are to carry, as `draft_grids.figures` keeps it; see `planning.apportioning`."""
    if not polygons:
        return []
    shapes = np.array(polygons, dtype=object)
    boxes = boxes_of(shapes)
    view = View(None, now, now.astimezone(config.zone).date())
    below = grids_sql.select_in_boxes(session, view, boxes)
    codes = [row.key for row in below]
    carried = {row.grid_code: row for row in sql.select_burdens(session, codes)}
    burdens = {
        name: np.array([getattr(carried.get(code), name, math.nan) for code in codes], dtype=np.float64)
        for name in SHARED
    }
    today = Today(np.array([shapely.from_wkb(bytes(row.wkb)) for row in below], dtype=object), burdens)
    things = sql.select_things(session, codes, boxes, now - INCIDENTS_FOR)
    roads = shapely.from_wkb(grids_sql.select_roads(session, boxes)).tolist()
    found = apportioned(shapes, today, _layers(things, codes), roads)
    return [{name: _number(float(found[name][k])) for name in found} for k in range(len(shapes))]


def boxes_of(shapes: NDArray[Any]) -> list[Box]:
    """Return the bounding box of each shape."""
    return [tuple(box) for box in shapely.bounds(shapes).tolist()]


def _layers(things: Sequence[Row[Any]], codes: Sequence[str]) -> dict[str, Points]:
    row_of = {code: row for row, code in enumerate(codes)}
    layers = {}
    for layer in dict.fromkeys(COUNTED.values()):
        own = [thing for thing in things if thing.layer == layer]
        names = [name for name, of in COUNTED.items() if of == layer]
        # a thing without a place lies in no polygon
        lonlat = np.array([(t.lon, t.lat) if t.lon is not None else (math.inf, math.inf) for t in own])
        layers[layer] = Points(
            shapely.points(lonlat.reshape(-1, 2)),
            np.array([row_of.get(thing.grid_code, -1) for thing in own], dtype=np.int64),
            {
                name: np.array([1.0 if name == layer else getattr(t, name) or 0 for t in own])
                for name in names
            },
        )
    return layers


def _minutes(session: Session, known: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    # ground that was drawn before handling was timed has nothing of it
    columns = {
        name: np.array(
            [_or_nan(figures.get(name, 0.0 if name in TIMED else None)) for figures in known],
            dtype=np.float64,
        )
        for name in BURDEN
    }
    parts = workload(columns, Parameters.of(measuring_sql.select_parameters(session)))
    return np.asarray(sum(parts.values()), dtype=np.float64).reshape(len(known))


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _number(value: float | None) -> float | None:
    """Return a figure for JSON: whole where it is whole, ``None`` where it is not known."""
    if value is None or math.isnan(value):
        return None
    rounded = round(float(value), 3)
    return int(rounded) if rounded.is_integer() else rounded
