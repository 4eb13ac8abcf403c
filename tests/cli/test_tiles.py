"""``gridgis tiles``: what is in the archive is what the server sends."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import mapbox_vector_tile
import pytest
from click.testing import CliRunner
from pmtiles.reader import MmapSource, Reader, all_tiles
from sqlalchemy import Engine, text

from gridgis.__main__ import main
from gridgis.config import Config
from gridgis.database import make_engine, transaction
from gridgis.scope import EVERYTHING
from gridgis.services.tiles.serving import Tiles

LAYERS = ("divisions", "grids")
ZOOMS = range(9, 13)


@pytest.fixture
def run(city_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRIDGIS_DATABASE_URL", city_url)
    return lambda *arguments: CliRunner().invoke(main, ["tiles", *map(str, arguments)])


@pytest.fixture
def city(city_url: str) -> Iterator[Engine]:
    engine = make_engine(city_url, name="tests", pool_size=4)
    yield engine
    engine.dispose()


def features(body: bytes) -> dict[str, list[str]]:
    """What a tile shows, whatever the order in which the database came upon it."""
    return {
        name: sorted(map(str, layer["features"])) for name, layer in mapbox_vector_tile.decode(body).items()
    }


def test_the_archive_holds_what_the_server_sends(run, city: Engine, config: Config, tmp_path: Path) -> None:
    out = tmp_path / "city.pmtiles"
    result = run(
        "archive", "--out", out, "--layers", ",".join(LAYERS), "--minzoom", 9, "--maxzoom", 12, "--json"
    )
    assert result.exit_code == 0, result.output
    with out.open("rb") as file:
        source = MmapSource(file)
        header, about = Reader(source).header(), Reader(source).metadata()
        archived = {place: gzip.decompress(body) for place, body in all_tiles(source)}
    assert json.loads(result.stdout) == {"tiles": len(archived), "size_bytes": out.stat().st_size}
    assert (header["min_zoom"], header["max_zoom"]) == (9, 12)
    assert [layer["id"] for layer in about["vector_layers"]][:1] == ["divisions"]
    tiles = Tiles(city, config)
    try:
        for place, body in archived.items():
            served = b"".join(tiles.tile(layer, *place, {}, EVERYTHING).body for layer in LAYERS)
            assert features(body) == features(served), place
        assert {z for z, _, _ in archived} == set(ZOOMS)
        edges = {(z, x + dx, y) for z, x, y in archived for dx in (-1, 1)} - archived.keys()
        assert edges
        assert not any(
            tiles.tile(layer, *place, {}, EVERYTHING).body for place in sorted(edges)[:20] for layer in LAYERS
        )
    finally:
        tiles.close()


def test_what_does_not_go_into_a_file_is_refused_in_one_line(run, tmp_path: Path) -> None:
    for arguments in (("--layers", "workers"), ("--minzoom", 9, "--maxzoom", 8)):
        result = run("archive", "--out", tmp_path / "city.pmtiles", *arguments)
        assert result.exit_code == 1
        assert len(result.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_refresh_makes_anew_what_was_changed_in_sql(run, city: Engine) -> None:
    assert json.loads(run("refresh", "--json").stdout) == {"grids": 0, "divisions": 0}
    with transaction(city) as session:
        session.execute(
            text("DELETE FROM grid_shapes WHERE code IN (SELECT code FROM grids ORDER BY code LIMIT 3)")
        )
        session.execute(text("DELETE FROM division_shapes WHERE code = '440306'"))
    assert json.loads(run("refresh", "--json").stdout) == {"grids": 3, "divisions": 1}
