"""``gridgis db`` as it is typed."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from gridgis.__main__ import main
from gridgis.cluster import Cluster


def gridgis(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def data_dir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of the test's own, in reach of the server's user."""
    folder = Path(tempfile.mkdtemp(prefix="gridgis-db-"))
    folder.chmod(0o755)
    monkeypatch.setenv("GRIDGIS_DATA_DIR", str(folder))
    yield folder
    Cluster(folder).down()
    shutil.rmtree(folder)


@pytest.fixture
def remote(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A migrated database that GRIDGIS_DATABASE_URL points at."""
    monkeypatch.setenv("GRIDGIS_DATABASE_URL", database_url)
    monkeypatch.setenv("GRIDGIS_DATA_DIR", str(tmp_path / "unused"))
    return database_url


@pytest.mark.slow
def test_a_database_from_nothing_and_back(data_dir: Path) -> None:
    down = gridgis("db", "status", "--json")
    assert down.exit_code == 1
    assert json.loads(down.output)["running"] is False
    assert not list(data_dir.iterdir())  # asking starts and makes nothing

    assert gridgis("db", "up").output.startswith("started: postgresql://gridgis@/gridgis?host=")
    assert gridgis("db", "up").output.startswith("was running: ")
    assert json.loads(gridgis("db", "status", "--json").output)["current"] is False
    assert gridgis("db", "migrate").exit_code == 0
    assert gridgis("db", "migrate").output.startswith("schema already at ")
    facts = json.loads(gridgis("db", "status", "--json").output)
    assert facts["running"] is facts["embedded"] is facts["current"] is True
    assert facts["url"] == gridgis("db", "url").output.strip()
    assert gridgis("db", "down").output == "stopped\n"
    assert gridgis("db", "down").output == "was not running\n"


def test_a_backup_restores_into_a_full_database_only_when_told(
    remote: str, engine: Engine, tmp_path: Path
) -> None:
    archive = tmp_path / "city.dump"
    with engine.begin() as connection:
        classes = connection.scalar(text("SELECT count(*) FROM classes"))
    made = gridgis("db", "backup", archive)
    assert made.exit_code == 0, made.output
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM classes"))

    refused = gridgis("db", "restore", archive)
    assert refused.exit_code == 1
    assert "is not empty, it has " in refused.output
    busy = gridgis("db", "restore", "--replace", archive)
    assert busy.exit_code == 1
    assert "open connections; stop `gridgis serve`" in busy.output
    engine.dispose()
    restored = gridgis("db", "restore", "--replace", archive)
    assert restored.exit_code == 0, restored.output
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM classes")) == classes
        # archives carry no grants; the web's role needs them
        assert connection.scalar(text("SELECT has_table_privilege('gridgis_web', 'grids', 'SELECT')"))
    assert json.loads(gridgis("db", "status", "--json").output)["current"] is True


def test_a_backup_fills_an_empty_database(
    remote: str, empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gridgis("db", "backup", tmp_path / "city.dump").exit_code == 0
    monkeypatch.setenv("GRIDGIS_DATABASE_URL", empty_database_url)
    assert gridgis("db", "restore", tmp_path / "city.dump").exit_code == 0
    assert json.loads(gridgis("db", "status", "--json").output)["current"] is True


def test_a_file_that_is_no_backup_is_refused_before_anything_is_touched(
    remote: str, engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("not a backup")
    refused = gridgis("db", "restore", "--replace", tmp_path / "notes.txt")
    assert refused.exit_code == 1
    assert refused.output.endswith("notes.txt is not a backup made by `gridgis db backup`\n")
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM classes"))


def test_a_backup_that_cannot_be_written_leaves_nothing(remote: str, tmp_path: Path) -> None:
    refused = gridgis("db", "backup", tmp_path / "no-such-folder" / "city.dump")
    assert refused.exit_code == 1
    assert "cannot be written: No such file or directory" in refused.output


def test_the_embedded_commands_refuse_when_another_server_is_set(remote: str) -> None:
    for verb in ("up", "down"):
        refused = gridgis("db", verb)
        assert refused.exit_code == 1
        assert "GRIDGIS_DATABASE_URL is set" in refused.output


def test_a_server_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRIDGIS_DATABASE_URL", f"postgresql://someone:secret@/city?host={tmp_path}")
    for command in (["db", "migrate"], ["db", "backup", "x.dump"], ["db", "status"]):
        refused = gridgis(*command)
        assert refused.exit_code == 1
        assert "secret" not in refused.output
        assert "Traceback" not in refused.output
