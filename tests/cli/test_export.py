"""``gridgis export``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from gridgis.__main__ import main
from gridgis.database import transaction
from tests.routes.city import GRIDS, fill


@pytest.fixture
def run(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch):
    with transaction(engine) as session:
        fill(session)
    monkeypatch.setenv("GRIDGIS_DATABASE_URL", database_url)
    return lambda *arguments: CliRunner().invoke(main, ["export", *map(str, arguments)])


def test_the_ending_chooses_the_format_and_json_tells_the_figures(run, tmp_path: Path) -> None:
    out = tmp_path / "grids.geojson"
    result = run("grids", "--out", out, "--division", "440305", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["rows"] == 4
    assert [f["id"] for f in json.loads(out.read_text())["features"]] == list(GRIDS)


def test_refusals_are_one_line_and_leave_the_old_file(run, tmp_path: Path) -> None:
    out = tmp_path / "old.csv"
    out.write_text("old")
    for arguments in (
        ("grids", "--out", out, "--division", "990000"),
        ("tracks", "--out", out),
        ("components", "--out", tmp_path / "c.shp"),
        ("grids", "--out", tmp_path / "grids.what"),
        ("grids", "--out", tmp_path / "nowhere" / "grids.csv"),
    ):
        result = run(*arguments)
        assert result.exit_code == 1, arguments
        assert len(result.stderr.strip().splitlines()) == 1
    assert out.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]


def test_wrong_usage_exits_with_two(run, tmp_path: Path) -> None:
    assert run("nothing", "--out", tmp_path / "x.csv").exit_code == 2
    assert run("grids", "--out", tmp_path / "x.csv", "--bbox", "1,2").exit_code == 2
