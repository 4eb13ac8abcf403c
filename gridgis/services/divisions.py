"""The tree of divisions, as people walk it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridgis.codes import divisions as codes
from gridgis.errors import NotFound
from gridgis.scope import Scope
from gridgis.sql import divisions as sql

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Division:
    """A division on the way down: where it is, what is under it and how many grids it has now."""

    code: str
    name: str
    level: str
    parent_code: str | None
    area_m2: float | None
    bbox: tuple[float, float, float, float] | None
    children: int
    grids: int


@dataclass(frozen=True, slots=True)
class Named:
    """A division by code and name; the name is missing where the tree does not hold it."""

    code: str
    name: str | None


def get(session: Session, scope: Scope, code: str) -> Division:
    """Return one division.

    Raises
    ------
    NotFound
        No division has this code, or none the caller may see.
    """
    row = sql.select_one(session, code) if codes.is_division_code(code) else None
    if row is None or not _may_see(scope, code):
        raise NotFound(f"there is no division {code}", field="code")
    prefix = codes.prefix(code)
    return _division(row, sql.count_grids(session, scope.narrowed(prefix).prefixes, len(prefix)))


def children(session: Session, scope: Scope, code: str) -> list[Division]:
    """Return the divisions right under one, by code, without those the caller may not see.

    Raises
    ------
    NotFound
        As `get`, for the division above.
    """
    above = get(session, scope, code)
    rows = [row for row in sql.select_children(session, above.code) if _may_see(scope, row.code)]
    if not rows:
        return []
    width = codes.WIDTHS[rows[0].level]
    grids = sql.count_grids(session, scope.narrowed(codes.prefix(code)).prefixes, width)
    return [_division(row, grids) for row in rows]


def chain(session: Session, code: str) -> dict[str, Named]:
    """Return the divisions that a grid or division code lies in, by level, from the district down.

    Parameters
    ----------
    code
        At least six digits.
    """
    found = {
        level: code[:width]
        for level, width in codes.WIDTHS.items()
        if codes.WIDTHS["district"] <= width <= len(code)
    }
    names = sql.select_names(session, list(found.values()))
    return {level: Named(prefix, names.get(prefix)) for level, prefix in found.items()}


def _may_see(scope: Scope, code: str) -> bool:
    """Whether the division is in the scope, or on the way down to it."""
    return bool(scope.narrowed(codes.prefix(code)).prefixes)


def _division(row: Row[Any], grids: dict[str, int]) -> Division:
    bbox = None if row.xmin is None else (row.xmin, row.ymin, row.xmax, row.ymax)
    return Division(
        row.code,
        row.name,
        row.level,
        row.parent_code,
        row.area_m2,
        bbox,
        row.children,
        grids.get(codes.prefix(row.code), 0),
    )
