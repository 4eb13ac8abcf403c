"""``gridgis map``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from gridgis.__main__ import main
from gridgis.database import transaction
from tests.routes.city import COMMUNITY, fill


@pytest.fixture
def run(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch):
    with transaction(engine) as session:
        fill(session)
    monkeypatch.setenv("GRIDGIS_DATABASE_URL", database_url)
    return lambda *arguments: CliRunner().invoke(main, ["map", "--theme", "open", *map(str, arguments)])


def test_it_writes_the_page_and_tells_its_size(run, tmp_path: Path) -> None:
    out = tmp_path / "map.html"
    result = run("--division", COMMUNITY, "--out", out, "--language", "en", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"files": {str(out): out.stat().st_size}}
    assert "Open incidents" in out.read_text(encoding="utf-8")


def test_the_picture_is_of_the_page(run, tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("needs Chromium; make test installs it")
    png = tmp_path / "map.png"
    result = run("--division", COMMUNITY, "--png", png)
    assert result.exit_code == 0, result.output
    head = png.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    assert (int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")) == (1600, 1200)


def test_without_chromium_the_page_is_written_and_the_refusal_says_what_to_install(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    out, png = tmp_path / "map.html", tmp_path / "map.png"
    result = run("--division", COMMUNITY, "--out", out, "--png", png)
    assert result.exit_code == 1
    assert "apt-get install chromium" in result.stderr
    assert (out.exists(), png.exists()) == (True, False)


def test_refusals_are_one_line(run, tmp_path: Path) -> None:
    for arguments in (
        ("--division", "990000", "--out", tmp_path / "map.html"),
        ("--division", COMMUNITY, "--level", "street", "--out", tmp_path / "map.html"),
        ("--division", COMMUNITY, "--out", tmp_path / "nowhere" / "map.html"),
    ):
        result = run(*arguments)
        assert result.exit_code == 1, arguments
        assert len(result.stderr.strip().splitlines()) == 1
    assert run("--division", COMMUNITY).exit_code == 2
