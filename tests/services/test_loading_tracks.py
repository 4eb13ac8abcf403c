"""Fixes and looks that cannot have been are refused by row, and nothing of their file is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from gridgis.services.loading.doctor import Refused
from gridgis.services.loading.load import load
from gridgis.services.loading.options import Options
from tests.services import town

NOW = datetime(2026, 3, 31, 1, 0, tzinfo=UTC)
WALK = [
    "W1,2026-03-31T08:00:00+08:00,114.1005,22.5505",
    "W1,2026-03-31T08:00:30+08:00,114.1005,22.5506",
    "W2,2026-03-31T08:00:30+08:00,114.1015,22.5506",
]


@pytest.fixture
def city(session, config, tmp_path):
    town.build(session, config, tmp_path)
    (tmp_path / "w.csv").write_text("code\nW1\nW2\n", encoding="utf-8")
    load(session, config, "workers", tmp_path / "w.csv")
    return session


def tracks(folder, *more: str):
    path = folder / f"tracks-{len(more)}.csv"
    path.write_text("\n".join(["worker_code,fixed_at,lon,lat", *WALK, *more, ""]), encoding="utf-8")
    return path


def count(session, table: str) -> int:
    return session.scalar(text(f"SELECT count(*) FROM {table}"))


@pytest.mark.parametrize(
    ("fix", "accepted"),
    [
        ("W1,2026-03-31T09:02:00+08:00,114.1005,22.5507", "an instant not later than 2026-03-31T01:01:00Z"),
        ("W1,2026-03-31T08:00:30+08:00,114.1035,22.5507", "one place of a worker at one instant"),
    ],
)
def test_a_fix_that_cannot_be_is_refused_by_row_and_the_others_are_not_lost(
    city, config, tmp_path, fix: str, accepted: str
) -> None:
    with pytest.raises(Refused) as refused:
        load(city, config, "tracks", tracks(tmp_path, fix), Options(now=NOW))
    (found,) = refused.value.report.as_dict()["refused"]["listed"]
    assert found["row"] == 4
    assert accepted in found["text"]
    assert count(city, "tracks") == 0
    report = load(city, config, "tracks", tracks(tmp_path, fix), Options(now=NOW, skip_refused=True))
    assert report.counts["loaded"] == count(city, "tracks") == 3


def test_a_fix_that_contradicts_a_stored_one_is_told_of(city, config, tmp_path) -> None:
    load(city, config, "tracks", tracks(tmp_path), Options(now=NOW))
    path = tmp_path / "again.csv"
    moved = ["W1,2026-03-31T08:00:30+08:00,114.1035,22.5507", "W2,2026-03-31T08:00:30+08:00,114.1035,22.5507"]
    new = "W2,2026-03-31T08:01:00+08:00,114.1015,22.5507"
    path.write_text("\n".join(["worker_code,fixed_at,lon,lat", WALK[0], *moved, new]), encoding="utf-8")
    report = load(city, config, "tracks", path, Options(now=NOW))
    named = ("loaded", "repeated_fixes_dropped", "conflicting_fixes_dropped")
    assert [report.counts[name] for name in named] == [1, 1, 2]
    (note,) = (note for note in report.notes if "another place" in note)
    assert "row 2: W1 at 2026-03-31T00:00:30" in note
    kept = city.scalar(text("SELECT ST_X(geom) FROM tracks WHERE worker_code = 'W1' ORDER BY fixed_at DESC"))
    assert kept == pytest.approx(114.1005)
    again = tmp_path / "conflicts.csv"
    again.write_text("\n".join(["worker_code,fixed_at,lon,lat", *moved]), encoding="utf-8")
    assert load(city, config, "tracks", again, Options(now=NOW)).counts["conflicting_fixes_dropped"] == 2


def test_a_clock_that_runs_backwards_loses_no_fix(city, config, tmp_path) -> None:
    backwards = "W1,2026-03-31T07:59:00+08:00,114.1005,22.5504"
    report = load(city, config, "tracks", tracks(tmp_path, backwards), Options(now=NOW))
    assert report.counts["loaded"] == count(city, "tracks") == 4


def test_a_look_that_is_still_to_come_is_refused(city, config, tmp_path) -> None:
    load(city, config, "components", town.write(town.components(), tmp_path, "components.parquet"))
    code = city.scalar(text("SELECT min(component_code) FROM components"))
    path = tmp_path / "inspections.csv"
    path.write_text(f"component_code,inspected_at\n{code},2026-03-31T09:02:00+08:00\n", encoding="utf-8")
    with pytest.raises(Refused, match="inspected_at"):
        load(city, config, "inspections", path, Options(now=NOW))
    assert count(city, "inspections") == 0
    assert load(city, config, "inspections", path).counts["loaded"] == 1  # by now it has been
