"""Patrols by grid and day: tracks cleaned, cut at the borders, and what they reached, as bits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gridgis.geometry.crs import to_metric
from gridgis.measures.ground import Ground
from gridgis.measures.patrol import inside, reached
from gridgis.measures.track_cleaning import RULES, Cleaned, Fixes, clean

Box = tuple[float, float, float, float]

#: Days worked on at once; their bits must fit one number.
_DAYS_AT_ONCE = 35

SCHEMA = pa.schema(
    {
        "grid_code": pa.string(),
        "day": pa.date32(),
        "seconds": pa.float64(),
        "length_m": pa.float64(),
        "reached": pa.binary(),
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


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a local day begins."""
    return datetime.combine(day, time(), zone)


def windows(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Return days first to last in runs short enough to be worked on at once."""
    while first <= last:
        until = min(last, first + timedelta(days=_DAYS_AT_ONCE - 1))
        yield first, until
        first = until + timedelta(days=1)


def walked(
    tracks: pa.Table, first: date, last: date, *, zone: ZoneInfo, srid: int, now: datetime, reach: Box | None
) -> Walked:
    """Clean the tracks of the local days first to last.

    Parameters
    ----------
    tracks
        A fix a row: worker_code, at_s (POSIX), lon, lat, accuracy_m.
    reach
        The box, in metres, outside of which no worker can be; everywhere when left out.
    """
    at_s = tracks["at_s"].to_numpy()
    count = (last - first).days + 1
    starts = [midnight(first + timedelta(days=n), zone).timestamp() for n in range(count)]
    day = first.toordinal() + np.searchsorted(starts, at_s, "right") - 1
    x, y = to_metric(tracks["lon"].to_numpy(), tracks["lat"].to_numpy(), srid)
    names, who = np.unique(tracks["worker_code"].to_numpy().astype(str), return_inverse=True)
    fixes = Fixes(who, day, at_s, x, y, tracks["accuracy_m"].to_numpy())
    return Walked(names, fixes, clean(fixes, now_s=now.timestamp(), reach=reach))


def days_walked(found: Walked) -> list[date]:
    """Return the days that have fixes, whether or not any was believed."""
    return [date.fromordinal(int(day)) for day in np.unique(np.asarray(found.fixes.day))]


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


def patrol_days(
    found: Walked, ground: Ground, within_m: float, first: date, wanted: NDArray[np.bool_] | None
) -> pa.Table:
    """Return what some tracks did, a row a grid and day, in the columns of `SCHEMA`.

    Parameters
    ----------
    first
        The first day of the tracks.
    wanted
        (grids, days) which to return, days beyond the tracks' last being ignored; all when ``None``.
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
        np.packbits((bits[targets.of(row)] >> np.uint64(d)).astype(np.uint8) & 1).tobytes()
        for row, d in zip(rows.tolist(), on.tolist(), strict=True)
    ]
    columns = [
        pa.array(ground.codes[rows], pa.string()),
        pa.array([first + timedelta(days=int(d)) for d in on], pa.date32()),
        pa.array(seconds[rows, on]),
        pa.array(length_m[rows, on]),
        pa.array(packed, pa.binary()),
    ]
    return pa.table(columns, schema=SCHEMA)


def joined(parts: Iterable[pa.Table]) -> pa.Table:
    """Return tables of `SCHEMA` as one."""
    # an empty chunk would be written as zeros
    return pa.concat_tables([SCHEMA.empty_table(), *parts]).combine_chunks()


def sums(
    days: Sequence[Any], marks: Any, components: int, on_road: bool
) -> tuple[float, float, float, float, int]:
    """Return seconds, metres, the road and ground reached, and the components, of some days in one grid.

    Days from before its marks or components changed, if their tracks are gone, count as time and length only.

    Parameters
    ----------
    days
        Rows of `SCHEMA`, as objects.
    marks
        The weight of each mark: metres of road (`on_road`) or square metres of ground.
    """
    weights = np.asarray(marks, dtype=np.float64)
    size = len(weights) + components
    hit = np.zeros(size, dtype=np.uint8)
    for row in days:
        bits = np.unpackbits(np.frombuffer(bytes(row.reached), np.uint8))
        if len(row.reached) == (size + 7) // 8:
            hit |= bits[:size]
    weight = float(weights[hit[: len(weights)] > 0].sum())
    road, ground = (weight, 0.0) if on_road else (0.0, weight)
    seconds, length_m = sum(row.seconds for row in days), sum(row.length_m for row in days)
    return seconds, length_m, road, ground, int(hit[len(weights) :].sum())
