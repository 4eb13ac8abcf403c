"""The tree of divisions: one, its children, and the names along a code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

_COLUMNS = """
    d.code, d.name, d.level, d.parent_code, d.area_m2,
    ST_XMin(d.geom) AS xmin, ST_YMin(d.geom) AS ymin, ST_XMax(d.geom) AS xmax, ST_YMax(d.geom) AS ymax,
    (SELECT count(*) FROM divisions c WHERE c.parent_code = d.code) AS children
"""


def exists(session: Session, code: str) -> bool:
    """Tell whether there is a division of this code."""
    return bool(
        session.scalar(text("SELECT EXISTS (SELECT FROM divisions WHERE code = :code)"), {"code": code})
    )


def select_one(session: Session, code: str) -> Row[Any] | None:
    """Return code, name, level, parent_code, area_m2, bbox (degrees; nulls without an outline), children."""
    return session.execute(
        text(f"SELECT {_COLUMNS} FROM divisions d WHERE d.code = :code"),  # noqa: S608 - constant columns
        {"code": code},
    ).one_or_none()


def select_children(session: Session, parent_code: str) -> Sequence[Row[Any]]:
    """Return the divisions right under one, by code, with the columns of `select_one`."""
    return session.execute(
        text(
            f"SELECT {_COLUMNS} FROM divisions d WHERE d.parent_code = :code ORDER BY d.code"  # noqa: S608
        ),
        {"code": parent_code},
    ).all()


def count_grids(session: Session, prefixes: Sequence[str], width: int) -> dict[str, int]:
    """Return how many grids are in force below some prefixes, by the first `width` digits of their codes."""
    rows = session.execute(
        text("""
            SELECT left(code, :width) AS area, count(*) AS grids FROM grids
            WHERE code ^@ ANY(:prefixes) AND valid_from <= now() AND (valid_to IS NULL OR valid_to > now())
            GROUP BY 1
        """),
        {"width": width, "prefixes": list(prefixes)},
    )
    return {row.area: row.grids for row in rows}


def select_names(session: Session, codes: Sequence[str]) -> dict[str, str]:
    """Return the names of the divisions among `codes`."""
    rows = session.execute(
        text("SELECT code, name FROM divisions WHERE code = ANY(:codes)"), {"codes": list(codes)}
    )
    return {row.code: row.name for row in rows}
