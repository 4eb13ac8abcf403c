"""The stored figures, and how two makings of them are compared."""

from __future__ import annotations

import pytest
from sqlalchemy import text

_TABLES = {
    "grid_measures": "grid_code",
    "patrol_days": "grid_code, day",
    "community_land": "community_code",
    "track_days": "day, worker_code",
}


def stored(session) -> dict[str, list[dict]]:
    return {
        table: [
            dict(row) for row in session.execute(text(f"SELECT * FROM {table} ORDER BY {key}")).mappings()
        ]
        for table, key in _TABLES.items()
    }


def assert_same(one, other) -> None:
    for table in _TABLES:
        assert len(one[table]) == len(other[table]), table
        for a, b in zip(one[table], other[table], strict=True):
            for column, value in a.items():
                is_real = isinstance(value, float) or (isinstance(value, list) and column == "marks")
                expected = pytest.approx(b[column], rel=1e-9, abs=1e-6) if is_real else b[column]
                assert value == expected, (table, column, a)
