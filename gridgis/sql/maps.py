"""The shapes that stand-alone maps are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from gridgis.sql.summary import bounds


def select_grids(session: Session, prefixes: Sequence[str], at: datetime) -> Sequence[Row[Any]]:
    """Return code, name and outline (WKB, EPSG:3857) of the grids in force at an instant, by code."""
    return session.execute(
        text("""
            SELECT code, name, ST_AsBinary(geom_3857) AS shape FROM grids
            WHERE valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)
              AND code BETWEEN :low AND :high AND code ^@ ANY(:prefixes)
            ORDER BY code
        """),
        {"at": at, **bounds(prefixes)},
    ).all()


def select_divisions(session: Session, prefixes: Sequence[str], level: str) -> Sequence[Row[Any]]:
    """Return code, name and outline (WKB, EPSG:3857; null where there is none) of a level's divisions."""
    return session.execute(
        text("""
            SELECT code, name, ST_AsBinary(geom_3857) AS shape FROM divisions
            WHERE level = :level AND code ^@ ANY(:prefixes) ORDER BY code
        """),
        {"level": level, "prefixes": list(prefixes)},
    ).all()
