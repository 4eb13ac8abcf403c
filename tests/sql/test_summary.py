"""What is counted beforehand is what one would count, whatever becomes of the incidents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridgis.sql import search
from gridgis.sql import summary as sql
from gridgis.sql.summary import bounds

ZONE = "Asia/Shanghai"
EVER = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))


def _agree(session: Session) -> int:
    """Compare the kept counts of streets and communities with the rows; returns how many are counted."""
    for level, width in (("street", 9), ("community", 12)):
        kept = sql.count_days(session, ["44"], width, level, EVER[0].date(), EVER[1].date())
        rows = sql.count_incidents(session, ["44"], width, *EVER, ZONE)
        assert {tuple(row) for row in kept if row.reported} == {tuple(row) for row in rows}
    months, open_now = (session.execute(text(asked)).all() for asked in (_MONTHS, _OPEN_NOW))
    assert months == open_now
    return sum(row.reported for row in rows)


_MONTHS = "SELECT month, open FROM incident_months WHERE open <> 0 ORDER BY month"
_OPEN_NOW = """
    SELECT date_trunc('month', reported_at, 'UTC'), count(*) FROM incidents
    WHERE state NOT IN ('closed', 'rejected', 'declined', 'void', 'merged') GROUP BY 1 ORDER BY 1
"""


def test_days_of_incidents_follow_every_change(sample_city: Session) -> None:
    before = _agree(sample_city)
    assert before > 0
    sample_city.execute(text("UPDATE incidents SET state = 'filed', closed_at = NULL WHERE id % 5 = 0"))
    assert _agree(sample_city) == before
    late = text("UPDATE incidents SET state = 'closed', closed_at = due_at + interval '1 day'")
    sample_city.execute(late)
    assert _agree(sample_city) == before
    other = "(SELECT max(code) FROM grids WHERE valid_to IS NULL)"
    sample_city.execute(
        text(f"UPDATE incidents SET grid_code = {other} WHERE match = 'covered' AND id % 3 = 0")
    )
    assert _agree(sample_city) == before
    sample_city.execute(text("DELETE FROM incidents WHERE id % 2 = 0"))
    assert 0 < _agree(sample_city) < before


def test_one_day_of_one_street(sample_city: Session) -> None:
    newest = sample_city.execute(
        text("SELECT grid_code, reported_at FROM incidents WHERE grid_code > '' ORDER BY id DESC LIMIT 1")
    ).one()
    day = newest.reported_at.astimezone(UTC) + timedelta(hours=8)
    street = newest.grid_code[:9]
    rows = sql.count_days(sample_city, [street], 9, "street", day.date(), day.date() + timedelta(days=1))
    assert [(row.area, row.day) for row in rows] == [(street, day.date())]


def test_buildings_are_found_by_any_part_of_a_line(sample_city: Session) -> None:
    building = sample_city.execute(
        text("SELECT * FROM buildings WHERE length(address) > 4 AND grid_code > '' ORDER BY code LIMIT 1")
    ).one()
    prefix = building.grid_code[:12]
    for words in (
        building.address,
        building.address[1:3],
        building.address[-1],
        building.name or building.code,
    ):
        found = search.find_buildings(sample_city, words, [prefix], 10_000)
        assert building.code in {row.code for row in found}
        assert all(words in f"{row.code}\n{row.name}\n{row.address}" for row in found)
    assert search.find_buildings(sample_city, building.address, ["99"], 10) == []
    assert search.find_buildings(sample_city, building.address[::-1], [prefix], 10) == []


def test_bounds_hold_all_prefixes() -> None:
    assert bounds(["4403", "440305001"]) == {
        "prefixes": ["4403", "440305001"],
        "low": "4403",
        "high": "440305001" + "9" * 20,
    }
