"""The row of figures of each grid, put together from what stands, happened and was walked there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gridgis.measures.collection import FIGURES, NEVER, collected
from gridgis.measures.forecast import weekly_rate
from gridgis.measures.ground import Ground
from gridgis.measures.handling import timed_parts_of
from gridgis.measures.patrol_days import midnight, sums
from gridgis.measures.workload import Burden, Parameters, minutes, tour_m

#: Days of a period: four whole weeks up to and with the day of measuring.
PERIOD_DAYS = 28
#: Weeks of incidents kept: the last seven days, which are not over yet, and eight to learn from.
WEEKS = 9

#: What minutes are worked out from.
BURDEN = (
    "roads_m", "bare_m2", "buildings_a_week", "components_a_week", "incidents_a_week", "timed_a_week",
    "timed_min_a_week", "tour_m", "households", "firms",
)  # fmt: skip
_REACHED = ("patrol_s", "patrol_m", "reached_roads_m", "reached_bare_m2", "reached_components")


@dataclass(frozen=True, slots=True)
class Moment:
    """When figures are made: the instant, its local day, and the period that ends with the day."""

    at: datetime
    day: date
    since: datetime
    until: datetime

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> Moment:
        """Return the moment of an instant."""
        day = at.astimezone(zone).date()
        end = midnight(day + timedelta(days=1), zone)
        return cls(at, day, end - timedelta(days=PERIOD_DAYS), end)

    @property
    def first(self) -> date:
        """The first day of the period."""
        return self.day - timedelta(days=PERIOD_DAYS - 1)


@dataclass(frozen=True, slots=True)
class Material:
    """What the figures of some grids are made from, beside the ground.

    Attributes
    ----------
    things, looks
        As `collection.collected` takes them.
    weeks
        grid_code, week (0 is the last seven days), incidents: of the grids and of their neighbours.
    classes, times
        As `handling.timed_parts_of` takes them.
    beats
        worker_code, grid_code, x_m, y_m: the whole of every beat that has one of the grids, with the grids'
        centroids, NaN where one is not in force.
    """

    things: pa.Table
    looks: pa.Table
    weeks: pa.Table
    classes: pa.Table
    times: pa.Table
    beats: pa.Table


def grid_figures(
    ground: Ground,
    codes: NDArray[Any],
    given: Material,
    patrols: pa.Table,
    moment: Moment,
    values: Parameters,
) -> pa.Table:
    """Return a row a grid, in the columns of the table of figures.

    Parameters
    ----------
    ground
        The grids, with those around them.
    codes
        Which of them, ascending.
    patrols
        Rows of `patrol_days.SCHEMA`, of any days.
    """
    rows = ground.rows(codes)
    columns: dict[str, Any] = {"grid_code": pa.array(codes, pa.string()), "area_m2": ground.area_m2[rows]}
    found = collected(given.things, given.looks, codes, _us(moment.since), _us(moment.until))
    columns |= {name: found[name] for name in FIGURES}
    for look in ("oldest", "latest"):
        instants = pa.array(found[f"{look}_us"], mask=found[f"{look}_us"] == NEVER)
        columns[f"{look}_at"] = instants.cast(pa.timestamp("us", "UTC"))
    columns |= _place(ground, rows)
    columns |= _marks(ground, rows)
    columns |= _patrol(patrols, moment, codes, columns)
    columns |= _incidents(given.weeks, codes, columns["neighbours"])
    share, each_min = timed_parts_of(codes, given.classes, given.times)
    columns["timed_a_week"] = columns["incidents_a_week"] * share
    columns["timed_min_a_week"] = columns["incidents_a_week"] * each_min
    columns["tour_m"] = _tours(given.beats, codes)
    columns |= workload(columns, values)
    lists = {"marks": pa.float64(), "neighbours": pa.string(), "incident_weeks": pa.int64()}
    return pa.table(columns | {name: pa.array(columns[name], pa.list_(kind)) for name, kind in lists.items()})


def workload(columns: Mapping[str, Any], parameters: Parameters) -> dict[str, NDArray[np.float64]]:
    """Return the minutes of grids by part, as columns."""
    made = minutes(Burden(**{name: columns[name] for name in BURDEN}), parameters)
    return {f"{part}_min": values for part, values in made.items()}


def _us(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _place(ground: Ground, rows: NDArray[np.int64]) -> dict[str, Any]:
    beside: list[list[str]] = [[] for _ in ground.codes]
    for a, b in zip(ground.neighbours.one.tolist(), ground.neighbours.other.tolist(), strict=True):
        beside[a].append(ground.codes[b])
        beside[b].append(ground.codes[a])
    x, y = ground.middles[rows].T
    return {"x_m": x, "y_m": y, "neighbours": [sorted(beside[row]) for row in rows]}


def _marks(ground: Ground, rows: NDArray[np.int64]) -> dict[str, Any]:
    targets = ground.targets
    roads_m, bare_m2 = targets.weights_by_grid()
    ends = targets.start[rows] + targets.marks[rows]
    return {
        "roads_m": roads_m[rows],
        "bare_m2": bare_m2[rows],
        "marks": [targets.weight[targets.start[row] : end] for row, end in zip(rows, ends, strict=True)],
        "mark_components": targets.start[rows + 1] - ends,
    }


@dataclass(frozen=True, slots=True)
class _Day:
    seconds: float
    length_m: float
    reached: bytes


def _patrol(
    patrols: pa.Table, moment: Moment, codes: NDArray[Any], columns: Mapping[str, Any]
) -> dict[str, Any]:
    day = patrols["day"]
    recent = patrols.filter(
        pc.and_(pc.greater_equal(day, pa.scalar(moment.first)), pc.less_equal(day, pa.scalar(moment.day)))
    ).sort_by([("grid_code", "ascending"), ("day", "ascending")])
    by_code: dict[str, list[_Day]] = {}
    names = recent["grid_code"].to_pylist()
    values = (recent[name].to_pylist() for name in ("seconds", "length_m", "reached"))
    for name, *did in zip(names, *values, strict=True):
        by_code.setdefault(name, []).append(_Day(*did))
    found = np.zeros((len(_REACHED), len(codes)))
    for k, name in enumerate(codes):
        if name in by_code:
            components, on_road = int(columns["mark_components"][k]), bool(columns["roads_m"][k] > 0)
            found[:, k] = np.array(sums(by_code[name], columns["marks"][k], components, on_road))
    made = dict(zip(_REACHED, found, strict=True))
    return made | {"reached_components": made["reached_components"].astype(np.int64)}


def _incidents(weeks: pa.Table, codes: NDArray[Any], beside: list[list[str]]) -> dict[str, Any]:
    """Return the weeks of each grid and its forecast, for which those of the neighbours are counted too."""
    around = sorted({*codes, *(code for others in beside for code in others)})
    row_of = {code: row for row, code in enumerate(around)}
    counts = np.zeros((len(around), WEEKS), dtype=np.int64)
    for code, week, incidents in zip(*(weeks[name].to_pylist() for name in weeks.column_names), strict=True):
        if code in row_of and 0 <= week < WEEKS:
            counts[row_of[code], week] = incidents
    own = np.array([row_of[code] for code in codes], dtype=np.int64)
    pairs = {(min(a, b), max(a, b)) for code, others in zip(codes, beside, strict=True)
             for a, b in ((row_of[code], row_of[other]) for other in others)}  # fmt: skip
    one, other = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2).T
    rate = weekly_rate(counts[:, 1:], one, other)
    return {"incident_weeks": list(counts[own]), "incidents_a_week": rate[own]}


def _tours(beats: pa.Table, codes: NDArray[Any]) -> NDArray[np.float64]:
    """Return each grid's equal part of the way round the beat it belongs to, from middle to middle."""
    grids: dict[str, list[tuple[str, float, float]]] = {}
    for row in beats.sort_by([("worker_code", "ascending"), ("grid_code", "ascending")]).to_pylist():
        grids.setdefault(row["worker_code"], []).append((row["grid_code"], row["x_m"], row["y_m"]))
    part: dict[str, float] = {}
    for beat in grids.values():
        there = [(x, y) for _, x, y in beat if np.isfinite(x)]
        way_m = tour_m(*zip(*there, strict=True)) / len(beat) if there and len(beat) > 1 else 0.0
        part |= {code: way_m for code, _, _ in beat}
    return np.array([part.get(code, 0.0) for code in codes])
