"""Patrols by grid and day, made from the tracks that are still kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gridgis.config import Config
from gridgis.geometry.crs import from_metric, to_metric
from gridgis.measures.patrol import inside, reached
from gridgis.measures.track_cleaning import RULES, Cleaned, Fixes, clean
from gridgis.services.measuring.ground import Ground
from gridgis.services.measuring.wanted import Wanted
from gridgis.sql import measure_writing as writing
from gridgis.sql import measuring as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: Days worked on at once; their bits must fit one number.
_DAYS_AT_ONCE = 35
#: A fix further than this from the root division's grids is not in the city.
_REACH_M = 20_000.0
_NOTHING = pa.table(
    {
        "grid_code": pa.array([], pa.string()),
        "day": pa.array([], pa.date32()),
        "seconds": pa.array([], pa.float64()),
        "length_m": pa.array([], pa.float64()),
        "reached": pa.array([], pa.string()),
    }
)


@dataclass(frozen=True)
class Walked:
    """The cleaned tracks of some workers' days.

    Attributes
    ----------
    names
        Worker codes; `Fixes.worker` points into them.
    """

    names: NDArray[Any]
    fixes: Fixes
    cleaned: Cleaned


def walked(
    session: Session, config: Config, workers: Sequence[str] | None, days: tuple[date, date], now: datetime
) -> Walked:
    """Read and clean the tracks of some workers (all: ``None``) on the local days first to last."""
    first, last = days
    table = sql.select_tracks(
        session, workers, _midnight(first, config), _midnight(last + timedelta(days=1), config)
    )
    at_s = table["at_s"].to_numpy()
    count = (last - first).days + 1
    starts = [_midnight(first + timedelta(days=n), config).timestamp() for n in range(count)]
    day = first.toordinal() + np.searchsorted(starts, at_s, "right") - 1
    x, y = to_metric(table["lon"].to_numpy(), table["lat"].to_numpy(), config.metric_srid)
    names, who = np.unique(table["worker_code"].to_numpy().astype(str), return_inverse=True)
    fixes = Fixes(who, day, at_s, x, y, table["accuracy_m"].to_numpy())
    reach = _reach(session, config, now)
    return Walked(names, fixes, clean(fixes, now_s=now.timestamp(), reach=reach))


def _midnight(day: date, config: Config) -> datetime:
    return datetime.combine(day, time(), config.zone)


def track_days(found: Walked, only: set[tuple[str, date]] | None = None) -> list[dict[str, Any]]:
    """Return a row for each worker's day: the counts of its cleaning, and the box of what was kept."""
    who, day = np.asarray(found.fixes.worker), np.asarray(found.fixes.day)
    if not len(who):
        return []
    key = who * 4_000_000 + day
    keys, index = np.unique(key, return_inverse=True)
    rules = np.bincount(
        index * (len(RULES) + 1) + found.cleaned.left_out + 1, minlength=len(keys) * (len(RULES) + 1)
    )
    counts = rules.reshape(len(keys), -1)
    x, y = np.asarray(found.fixes.x), np.asarray(found.fixes.y)
    kept = found.cleaned.left_out < 0
    box = np.full((len(keys), 4), np.inf)
    for column, values in enumerate((x, y, -x, -y)):
        np.minimum.at(box[:, column], index[kept], values[kept])
    rows = []
    for k, number in enumerate(keys):
        worker, on = str(found.names[number // 4_000_000]), date.fromordinal(int(number % 4_000_000))
        if not counts[k, 0] or (only is not None and (worker, on) not in only):
            continue
        report = {"fixes": int(counts[k].sum()), "kept": int(counts[k, 0])}
        report |= {rule: int(n) for rule, n in zip(RULES, counts[k, 1:], strict=True) if n}
        west, south, east, north = box[k] * (1, 1, -1, -1)
        sides = {"west_m": west, "south_m": south, "east_m": east, "north_m": north}
        rows.append(
            {"day": on, "worker_code": worker, "report": report, **{n: float(v) for n, v in sides.items()}}
        )
    return rows


def patrols(
    found: Walked, ground: Ground, within_m: float, first: date, wanted: NDArray[np.bool_] | None
) -> pa.Table:
    """Return the rows of `patrol_days` that some tracks make.

    Parameters
    ----------
    first
        The first day of the tracks.
    wanted
        (grids, days) which to return; all when ``None``.
    """
    legs, targets, grids = found.cleaned.legs, ground.targets, len(ground.codes)
    days = int(legs.day.max(initial=first.toordinal())) - first.toordinal() + 1
    cut = inside(legs, ground.polygons)
    key = cut.grid * days + legs.day[cut.leg] - first.toordinal()
    seconds = np.bincount(key, cut.seconds, grids * days).reshape(grids, days)
    length_m = np.bincount(key, cut.length_m, grids * days).reshape(grids, days)
    bits = reached(legs, first.toordinal(), targets.xy, within_m)
    grid = np.repeat(np.arange(grids), np.diff(targets.start))
    any_bits = np.zeros(grids, dtype=np.uint64)
    np.bitwise_or.at(any_bits, grid, bits)
    touched = seconds > 0
    touched |= (any_bits[:, None] >> np.arange(days, dtype=np.uint64)) & np.uint64(1) > 0
    if wanted is not None:
        touched &= wanted[:, :days]
    rows, on = np.nonzero(touched)
    packed = [
        "\\x" + np.packbits((bits[targets.of(row)] >> np.uint64(d)).astype(np.uint8) & 1).tobytes().hex()
        for row, d in zip(rows.tolist(), on.tolist(), strict=True)
    ]
    return pa.table(
        {
            "grid_code": pa.array(ground.codes[rows], pa.string()),
            "day": pa.array([first + timedelta(days=int(d)) for d in on], pa.date32()),
            "seconds": seconds[rows, on],
            "length_m": length_m[rows, on],
            "reached": pa.array(packed, pa.string()),
        }
    )


def make_all(session: Session, config: Config, ground: Ground, within_m: float, now: datetime) -> None:
    """Make the patrols of every grid and day that still has tracks."""
    span = sql.select_track_span(session)
    parts, tracks = [_NOTHING], []
    if span.first is not None and len(ground.codes):
        last = min(span.last, now).astimezone(config.zone).date()
        for first, until in _windows(span.first.astimezone(config.zone).date(), last):
            found = walked(session, config, None, (first, until), now)
            tracks += track_days(found)
            parts.append(patrols(found, ground, within_m, first, None))
    old = sql.select_track_days(session, None)
    days = sorted({row.day for row in old} | {row["day"] for row in tracks})
    writing.replace_track_days(session, [row.worker_code for row in old], [row.day for row in old], tracks)
    writing.replace_patrol_days(
        session, days, None, pa.concat_tables(parts).combine_chunks()
    )  # an empty chunk would be written as zeros


def make_some(session: Session, config: Config, wanted: Wanted, within_m: float, now: datetime) -> set[str]:
    """Make the patrols again that changed tracks, components and grids ask for; return of which grids."""
    boxes = _clean_again(session, config, wanted.tracks, now)
    dirty: dict[date, set[str]] = {}
    for day, box in boxes:
        around = _degrees(box, within_m, config.metric_srid)
        dirty.setdefault(day, set()).update(sql.select_codes_in_box(session, now, around))
    codes = set().union(wanted.patrolled, *dirty.values())
    if not codes:
        return set()
    ground = Ground.read(session, config.metric_srid, now, sorted(codes))
    days = None if wanted.patrolled else sorted(dirty)
    near = _near(sql.select_track_days(session, days), ground, codes, within_m)
    every_day = sorted({row.day for row in near}) if wanted.patrolled else []
    for day in every_day:
        dirty.setdefault(day, set()).update(wanted.patrolled)
    for first, last in _windows(min(dirty), max(dirty)) if dirty else ():
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
    rows = _NOTHING
    if workers:
        found = walked(session, config, workers, window, now)
        rows = patrols(found, ground, within_m, first, mask)
    writing.replace_patrol_days(session, None, pairs, rows)


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
    for window in _windows(days[0], days[-1]):
        again = walked(session, config, sorted({worker for worker, _ in tracks}), window, now)
        rows += track_days(again, tracks)
    found += [(row["day"], (row["west_m"], row["south_m"], row["east_m"], row["north_m"])) for row in rows]
    pairs = sorted(tracks)
    writing.replace_track_days(session, [worker for worker, _ in pairs], [day for _, day in pairs], rows)
    return found


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


def _windows(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        until = min(last, first + timedelta(days=_DAYS_AT_ONCE - 1))
        yield first, until
        first = until + timedelta(days=1)


def _reach(session: Session, config: Config, now: datetime) -> tuple[float, float, float, float] | None:
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
