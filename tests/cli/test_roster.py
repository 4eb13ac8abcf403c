"""The roster from the command line, on the small sample city."""

from __future__ import annotations

import csv
import json
import shutil

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from gridgis.__main__ import main
from gridgis.database import make_engine, transaction


@pytest.fixture
def run(city_url, monkeypatch):
    monkeypatch.setenv("GRIDGIS_DATABASE_URL", city_url)

    def call(*words: str, code: int = 0):
        done = CliRunner().invoke(main, ["roster", *words], catch_exceptions=False)
        assert done.exit_code == code, done.output
        return done

    return call


@pytest.fixture
def audited(city_url):
    def deeds() -> list[tuple[str, dict]]:
        engine = make_engine(city_url)
        with transaction(engine, read_only=True) as session:
            rows = session.execute(
                text("SELECT action, details FROM audit WHERE action LIKE 'rosters.%' ORDER BY id")
            ).all()
        engine.dispose()
        return [tuple(row) for row in rows]

    return deeds


def roster(run) -> dict:
    return json.loads(run("list", "--json").output)


def test_a_day_at_the_roster(run, audited, tmp_path) -> None:
    CliRunner().invoke(main, ["coverage", "--refresh"], catch_exceptions=False)
    found = roster(run)
    assert len(found["rows"]) == 800
    one, other = found["rows"][0], found["rows"][1]
    grid = one["grid_code"]
    assert "1 grids without a primary" not in run("assign", grid, "--nobody", "--dry-run").output
    assert "has no primary worker then" in run("assign", grid, "--nobody").output
    suggested = json.loads(run("suggest", "--json").output)["suggestions"]
    assert [row["grid_code"] for row in suggested] == [grid]
    assert grid in run("suggest").output
    assert f"{grid}  has no primary worker" in run("list", "--unassigned").output
    best = suggested[0]["workers"][0]["worker_code"]
    done = json.loads(run("assign", grid, "--worker", best, "--json").output)
    assert best in {row["worker_code"] for row in done["loads"]}
    assert "minutes a week" in run("leave", other["worker_code"], "--dry-run").output
    assert roster(run)["absences"] == []
    made = json.loads(run("leave", other["worker_code"], "--no-cover", "--json").output)
    assert "is away, and no deputy there" in run("list", "--unassigned").output
    covered = json.loads(run("cover", str(made["id"]), "--json").output)
    assert [row["grid_code"] for row in covered["lines"]] == [other["grid_code"]]
    assert "saved: no leave is left" in run("return", other["worker_code"]).output
    assert [action for action, _ in audited()] == [
        "rosters.change_roster", "rosters.change_roster", "rosters.create_absence", "rosters.cover_absence",
        "rosters.return_worker",
    ]  # fmt: skip
    assert audited()[1][1]["added"] == 1


def test_what_is_exported_is_loaded_without_a_change(run, tmp_path) -> None:
    run("export", "--out", str(tmp_path / "roster.csv"))
    run("export", "--out", str(tmp_path / "roster.geojson"), "--division", "440305")
    features = json.loads((tmp_path / "roster.geojson").read_text(encoding="utf-8"))["features"]
    rows = list(csv.DictReader((tmp_path / "roster.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 800
    assert 0 < len(features) < 800
    said = run("load", str(tmp_path / "roster.csv")).output
    assert "0 lines begin, 0 end or change, 0 fall away, 800 were so already" in said


def test_the_past_is_corrected_with_a_reason_that_is_kept(run, audited) -> None:
    rows = roster(run)["rows"]
    words = ("assign", rows[0]["grid_code"], "--worker", rows[1]["worker_code"], "--from", "2026-01-01")
    assert "a change begins today" in run(*words, code=1).output
    run(*words, "--correct", "entered late")
    ((_, details),) = audited()
    assert details["correction"] == "entered late"
    assert details["past"][0]["worker_code"] == rows[0]["worker_code"]


REFUSED = [
    (("assign", "440305001001001"), 2, "--worker CODE or --nobody"),
    (("assign", "1", "--worker", "x"), 1, "row 1, grid_code: '1' is not accepted"),
    (("leave", "nobody"), 1, "no worker 'nobody'"),
    (("cancel", "99"), 1, "no leave 99"),
    (("list", "--on", "soon"), 2, "is not a day such as"),
    (("export", "--out", "roster.pdf"), 1, "accepted are csv, geojson"),
    (("map", "nobody", "--out", "a.pdf"), 1, "has no grid"),
    (("map", "nobody", "--out", "a.doc"), 1, "accepted are .pdf, .html"),
]


def test_what_cannot_be_is_refused_in_one_line(run) -> None:
    for words, code, says in REFUSED:
        assert says in run(*words, code=code).output, words


def test_a_bad_list_names_every_row_and_changes_nothing(run, tmp_path) -> None:
    grid = roster(run)["rows"][0]["grid_code"]
    table = tmp_path / "list.csv"
    table.write_text(f"grid_code,worker_code\n{grid},\n7,W1\n{grid[:-3]}999,nobody\n", encoding="utf-8")
    said = run("load", str(table), code=1).output
    for row in ("row 2, grid_code", "row 2, worker_code", "row 3, grid_code", "row 3, worker_code"):
        assert row in said
    assert len(roster(run)["rows"]) == 800


def test_a_beat_is_one_sheet_of_a3(run, tmp_path) -> None:
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        pytest.skip("needs Chromium")
    worker = roster(run)["rows"][0]["worker_code"]
    run("map", worker, "--out", str(tmp_path / "beat.pdf"))
    body = (tmp_path / "beat.pdf").read_bytes()
    assert body.startswith(b"%PDF")
    assert b"/Count 1" in body
    assert b"/MediaBox [0 0 1191.12 841.91" in body
