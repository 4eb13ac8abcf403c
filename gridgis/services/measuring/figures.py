"""The stored row of each grid, put together from what stands, happened and was walked there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gridgis.config import Config
from gridgis.measures.forecast import weekly_rate
from gridgis.measures.workload import Burden, Parameters, minutes, tour_m
from gridgis.services.measuring.ground import Ground
from gridgis.sql import measure_writing as writing
from gridgis.sql import measuring as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: Days of a period: four whole weeks up to and with the day of measuring.
PERIOD_DAYS = 28
#: Weeks of incidents kept: the last seven days, which are not over yet, and eight to learn from.
WEEKS = 9

#: What minutes are worked out from.
BURDEN = (
    "roads_m", "bare_m2", "buildings_a_week", "components_a_week", "incidents_a_week", "tour_m", "households",
    "firms",
)  # fmt: skip
_STANDING = (
    "households", "firms", "buildings", "components", "cycled", "current", "never", "buildings_a_week",
    "components_a_week", "fields_wanted", "fields_filled", "inspections", "inspections_due",
    "inspections_in_time", "rechecks", "rechecks_agreeing",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """When figures are made: the instant, its local day, and the period that ends with the day."""

    at: datetime
    day: date
    since: datetime
    until: datetime

    @classmethod
    def of(cls, at: datetime, config: Config) -> Moment:
        """Return the moment of an instant."""
        day = at.astimezone(config.zone).date()
        end = datetime.combine(day + timedelta(days=1), time(), config.zone)
        return cls(at, day, end - timedelta(days=PERIOD_DAYS), end)

    @property
    def first(self) -> date:
        """The first day of the period."""
        return self.day - timedelta(days=PERIOD_DAYS - 1)


def make(
    session: Session, config: Config, moment: Moment, ground: Ground, codes: Sequence[str] | None
) -> None:
    """Make the rows of `codes` (of all grids: ``None``) and store them.

    Parameters
    ----------
    ground
        The grids, with those around them.
    """
    rows = np.arange(len(ground.codes)) if codes is None else ground.rows(sorted(codes))
    rows = rows[rows >= 0]
    names = ground.codes[rows]
    wanted = None if codes is None else list(names)
    columns: dict[str, Any] = {"grid_code": pa.array(names, pa.string()), "area_m2": ground.area_m2[rows]}
    columns |= _standing(session, config, moment, wanted, names)
    columns |= _place(ground, rows)
    columns |= _marks(ground, rows)
    columns |= _patrol(session, moment, wanted, names, columns)
    columns |= _incidents(session, moment, codes, names, columns)
    columns |= {"tour_m": _tours(session, moment, ground, wanted, names)}
    columns |= workload(columns, Parameters.of(sql.select_parameters(session)))
    columns |= {name: _arrays(columns[name]) for name in ("marks", "neighbours", "incident_weeks")}
    writing.replace_measures(session, codes if codes is None else sorted(codes), pa.table(columns))


def work_out_again(session: Session) -> None:
    """Work out the minutes of every grid from its stored figures, with the parameters as they are now."""
    stored = sql.select_measures(session)
    columns = {name: np.array([row[name] for row in stored]) for name in BURDEN}
    made = workload(columns, Parameters.of(sql.select_parameters(session)))
    writing.update_minutes(session, [row["grid_code"] for row in stored], made)


def _standing(
    session: Session, config: Config, moment: Moment, codes: list[str] | None, names: NDArray[Any]
) -> dict[str, Any]:
    found = sql.select_standing(session, codes, config.code_profile, moment.since, moment.until)
    by_code = {row.grid_code: row for row in found}
    picked = [by_code.get(name) for name in names]
    columns: dict[str, Any] = {
        key: np.array([getattr(row, key) if row is not None else 0 for row in picked]) for key in _STANDING
    }
    oldest = [row.oldest_at if row is not None else None for row in picked]
    columns["oldest_at"] = pa.array(oldest, pa.timestamp("us", "UTC"))
    return columns


def _place(ground: Ground, rows: NDArray[np.int64]) -> dict[str, Any]:
    centre = shapely.get_coordinates(shapely.centroid(ground.polygons[rows])).reshape(-1, 2)
    beside: list[list[str]] = [[] for _ in ground.codes]
    for a, b in zip(ground.neighbours.one.tolist(), ground.neighbours.other.tolist(), strict=True):
        beside[a].append(ground.codes[b])
        beside[b].append(ground.codes[a])
    return {"x_m": centre[:, 0], "y_m": centre[:, 1], "neighbours": [sorted(beside[row]) for row in rows]}


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


def _patrol(
    session: Session, moment: Moment, codes: list[str] | None, names: NDArray[Any], columns: Mapping[str, Any]
) -> dict[str, Any]:
    days = sql.select_patrol_days(session, codes, moment.first, moment.day)
    by_code: dict[str, list[Any]] = {}
    for row in days:
        by_code.setdefault(row.grid_code, []).append(row)
    found = np.zeros((5, len(names)))
    for k, name in enumerate(names):
        if name in by_code:
            components, on_road = int(columns["mark_components"][k]), bool(columns["roads_m"][k] > 0)
            found[:, k] = np.array(sums(by_code[name], columns["marks"][k], components, on_road))
    keys = ("patrol_s", "patrol_m", "reached_roads_m", "reached_bare_m2", "reached_components")
    made = dict(zip(keys, found, strict=True))
    return made | {"reached_components": made["reached_components"].astype(np.int64)}


def sums(
    days: Sequence[Any], marks: Any, components: int, on_road: bool
) -> tuple[float, float, float, float, int]:
    """Return seconds, metres, the road and ground reached, and the components, of some days in one grid.

    Days from before its marks or components changed, if their tracks are gone, count as time and length only.
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


