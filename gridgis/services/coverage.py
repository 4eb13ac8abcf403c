"""How well an area is covered: its land, its staff, its patrols and its collected data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gridgis.codes import divisions
from gridgis.config import Config
from gridgis.errors import InvalidInput, NotFound
from gridgis.measures.track_cleaning import RULES, CleaningRules
from gridgis.measures.workload import Parameters
from gridgis.scope import Scope
from gridgis.services import cycles
from gridgis.services.measuring.figures import PERIOD_DAYS, sums
from gridgis.services.summary import GRID_WIDTH, find_area
from gridgis.sql import coverage as sql
from gridgis.sql import measuring as measuring_sql
from gridgis.sql import summary as summary_sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WIDTHS = {level: divisions.WIDTHS[level] for level in ("city", "district", "street", "community")} | {
    "grid": GRID_WIDTH
}
LEVELS = tuple(WIDTHS)

#: Ratios: figure -> what is counted and out of what.
RATIOS = {
    "roads_ratio": ("reached_roads_m", "roads_m"),
    "ground_ratio": ("reached_bare_m2", "bare_m2"),
    "components_ratio": ("reached_components", "mark_components"),
    "current_ratio": ("current", "cycled"),
    "timeliness": ("inspections_in_time", "inspections_due"),
    "completeness": ("fields_filled", "fields_wanted"),
    "accuracy": ("rechecks_agreeing", "rechecks"),
}
_PATROL = ("patrol_s", "patrol_m", "reached_roads_m", "reached_bare_m2", "reached_components", "patrolled")


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of the parts of a division.

    Attributes
    ----------
    measured_at
        When the stored figures were made.
    first, last
        The period of the patrols, local days.
    total
        Of the whole division; ratios are ``None`` where there is nothing to divide by.
    rows
        The same for each part, with its code, by code.
    """

    division: str
    level: str
    measured_at: datetime
    first: date
    last: date
    total: dict[str, Any]
    rows: list[dict[str, Any]]


def cover(
    session: Session,
    scope: Scope,
    config: Config,
    code: str,
    *,
    level: str,
    at: datetime,
    period: tuple[date, date] | None = None,
) -> Coverage:
    """Return the coverage of the parts of division `code` at a level.

    Parameters
    ----------
    period
        First and last local day of the patrols; the four weeks that the stored figures are of when left out.

    Raises
    ------
    InvalidInput
        The level is unknown or above the division's, or the period has no day.
    NotFound
        No division has this code, or none the caller may see; or no figures were made yet.
    """
    prefixes = prefixes_of(session, scope, config, code, level)
    state = measuring_sql.select_state(session)
    if state is None:
        raise NotFound("no figures were made yet; make them with: gridgis coverage --refresh")
    first, last = period or (state.day - timedelta(days=PERIOD_DAYS - 1), state.day)
    checked_period((first, last))
    parts = {row.area: dict(row._mapping) for row in sql.select_sums(session, prefixes, WIDTHS[level])}
    if period:
        _patrol(session, prefixes, parts, WIDTHS[level], (first, last))
    day = at.astimezone(config.zone).date()
    staff = {row.area: row._mapping for row in sql.select_staff(session, prefixes, WIDTHS[level], day, at)}
    for area in parts:
        parts[area] |= staff[area]
    for row in sql.select_land(session, prefixes, WIDTHS[level]) if level != "grid" else ():
        if row.area in parts:
            parts[row.area] |= row._mapping
    total = _total(list(parts.values()))
    wholes: list[Any] = [row._mapping for row in sql.select_land(session, prefixes, 0)]
    for whole in (*wholes, staff.get(None, {})):
        total |= {name: value for name, value in whole.items() if name != "area"}
    named = [_rounded(area, part, level) for area, part in sorted(parts.items())]
    name_rows(session, named, level)
    return Coverage(code, level, state.measured_at, first, last, _rounded(code, total, None), named)


def check(
    session: Session, scope: Scope, config: Config, code: str, level: str, period: tuple[date, date] | None
) -> None:
    """Refuse what `cover` and `workload.carry` would, without working anything out."""
    prefixes_of(session, scope, config, code, "grid" if level == "worker" else level)
    checked_period(period or period_of_figures(session))


def prefixes_of(session: Session, scope: Scope, config: Config, code: str, level: str) -> tuple[str, ...]:
    """Return the prefixes of what the caller may see of a division, and check the level against it."""
    if level not in WIDTHS:
        raise InvalidInput(f"level {level!r} is unknown; accepted are {', '.join(LEVELS)}", field="level")
    find_area(session, scope, config, code)
    prefix = divisions.prefix(code)
    if WIDTHS[level] < len(prefix):
        raise InvalidInput(f"level {level} is above the division {code}", field="level")
    return scope.narrowed(prefix).prefixes


