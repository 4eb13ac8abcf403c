"""The one row that says what this database was made for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session


def stamp(session: Session, root_division: str, metric_srid: int, code_profile: str, time_zone: str) -> None:
    """Write the row at the first migration; afterwards it stays as it is."""
    session.execute(
        text(
            "INSERT INTO city (root_division, metric_srid, code_profile, time_zone)"
            " VALUES (:root_division, :metric_srid, :code_profile, :time_zone) ON CONFLICT DO NOTHING"
        ),
        {
            "root_division": root_division,
            "metric_srid": metric_srid,
            "code_profile": code_profile,
            "time_zone": time_zone,
        },
    )


def select(session: Session) -> Row[Any]:
    """Return `root_division`, `metric_srid`, `code_profile` and `time_zone` as stamped."""
    return session.execute(text("SELECT root_division, metric_srid, code_profile, time_zone FROM city")).one()
