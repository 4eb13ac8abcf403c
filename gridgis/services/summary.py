"""The command centre's figures: what an area holds, what is open in it, and how its parts compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from gridgis.codes import divisions
from gridgis.config import Config
from gridgis.errors import NotFound
from gridgis.scope import Scope
from gridgis.services.disclosure import disclosed
from gridgis.sql import summary as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: Digits of a grid code that name the part one level down.
GRID_WIDTH = 20  # more than any grid code has: the whole code
_BELOW = {
    "province": ("city", divisions.WIDTHS["city"]),
    "city": ("district", divisions.WIDTHS["district"]),
    "district": ("street", divisions.WIDTHS["street"]),
    "street": ("community", divisions.WIDTHS["community"]),
    "community": ("grid", GRID_WIDTH),
}
#: Levels whose incidents are kept counted by day (models/incident_days.py).
KEPT_LEVELS = ("street", "community")
LEVELS = ("district", "street", "community", "grid")


@dataclass(frozen=True, slots=True)
class Area:
    """A division as the screen shows it: its place in the tree, and its bbox in degrees where it has one."""

    code: str
    name: str
    level: str
    ancestors: tuple[tuple[str, str], ...]
    bbox: tuple[float, float, float, float] | None
    child_level: str


@dataclass(frozen=True, slots=True)
class Summary:
    """One area's figures.

    Attributes
    ----------
    numbers
        grids, area_m2, buildings, households, components, open, overdue, unlocated
        (open incidents in no grid; whole city only, else ``None``), reported, closed, late: the last three
        are of the incidents reported in [start, end).
    children
        The same, without `closed` and `late`, for each part one level down, with its code and name.
    days
        Local day, reported, closed, late; every day of the range, in order.
    """

    area: Area
    as_of: datetime
    start: datetime
    end: datetime
    numbers: Mapping[str, float | None]
    children: list[dict[str, Any]]
    days: list[dict[str, Any]]


_STANDING = ("grids", "area_m2", "buildings", "households", "components")


def find_area(session: Session, scope: Scope, config: Config, code: str) -> Area:
    """Return one division with its ancestors below the province.

    Raises
    ------
    NotFound
        No division has this code, or none the caller may see.
    """
    row = sql.select_division(session, code) if divisions.is_division_code(code) else None
    prefix = divisions.prefix(code) if row is not None else ""
    if row is None or not scope.narrowed(prefix).prefixes:
        raise NotFound(f"no division {code!r}; {config.root_division} is the whole city", field="division")
    root = divisions.prefix(config.root_division)
    above = [
        a
        for a in divisions.ancestors(code)
        if divisions.prefix(a).startswith(root) and len(prefix) > len(root)
    ]
    names = sql.select_names(session, above)
    bbox = None if row.xmin is None else (row.xmin, row.ymin, row.xmax, row.ymax)
    return Area(
        code=row.code,
        name=row.name,
        level=row.level,
        ancestors=tuple((a, names.get(a, a)) for a in above),
        bbox=bbox,
        child_level=_BELOW[row.level][0],
    )


def summarise(
    session: Session,
    scope: Scope,
    config: Config,
    code: str,
    *,
    start: datetime,
    end: datetime,
    at: datetime,
    floor: int | None = None,
) -> Summary:
    """Return the figures of division `code`: standing now, open at `at`, reported in [start, end).

    Households that are fewer than `floor`, or could be worked out to be, are ``None`` (P02).

    Raises
    ------
    NotFound
        No division has this code, or none the caller may see.
    """
    area = find_area(session, scope, config, code)
    prefixes = scope.narrowed(divisions.prefix(code)).prefixes
    width = _BELOW[area.level][1]
    counted = _counted(session, prefixes, width, config, start=start, end=end)
    parts = _parts(session, prefixes, width, counted, at)
    _name_parts(session, area, parts)
    days = _days(counted, config, start=start, end=end)
    numbers: dict[str, float | None] = {
        key: sum(part[key] for part in parts.values()) for key in (*_STANDING, "open", "overdue", "reported")
    }
    numbers["closed"] = sum(day["closed"] for day in days)
    numbers["late"] = sum(day["late"] for day in days)
    whole = scope.is_everything and code == config.root_division
    if floor is not None:
        _hide_few(numbers, parts, floor)
    numbers["unlocated"] = sql.count_unlocated(session) if whole else None
    return Summary(area, at, start, end, numbers, list(parts.values()), days)


def _parts(
    session: Session,
    prefixes: tuple[str, ...],
    width: int,
    counted: Mapping[tuple[str, date], Counter[str]],
    at: datetime,
) -> dict[str, dict[str, Any]]:
    """Return figures by part, a part without any rows of a kind having zeros there."""
    blank = dict.fromkeys((*_STANDING, "open", "overdue", "reported"), 0)
    parts: dict[str, dict[str, Any]] = {}
    for row in sql.count_standing(session, prefixes, width):
        parts[row.area] = {
            "code": row.area,
            **blank,
            **{key: _number(getattr(row, key)) for key in _STANDING},
        }
    for row in sql.count_open(session, prefixes, width, at):
        part = parts.setdefault(row.area, {"code": row.area, **blank})
        part["open"], part["overdue"] = row.open, row.overdue
    for (code, _), number in counted.items():
        parts.setdefault(code, {"code": code, **blank})["reported"] += number["reported"]
    return dict(sorted(parts.items()))


def _name_parts(session: Session, area: Area, parts: dict[str, dict[str, Any]]) -> None:
    """Give each part the stored code and name of its division; a grid's name is its last digits."""
    if area.child_level == "grid":
        for part in parts.values():
            part["name"] = part["code"][divisions.WIDTHS["community"] :]
        return
    names = {row.code: row.name for row in sql.select_children(session, area.code)}
    for part in parts.values():
        part["code"] = divisions.normalise(part["code"])
        part["name"] = names.get(part["code"], part["code"])


