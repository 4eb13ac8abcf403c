"""The one row that says what this database was made for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session


def stamp(session: Session, root_division: str, metric_srid: int, code_profile: str) -> None:
    """Write the row at the first migration; afterwards it stays as it is."""
    session.execute(
        text(
            "INSERT INTO city (root_division, metric_srid, code_profile)"
            " VALUES (:root_division, :metric_srid, :code_profile) ON CONFLICT DO NOTHING"
        ),
        {"root_division": root_division, "metric_srid": metric_srid, "code_profile": code_profile},
    )


def select(session: Session) -> Row[Any]:
    """Return `root_division`, `metric_srid` and `code_profile` as stamped."""
    return session.execute(text("SELECT root_division, metric_srid, code_profile FROM city")).one()
