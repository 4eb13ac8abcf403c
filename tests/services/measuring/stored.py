"""The stored figures, and how two makings of them are compared."""

from __future__ import annotations

import pytest
from sqlalchemy import text

_TABLES = {
    "grid_measures": "grid_code",
    "patrol_days": "grid_code, day",
    "community_land": "community_code",
    "community_measures": "community_code",
    "community_loads": "community_code, worker_code",
    "track_days": "day, worker_code",
}


def stored(session) -> dict[str, list[dict]]:
    return {
        table: [
            dict(row) for row in session.execute(text(f"SELECT * FROM {table} ORDER BY {key}")).mappings()
        ]
        for table, key in _TABLES.items()
    }


def handle_alone(session, minutes: int = 18) -> None:
    """Have workers handle every incident of one class themselves: the sample has too few of them."""
    session.execute(
        text("""
            UPDATE incidents SET state = 'closed', dispatched_at = NULL, handled_at = NULL,
              closed_at = reported_at + make_interval(mins => :minutes)
            WHERE kind = 'event' AND class_code LIKE '06%'
        """),
        {"minutes": minutes},
    )


def assert_same(one, other) -> None:
    for table in _TABLES:
        assert len(one[table]) == len(other[table]), table
        for a, b in zip(one[table], other[table], strict=True):
            for column, value in a.items():
                is_real = isinstance(value, float) or (isinstance(value, list) and column == "marks")
                expected = pytest.approx(b[column], rel=1e-9, abs=1e-6) if is_real else b[column]
                assert value == expected, (table, column, a)
