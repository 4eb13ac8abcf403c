"""Whatever a command changes or takes out has its row in the audit log."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from gridgis.__main__ import main
from gridgis.config import Config
from gridgis.database import transaction
from tests.services import town


@pytest.fixture
def run(engine: Engine, database_url: str, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a command in a town of its own, and returns the audit rows it left."""
    monkeypatch.setenv("GRIDGIS_DATABASE_URL", database_url)
    with transaction(engine) as session:
        town.build(session, config, tmp_path)

    def run(*arguments: object, exit_code: int = 0) -> list[tuple[str, str]]:
        with transaction(engine) as session:
            before = session.scalar(text("SELECT coalesce(max(id), 0) FROM audit"))
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert result.exit_code == exit_code, result.output
        with transaction(engine) as session:
            rows = session.execute(
                text("SELECT actor, action, target FROM audit WHERE id > :before"), {"before": before}
            ).all()
        assert {row.actor for row in rows} <= {f"command:{getpass.getuser()}"}
        return [(row.action, row.target) for row in rows]

    return run


def test_what_leaves_is_noted(run, config: Config, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("export", "grids", "--out", f"{out}.csv") == [("gridgis export", "grids.csv")]
    assert run("map", "--theme", "households", "--out", f"{out}.html") == [
        ("gridgis map", f"map.households {config.root_division}")
    ]
    archived = run("tiles", "archive", "--out", f"{out}.pmtiles", "--layers", "grids", "--maxzoom", 9)
    assert archived == [("gridgis tiles archive", "grids")]


def test_what_is_loaded_and_taken_back_is_noted_and_what_is_refused_is_not(run, tmp_path: Path) -> None:
    path = town.write(town.components(), tmp_path, "lamps.gpkg")
    assert run("load", "components", path, "--dry-run") == []
    assert run("load", "components", path) == [("gridgis load", "components lamps.gpkg")]
    assert run("load", "components", path) == []
    assert run("export", "tracks", "--out", tmp_path / "t.csv", exit_code=1) == []
    assert run("load", "--undo", 3) == [("gridgis load --undo", "3")]


def test_other_cycles_are_noted_and_refused_where_they_cannot_be(run) -> None:
    assert run("cycles", "set", "components", 30, "--class", "0101") == [
        ("gridgis cycles set", "components 0101")
    ]
    assert run("cycles", "list") == []
    for wrong in (
        ("set", "buildings", 0),
        ("set", "buildings", 30, "--class", "01"),
        ("set", "components", 30, "--class", "98765"),
        ("remove", "components", "--class", "0102"),
    ):
        assert run("cycles", *wrong, exit_code=1) == []
    assert run("cycles", "remove", "components", "--class", "0101") == [
        ("gridgis cycles remove", "components 0101")
    ]