def findings(session: Session, scope: Scope, config: Config, code: str) -> list[dict[str, Any]]:
    """Return every place of a division where grids do not tile their community; `place` is GeoJSON text."""
    prefixes = prefixes_of(session, scope, config, code, "grid")
    return [
        {"community_code": row.community_code, **finding}
        for row in sql.select_findings(session, prefixes)
        for finding in row.findings
    ]


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What was left out of the tracks of some days, and by which rules.

    Attributes
    ----------
    rules
        The limits of `measures.track_cleaning.CleaningRules`, by name.
    fixes
        Fixes that came and were kept, those left out by each rule, those out of order, and gaps.
    """

    division: str
    first: date
    last: date
    rules: dict[str, float]
    fixes: dict[str, int]


def cleaning(
    session: Session, scope: Scope, config: Config, code: str, period: tuple[date, date] | None = None
) -> Cleaning:
    """Return what the cleaning left out of the tracks of workers who have a grid in a division.

    `period` and errors are those of `cover`.
    """
    prefixes = prefixes_of(session, scope, config, code, "grid")
    first, last = period or period_of_figures(session)
    checked_period((first, last))
    fixes = dict.fromkeys(("fixes", "kept", *RULES, "out_of_order", "gaps"), 0)
    fixes |= {row.rule: row.fixes for row in sql.select_cleaning(session, prefixes, first, last)}
    return Cleaning(code, first, last, asdict(CleaningRules()), fixes)


def period_of_figures(session: Session) -> tuple[date, date]:
    """Return the four weeks that the stored figures are of."""
    state = _state(session)
    return state.day - timedelta(days=PERIOD_DAYS - 1), state.day


def measured_at(session: Session) -> datetime:
    """Return when the stored figures were made."""
    made: datetime = _state(session).measured_at
    return made


def _state(session: Session) -> Any:
    state = measuring_sql.select_state(session)
    if state is None:
        raise NotFound("no figures were made yet; make them with: gridgis coverage --refresh")
    return state


def settings_of(session: Session, config: Config, names: Sequence[str]) -> dict[str, Any]:
    """Return the values of settings, and the rows of tables that take their place, by name."""
    tables: dict[str, Callable[[], Any]] = {
        "cycles": lambda: cycles.list_cycles(session),
        "workload_parameters": lambda: asdict(Parameters.of(measuring_sql.select_parameters(session))),
        "handling_times": lambda: measuring_sql.select_handling_times(session).to_pylist(),
        "absences": lambda: "the table of leave",
    }
    return {name: tables[name]() if name in tables else getattr(config, name) for name in names}


def checked_period(period: tuple[date, date]) -> tuple[date, date]:
    """Return a period of local days that has at least one."""
    first, last = period
    if first > last:
        raise InvalidInput(
            f"the period from {first} to {last} has no day; to is the last day of it", field="to"
        )
    if last - first > timedelta(days=400):
        raise InvalidInput("a period of at most 400 days is accepted", field="from")
    return period


def _patrol(
    session: Session,
    prefixes: Sequence[str],
    parts: dict[str, dict[str, Any]],
    width: int,
    period: tuple[date, date],
) -> None:
    """Put the patrols of other days in the place of the stored ones."""
    for part in parts.values():
        part.update(dict.fromkeys(_PATROL, 0))
    grids = {row.grid_code: row for row in sql.select_marks(session, prefixes)}
    by_grid: dict[str, list[Any]] = {}
    for row in measuring_sql.select_patrol_days(session, list(grids), *period):
        by_grid.setdefault(row.grid_code, []).append(row)
    for code, days in by_grid.items():
        grid, part = grids[code], parts[code[:width]]
        found = sums(days, grid.marks, grid.mark_components, grid.roads_m > 0)
        for name, value in zip(_PATROL, (*found, found[0] > 0), strict=True):
            part[name] += value


def _total(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for name in parts[0] if parts else ():
        values = [part[name] for part in parts if part.get(name) is not None]
        if name == "oldest_at":
            total[name] = min(values, default=None)
        elif name != "area":
            total[name] = sum(values)
    return total


def _rounded(area: str, part: dict[str, Any], level: str | None) -> dict[str, Any]:
    """Return a part with its code and its ratios; ``None`` where nothing is divided by."""
    row = {k: v for k, v in part.items() if k not in {"area", "outline_m2", "outline_gap_m2"}}
    code = area if level in {None, "grid"} else divisions.normalise(area)
    outline_m2 = part.get("outline_m2")
    ratios = {name: part[a] / part[b] if part.get(b) else None for name, (a, b) in RATIOS.items()}
    land = 1 - part["outline_gap_m2"] / outline_m2 if outline_m2 else None
    return {
        "code": code,
        **row,
        "overdue": part.get("cycled", 0) - part.get("current", 0),
        "land_ratio": land,
        **ratios,
    }


def name_rows(session: Session, rows: Sequence[dict[str, Any]], level: str) -> None:
    """Give each row of a level its name: a division's own, the sequence number of a grid."""
    names = {} if level == "grid" else summary_sql.select_names(session, [row["code"] for row in rows])
    for row in rows:
        row["name"] = names.get(row["code"], row["code"][divisions.WIDTHS["community"] :] or row["code"])
