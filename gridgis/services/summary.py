"""The command centre's figures: what an area holds, what is open in it, and how its parts compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from gridgis.codes import divisions
from gridgis.config import Config
from gridgis.errors import NotFound
from gridgis.scope import Scope
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
    session: Session, scope: Scope, config: Config, code: str, *, start: datetime, end: datetime, at: datetime
) -> Summary:
    """Return the figures of division `code`: standing now, open at `at`, reported in [start, end).

    Raises
    ------
    NotFound
        No division has this code, or none the caller may see.
    """
    area = find_area(session, scope, config, code)
    prefixes = scope.narrowed(divisions.prefix(code)).prefixes
    width = _BELOW[area.level][1]
    parts = _parts(session, prefixes, width, start=start, end=end, at=at)
    _name_parts(session, area, parts)
    days = _days(session, prefixes, config, start=start, end=end)
    numbers: dict[str, float | None] = {
        key: sum(part[key] for part in parts.values()) for key in (*_STANDING, "open", "overdue", "reported")
    }
    numbers["closed"] = sum(day["closed"] for day in days)
    numbers["late"] = sum(day["late"] for day in days)
    whole = scope.is_everything and code == config.root_division
    numbers["unlocated"] = sql.count_unlocated(session) if whole else None
    return Summary(area, at, start, end, numbers, list(parts.values()), days)


def _parts(
    session: Session, prefixes: tuple[str, ...], width: int, *, start: datetime, end: datetime, at: datetime
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
    for row in sql.count_reported(session, prefixes, width, start, end):
        parts.setdefault(row.area, {"code": row.area, **blank})["reported"] = row.reported
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


def _days(
    session: Session, prefixes: tuple[str, ...], config: Config, *, start: datetime, end: datetime
) -> list[dict[str, Any]]:
    counted = {row.day: row for row in sql.count_by_day(session, prefixes, start, end, config.time_zone)}
    first, last = start.astimezone(config.zone).date(), end.astimezone(config.zone).date()
    days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    return [
        {
            "day": day.isoformat(),
            "reported": row.reported if row else 0,
            "closed": row.closed if row else 0,
            "late": row.late if row else 0,
        }
        for day, row in ((day, counted.get(day)) for day in days)
    ]


def _number(value: Any) -> float | int:
    """Return PostgreSQL's numeric sums as the integers they are."""
    return value if isinstance(value, float) else int(value)
