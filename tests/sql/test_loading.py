"""What a load tells the planner."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridgis.sql import loading as sql

_ANALYZED = """
    SELECT right(relname, 8) FROM pg_class JOIN pg_inherits ON inhrelid = oid
    WHERE inhparent = 'incidents'::regclass AND reltuples >= 0 ORDER BY 1
"""


def test_only_the_months_between_are_looked_at(session: Session) -> None:
    sql.ensure_partitions(
        session, "incidents", datetime(2020, 1, 5, tzinfo=UTC), datetime(2020, 6, 5, tzinfo=UTC)
    )
    sql.analyze_between(
        session, "incidents", datetime(2020, 3, 31, 23, tzinfo=UTC), datetime(2020, 4, 1, 1, tzinfo=UTC)
    )
    assert session.scalars(text(_ANALYZED)).all() == ["20200301", "20200401"]


def test_the_whole_is_looked_at_when_nothing_else_is_there(session: Session) -> None:
    sql.ensure_partitions(
        session, "incidents", datetime(2020, 1, 5, tzinfo=UTC), datetime(2020, 2, 5, tzinfo=UTC)
    )
    sql.analyze_between(
        session, "incidents", datetime(2020, 1, 5, tzinfo=UTC), datetime(2020, 2, 5, tzinfo=UTC)
    )
    assert session.scalar(text("SELECT reltuples FROM pg_class WHERE relname = 'incidents'")) == 0
