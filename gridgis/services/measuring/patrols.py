"""Making patrols of some grids and days again, from the tracks that are still kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridgis.config import Config
from gridgis.geometry.crs import from_metric, to_metric
from gridgis.measures.ground import Ground
from gridgis.measures.patrol_days import (
    SCHEMA,
    Box,
    Walked,
    midnight,
    patrol_days,
    track_days,
    walked,
    windows,
)
from gridgis.services.measuring.ground import read_ground
from gridgis.services.measuring.wanted import Wanted
from gridgis.sql import measure_writing as writing
from gridgis.sql import measuring as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: A fix further than this from the root division's grids is not in the city.
_REACH_M = 20_000.0


def make_some(session: Session, config: Config, wanted: Wanted, within_m: float, now: datetime) -> set[str]:
    """Make the patrols again that changed tracks, components and grids ask for; return of which grids."""
    boxes = _clean_again(session, config, wanted.tracks, now)
    dirty: dict[date, set[str]] = {}
    for day, box in boxes:
        around = _degrees(box, within_m, config.metric_srid)
        # a grid that is gone meanwhile lies in no box, and has its patrols of a track that is gone too
        dirty.setdefault(day, set()).update(sql.select_codes_in_box(session, now, around), wanted.patrolled)
    codes = set().union(wanted.patrolled, *dirty.values())
    if not codes:
        return set()
    ground = read_ground(session, config.metric_srid, now, sorted(codes))
    days = None if wanted.patrolled else sorted(dirty)
    near = _near(sql.select_track_days(session, days), ground, codes, within_m)
    every_day = sorted({row.day for row in near}) if wanted.patrolled else []
    for day in every_day:
        dirty.setdefault(day, set()).update(wanted.patrolled)
    for first, last in windows(min(dirty), max(dirty)) if dirty else ():
        asked = {day: grids for day, grids in dirty.items() if first <= day <= last and grids}
        _make_window(session, config, ground, within_m, now, (first, last), asked, near)
    return codes


def _make_window(
    session: Session, config: Config, ground: Ground, within_m: float, now: datetime,
    window: tuple[date, date], asked: dict[date, set[str]], near: list[Any],
) -> None:  # fmt: skip
    first, last = window
    mask = np.zeros((len(ground.codes), (last - first).days + 1), dtype=bool)
    for day, grids in asked.items():
        rows = ground.rows(sorted(grids))
        mask[rows[rows >= 0], (day - first).days] = True
    pairs = [(code, day) for day, grids in asked.items() for code in grids]
    workers = sorted({row.worker_code for row in near if row.day in asked})
    rows = SCHEMA.empty_table()
    if workers:
        found = _walked(session, config, workers, window, now)
        rows = patrol_days(found, ground, within_m, first, mask)
    writing.replace_patrol_days(session, pairs, rows)


def _clean_again(
    session: Session, config: Config, tracks: set[tuple[str, date]], now: datetime
) -> list[tuple[date, Any]]:
    """Clean changed workers' days and return where they were and are: day and metric box."""
    if not tracks:
        return []
    days = sorted({day for _, day in tracks})
    boxes = [row for row in sql.select_track_days(session, days) if (row.worker_code, row.day) in tracks]
    found = [(row.day, (row.west_m, row.south_m, row.east_m, row.north_m)) for row in boxes]
    rows: list[dict[str, Any]] = []
    for window in windows(days[0], days[-1]):
        again = _walked(session, config, sorted({worker for worker, _ in tracks}), window, now)
        rows += track_days(again, tracks)
    found += [(row["day"], (row["west_m"], row["south_m"], row["east_m"], row["north_m"])) for row in rows]
    pairs = sorted(tracks)
    writing.replace_track_days(session, [worker for worker, _ in pairs], [day for _, day in pairs], rows)
    return found


def _walked(
    session: Session, config: Config, workers: Sequence[str], window: tuple[date, date], now: datetime
) -> Walked:
    """Read and clean the tracks of some workers on the local days first to last."""
    first, last = window
    since, until = midnight(first, config.zone), midnight(last + timedelta(days=1), config.zone)
    tracks = sql.select_tracks(session, workers, since, until)
    where = reach(session, config, now)
    return walked(tracks, first, last, zone=config.zone, srid=config.metric_srid, now=now, reach=where)


def _near(rows: Sequence[Any], ground: Ground, codes: set[str], within_m: float) -> list[Any]:
    """Return the workers' days whose box comes near one of some grids."""
    at = ground.rows(sorted(codes))
    boxes = shapely.bounds(ground.polygons[at[at >= 0]])
    if not len(rows) or not len(boxes):
        return []
    tree = shapely.STRtree(shapely.box(*boxes.T))
    days = shapely.box(
        np.array([row.west_m for row in rows]) - within_m, np.array([row.south_m for row in rows]) - within_m,
        np.array([row.east_m for row in rows]) + within_m, np.array([row.north_m for row in rows]) + within_m,
    )  # fmt: skip
    return [rows[k] for k in np.unique(tree.query(days)[0])]


def reach(session: Session, config: Config, now: datetime) -> Box | None:
    """Return the box, in metres, outside of which no worker of the city can be."""
    extent = sql.select_extent(session, now)
    if extent is None:
        return None
    x, y = to_metric([extent[0], extent[2]], [extent[1], extent[3]], config.metric_srid)
    return float(x[0] - _REACH_M), float(y[0] - _REACH_M), float(x[1] + _REACH_M), float(y[1] + _REACH_M)


def _degrees(box: Any, more_m: float, srid: int) -> tuple[float, float, float, float]:
    west, south, east, north = np.asarray(box) + np.array((-1, -1, 1, 1)) * (more_m + 1.0)
    lon, lat = from_metric([west, east, west, east], [south, south, north, north], srid)
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())