def _incidents(
    session: Session, moment: Moment, codes: Any, names: NDArray[Any], columns: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the weeks of each grid and its forecast, for which those of the neighbours are counted too."""
    around = sorted({*names, *(code for beside in columns["neighbours"] for code in beside)})
    row_of = {code: row for row, code in enumerate(around)}
    weeks = np.zeros((len(around), WEEKS), dtype=np.int64)
    for row in sql.select_incident_weeks(session, None if codes is None else around, moment.until, WEEKS):
        if row.grid_code in row_of and 0 <= row.week < WEEKS:
            weeks[row_of[row.grid_code], row.week] = row.incidents
    own = np.array([row_of[name] for name in names], dtype=np.int64)
    pairs = {(min(a, b), max(a, b)) for name, beside in zip(names, columns["neighbours"], strict=True)
             for a, b in ((row_of[name], row_of[other]) for other in beside)}  # fmt: skip
    one, other = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2).T
    rate = weekly_rate(weeks[:, 1:], one, other)
    return {"incident_weeks": list(weeks[own]), "incidents_a_week": rate[own]}


def _tours(
    session: Session, moment: Moment, ground: Ground, codes: list[str] | None, names: NDArray[Any]
) -> NDArray[np.float64]:
    """Return each grid's equal part of the way round the beat it belongs to, from middle to middle."""
    beats: dict[str, list[str]] = {}
    for row in sql.select_roster(session, codes, moment.day):
        beats.setdefault(row.worker_code, []).append(row.grid_code)
    beats = {worker: grids for worker, grids in beats.items() if len(grids) > 1}
    if not beats:
        return np.zeros(len(names))
    if not ground.every:
        asked = sorted({grid for grids in beats.values() for grid in grids})
        ground = Ground.read(session, ground.srid, moment.at, asked)
    centre = shapely.get_coordinates(shapely.centroid(ground.polygons))
    places = dict(zip(ground.codes, centre.tolist(), strict=True))
    part: dict[str, float] = {}
    for grids in beats.values():
        there = [places[grid] for grid in grids if grid in places]
        part |= dict.fromkeys(grids, tour_m(*zip(*there, strict=True)) / len(grids) if there else 0.0)
    return np.array([part.get(name, 0.0) for name in names])


def workload(columns: Mapping[str, Any], parameters: Parameters) -> dict[str, NDArray[np.float64]]:
    """Return the minutes of grids by part, as columns."""
    made = minutes(Burden(**{name: columns[name] for name in BURDEN}), parameters)
    return {f"{part}_min": values for part, values in made.items()}


def _arrays(rows: Sequence[Any]) -> pa.Array:
    """Return arrays as PostgreSQL writes them."""
    return pa.array(["{" + ",".join(map(str, row)) + "}" for row in rows], pa.string())