def _hide_few(numbers: dict[str, float | None], parts: dict[str, dict[str, Any]], floor: int) -> None:
    told = disclosed({code: part["households"] for code, part in parts.items()}, 0, floor)
    for code, part in parts.items():
        part["households"] = told.get(code)
    if (numbers["households"] or 0) < floor:
        numbers["households"] = None


def _counted(
    session: Session, prefixes: tuple[str, ...], width: int, config: Config, *, start: datetime, end: datetime
) -> dict[tuple[str, date], Counter[str]]:
    """Return reported, closed and late by area and local day.

    Whole days come from their counts where these are kept; the rest is counted one by one.
    """
    level = _kept_level(prefixes, width)
    past = _midnight(end, config)
    first = _midnight(start, config)
    if first < start:
        first = _midnight(start, config, 1)
    if level is None or first >= past:
        rows = list(sql.count_incidents(session, prefixes, width, start, end, config.time_zone))
    else:
        rows = [
            *sql.count_days(session, prefixes, width, level, first.date(), past.date()),
            *(
                row
                for since, until in ((start, first), (past, end))
                if since < until
                for row in sql.count_incidents(session, prefixes, width, since, until, config.time_zone)
            ),
        ]
    counted: dict[tuple[str, date], Counter[str]] = {}
    for row in rows:
        number = counted.setdefault((row.area, row.day), Counter())
        number.update(reported=int(row.reported), closed=int(row.closed), late=int(row.late))
    return counted


def _midnight(at: datetime, config: Config, later: int = 0) -> datetime:
    """Return the beginning of the local day of `at`, or of one some days `later`."""
    day = at.astimezone(config.zone).date() + timedelta(days=later)
    return datetime.combine(day, time(), config.zone)


def _kept_level(prefixes: tuple[str, ...], width: int) -> str | None:
    """Return the level whose counts by day can tell apart all prefixes and areas, ``None`` for grids."""
    longest = max(width, *map(len, prefixes), 0)
    return next((level for level in KEPT_LEVELS if longest <= divisions.WIDTHS[level]), None)


def _days(
    counted: Mapping[tuple[str, date], Counter[str]], config: Config, *, start: datetime, end: datetime
) -> list[dict[str, Any]]:
    """Return the sums of all areas for every local day of the range, in order."""
    sums: dict[date, Counter[str]] = {}
    for (_, day), number in counted.items():
        sums.setdefault(day, Counter()).update(number)
    first, last = start.astimezone(config.zone).date(), end.astimezone(config.zone).date()
    days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    return [
        {
            "day": day.isoformat(),
            **{key: sums.get(day, Counter())[key] for key in ("reported", "closed", "late")},
        }
        for day in days
    ]


def _number(value: Any) -> float | int:
    """Return PostgreSQL's numeric sums as the integers they are."""
    return value if isinstance(value, float) else int(value)
