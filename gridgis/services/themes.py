"""Themes: one value per area for a choropleth; the map paints them without fetching a shape again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from gridgis.codes import divisions
from gridgis.config import Config
from gridgis.errors import InvalidInput, NotFound
from gridgis.scope import Scope
from gridgis.services.disclosure import disclosed
from gridgis.services.summary import GRID_WIDTH, LEVELS, find_area
from gridgis.sql import coverage as coverage_sql
from gridgis.sql import summary as sql
from gridgis.sql import workload as workload_sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


#: Digits of the area above, by the digits of an area: its parts add up to a number that is told.
_PARENT_WIDTHS = {6: 4, 9: 6, 12: 9, GRID_WIDTH: 12}


@dataclass(frozen=True, slots=True)
class Question:
    """Where a theme is asked: prefixes in sight, digits of the areas, instant, its day, least count told."""

    prefixes: tuple[str, ...]
    width: int
    at: datetime
    day: date
    floor: int | None = None


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme: its unit and where its values come from.

    `zero_is_blank` says that an area without a value has zero; otherwise it is unknown. With `of_people`
    it is unknown, too, to those who are not told small counts.
    """

    unit: str
    values: Callable[[Session, Question], dict[str, float]]
    zero_is_blank: bool = True
    of_people: bool = False


def _open(session: Session, q: Question) -> dict[str, float]:
    return {row.area: row.open for row in sql.count_open(session, q.prefixes, q.width, q.at)}


def _overdue(session: Session, q: Question) -> dict[str, float]:
    rows = sql.count_open(session, q.prefixes, q.width, q.at)
    return {row.area: row.overdue for row in rows if row.overdue}


def _households(session: Session, q: Question) -> dict[str, float]:
    counts = {row.area: row.households for row in sql.count_layer(session, q.prefixes, q.width, "buildings")}
    if q.floor is not None:
        counts = disclosed(counts, _PARENT_WIDTHS[q.width], q.floor)
    return {area: households for area, households in counts.items() if households}


def _components(session: Session, q: Question) -> dict[str, float]:
    rows = sql.count_layer(session, q.prefixes, q.width, "components")
    return {row.area: row.items for row in rows if row.items}


def _open_per_thousand_households(session: Session, q: Question) -> dict[str, float]:
    households = _households(session, q)
    counted = _open(session, q)
    # an area without households has no rate, and an area with some but nothing open has the rate 0
    return {area: round(1000 * counted.get(area, 0) / number, 3) for area, number in households.items()}


def _days_since_inspection(session: Session, q: Question) -> dict[str, float]:
    rows = sql.last_inspections(session, q.prefixes, q.width)
    return {row.area: max(0, (q.at - row.inspected_at).days) for row in rows}


def _land_covered(session: Session, q: Question) -> dict[str, float]:
    rows = coverage_sql.select_land(session, q.prefixes, q.width) if q.width < GRID_WIDTH else ()
    return {
        row.area: _percent(row.outline_m2 - row.outline_gap_m2, row.outline_m2)
        for row in rows
        if row.outline_m2
    }


def _staffed(session: Session, q: Question) -> dict[str, float]:
    """Return the share of grids that have a primary worker, or somebody at work in their place."""
    grids = {row.area: row.grids for row in workload_sql.select_by_area(session, q.prefixes, q.width)}
    rows = coverage_sql.select_staff(session, q.prefixes, q.width, q.day, q.at)
    return {
        row.area: _percent(grids[row.area] - row.unstaffed - row.uncovered, grids[row.area])
        for row in rows
        if row.area in grids
    }


def _patrolled(session: Session, q: Question) -> dict[str, float]:
    rows = coverage_sql.select_sums(session, q.prefixes, q.width)
    return {row.area: _percent(row.reached_roads_m, row.roads_m) for row in rows if row.roads_m}


def _inspected(session: Session, q: Question) -> dict[str, float]:
    rows = coverage_sql.select_sums(session, q.prefixes, q.width)
    return {row.area: _percent(row.current, row.cycled) for row in rows if row.cycled}


def _workload(session: Session, q: Question) -> dict[str, float]:
    rows = workload_sql.select_by_area(session, q.prefixes, q.width)
    return {row.area: round(row.minutes, 1) for row in rows}


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 2)


#: The last six are of the stored figures of coverage and workload (gridgis/measures/definitions.py).
THEMES = {
    "open": Theme("count", _open),
    "overdue": Theme("count", _overdue),
    "open_per_household": Theme("per_thousand", _open_per_thousand_households, zero_is_blank=False),
    "households": Theme("count", _households, of_people=True),
    "components": Theme("count", _components),
    "inspection_age": Theme("days", _days_since_inspection, zero_is_blank=False),
    "land_covered": Theme("percent", _land_covered, zero_is_blank=False),
    "staffed": Theme("percent", _staffed, zero_is_blank=False),
    "patrolled": Theme("percent", _patrolled, zero_is_blank=False),
    "inspected": Theme("percent", _inspected, zero_is_blank=False),
    "workload": Theme("minutes", _workload, zero_is_blank=False),
}


def theme_values(
    session: Session,
    scope: Scope,
    config: Config,
    name: str,
    *,
    code: str,
    level: str,
    at: datetime,
    floor: int | None = None,
) -> dict[str, float]:
    """Return area -> value of theme `name` for the areas of `level` in division `code`; blanks are left out.

    Areas with fewer households than `floor`, or from which such a number could be worked out, are left out
    of themes of people (P02).

    Raises
    ------
    NotFound
        No such theme, or no such division in sight.
    InvalidInput
        `level` is not one of `LEVELS`.
    """
    theme = THEMES.get(name)
    if theme is None:
        raise NotFound(f"no theme {name!r}; there are {', '.join(THEMES)}", field="theme")
    if level not in LEVELS:
        raise InvalidInput(f"level {level!r} is not one of {', '.join(LEVELS)}", field="level")
    find_area(session, scope, config, code)
    prefixes = scope.narrowed(divisions.prefix(code)).prefixes
    width = divisions.WIDTHS.get(level, GRID_WIDTH)
    return theme.values(session, Question(prefixes, width, at, at.astimezone(config.zone).date(), floor))
