"""Tiles are cached, and yet the first request after a commit sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from gridgis.cluster import Cluster
from gridgis.config import Config
from gridgis.database import make_engine, transaction
from gridgis.errors import NotFound
from gridgis.geometry.tile import at
from gridgis.scope import EVERYTHING, Scope
from gridgis.services.tiles import low_zooms
from gridgis.services.tiles import serving as tiles_service
from gridgis.services.tiles.cache import Tile
from gridgis.services.tiles.serving import UNASKED_S, Tiles
from tests.conftest import _database
from tests.tiles.city import SOUTH, STEP, WEST, codes, fill
from tests.tiles.decoding import decode

HERE = (WEST + STEP / 2, SOUTH + STEP / 2)
FAR = (WEST + 5.5 * STEP, SOUTH + 5.5 * STEP)
CODE = codes()[0, 0]


@pytest.fixture(scope="module")
def filled(test_cluster: Cluster, template: str) -> Iterator[str]:
    """Name of a database with the small city; nobody connects to it."""
    for url in _database(test_cluster, template):
        engine = make_engine(url, name="tests")
        with transaction(engine) as session:
            fill(session)
            low_zooms.refresh_grids(session)
            low_zooms.refresh_divisions(session)
        engine.dispose()
        yield str(engine.url.database)


@pytest.fixture
def city(test_cluster: Cluster, filled: str) -> Iterator[Engine]:
    """The small city, in a database of the test's own."""
    for url in _database(test_cluster, filled):
        engine = make_engine(url, name="tests")
        yield engine
        engine.dispose()


@pytest.fixture
def tiles(city: Engine, config: Config) -> Iterator[Tiles]:
    """The tiles of one process."""
    tiles = Tiles(city, config)
    yield tiles
    tiles.close()


Get = Callable[..., Tile]


@pytest.fixture
def get(tiles: Tiles) -> Get:
    """Asks for the tile at a place; a tile that comes from memory is the same object."""

    def get(
        layer: str, z: int, place: tuple[float, float] = HERE, scope: Scope = EVERYTHING, **filters: str
    ) -> Tile:
        return tiles.tile(layer, z, *at(*place, z), {name: [value] for name, value in filters.items()}, scope)

    return get


def run(city: Engine, statement: str) -> None:
    """Write, and wait as long as whoever writes over HTTP does."""
    with transaction(city) as session:
        session.execute(text(statement))
    time.sleep(UNASKED_S)


def test_a_tile_comes_from_memory_until_something_changes(get: Get) -> None:
    assert get("grids", 12) is get("grids", 12)
    assert get("grids", 12) is not get("grids", 12, as_of="2026-01-01")


def test_of_a_crowd_in_one_moment_only_the_first_asks(
    get: Get, tiles: Tiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    clock = [100.0]
    total = tiles._reader.total
    monkeypatch.setattr(tiles_service.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(tiles._reader, "total", lambda: asked.append(1) or total())
    get("grids", 12)
    asked.clear()
    for step_s in (0, UNASKED_S / 2, UNASKED_S, UNASKED_S / 2):
        clock[0] += step_s
        get("grids", 12)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("layer", "zooms", "statement"),
    [
        ("grids", (9, 12, 15), f"UPDATE grids SET name = '新' WHERE code = '{CODE}'"),
        ("buildings", (15,), f"UPDATE buildings SET floors = 99 WHERE grid_code = '{CODE}'"),
        ("buildings", (9, 12), f"DELETE FROM buildings WHERE grid_code = '{CODE}'"),
        ("components", (9, 13), f"DELETE FROM components WHERE grid_code = '{CODE}'"),
        ("components", (16,), f"UPDATE components SET state = 'missing' WHERE grid_code = '{CODE}'"),
        ("incidents", (9, 13, 17), f"UPDATE incidents SET state = 'filed' WHERE grid_code = '{CODE}'"),
        ("divisions", (9, 14), f"UPDATE divisions SET name = '新' WHERE code = '{CODE[:12]}'"),
    ],
)
def test_an_edit_is_seen_by_the_next_request(
    city: Engine, get: Get, layer: str, zooms: tuple[int, ...], statement: str
) -> None:
    before = {z: get(layer, z) for z in zooms}
    run(city, statement)
    for z in zooms:
        # names are in tiles from zoom 12 only, but a copy that may be stale is never kept
        assert get(layer, z) is not before[z]
    assert any(get(layer, z).digest != before[z].digest for z in zooms)


def test_every_process_sees_it(city: Engine, config: Config, get: Get) -> None:
    other = Tiles(city, config)
    place = at(*HERE, 15)
    before = other.tile("buildings", 15, *place, {}, EVERYTHING)
    assert before.digest == get("buildings", 15).digest
    run(city, f"DELETE FROM buildings WHERE grid_code = '{CODE}'")
    after = other.tile("buildings", 15, *place, {}, EVERYTHING)
    assert after.digest == get("buildings", 15).digest != before.digest
    other.close()


@pytest.mark.parametrize(
    ("layer", "z"), [("buildings", 15), ("components", 16), ("incidents", 15), ("grids", 16)]
)
def test_only_touched_tiles_are_forgotten(city: Engine, get: Get, layer: str, z: int) -> None:
    column = "code" if layer == "grids" else "grid_code"
    near, far = get(layer, z), get(layer, z, FAR)
    run(city, f"UPDATE {layer} SET updated_at = now() WHERE {column} = '{CODE}'")
    assert get(layer, z) is not near
    assert get(layer, z, FAR) is far


def test_changes_of_other_layers_leave_a_tile_alone(city: Engine, get: Get) -> None:
    grids, counts = get("grids", 12), get("buildings", 12)
    run(city, "UPDATE components SET state = 'damaged'")
    assert get("grids", 12) is grids
    assert get("buildings", 12) is counts


def test_a_rolled_back_change_is_none(city: Engine, get: Get) -> None:
    before = get("buildings", 15)
    with city.connect() as connection:
        connection.execute(text("DELETE FROM buildings"))
        connection.rollback()
    assert get("buildings", 15) is before


def test_what_was_cut_before_a_change_is_not_kept_after_it(
    city: Engine, tiles: Tiles, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = tiles._reader.tile

    def overtaken(*arguments: object) -> tuple[bytes, int]:
        answer = cut(*arguments)  # type: ignore[arg-type]
        monkeypatch.undo()
        run(city, f"DELETE FROM buildings WHERE grid_code = '{CODE}'")
        get("roads", 15)  # another request of this process deals with the change first
        return answer

    get("roads", 15)
    monkeypatch.setattr(tiles._reader, "tile", overtaken)
    stale = get("buildings", 15)
    assert get("buildings", 15).digest != stale.digest


def test_a_change_long_ago_is_everywhere(city: Engine, get: Get) -> None:
    far = get("incidents", 15, FAR)
    run(city, "UPDATE tile_versions SET version = 1279 WHERE source = 'incidents'")
    run(city, f"UPDATE incidents SET updated_at = now() WHERE grid_code = '{CODE}'")
    assert get("incidents", 15, FAR) is not far
    with transaction(city) as session:
        kept = session.execute(
            text("SELECT version, box_xmin FROM tile_changes WHERE source = 'incidents' ORDER BY 1")
        )
        assert [(version, xmin is None) for version, xmin in kept] == [(280, True), (1280, False)]


def test_grids_come_into_force_without_a_write(city: Engine, get: Get, tiles: Tiles) -> None:
    kept = get("grids", 12)
    roads = get("roads", 12)
    tiles._dated_until_s = 1.0  # the moment has passed
    assert get("grids", 12) is not kept
    assert get("roads", 12) is roads


def test_an_outline_that_changed_is_drawn_in_full_until_it_is_refreshed(city: Engine, get: Get) -> None:
    run(city, f"UPDATE grids SET geom = ST_SetSRID(ST_Scale(geom, 1, 1), 4326) WHERE code = '{CODE}'")
    run(city, f"UPDATE grids SET geom = ST_Segmentize(geom, 0.0001) WHERE code = '{CODE}'")
    with transaction(city) as session:
        assert (
            session.scalar(text("SELECT count(*) FROM grid_shapes WHERE code = :code"), {"code": CODE}) == 0
        )
    grids = [feature for feature in decode(get("grids", 10).body)["grids"] if str(feature["id"]) == CODE]
    assert len(grids) == 1
    with transaction(city) as session:
        assert low_zooms.refresh_grids(session) >= 1
        assert low_zooms.refresh_grids(session) == 0


def test_bytes_of_one_scope_never_reach_another(get: Get) -> None:
    scopes = [EVERYTHING, Scope(()), Scope.of("440304"), Scope.of("440305"), Scope.of("440304", "440305")]
    for z in (9, 15):
        made = {scope: get("buildings", z, (WEST + 3 * STEP, SOUTH + STEP), scope) for scope in scopes}
        assert len({tile.digest for tile in made.values()}) == len(scopes)
        for scope, tile in made.items():
            again = get("buildings", z, (WEST + 3 * STEP, SOUTH + STEP), scope)
            assert again.digest == tile.digest
        assert made[Scope(())].body == b""


def test_a_small_memory_is_kept_small(city: Engine, config: Config) -> None:
    tiles = Tiles(city, replace(config, tile_cache_mb=1))
    for x in range(2000):
        tiles.tile("grids", 12, x, 1, {}, EVERYTHING)
    assert len(tiles._cache) < 1100
    tiles.close()


def test_a_restarted_database_is_asked_again(city: Engine, get: Get) -> None:
    before = get("grids", 12)
    with transaction(city) as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert get("grids", 12) is before


def test_no_tile_outside_the_scheme(get: Get, tiles: Tiles) -> None:
    with pytest.raises(NotFound, match="3/8/0"):
        tiles.tile("grids", 3, 8, 0, {}, EVERYTHING)


def test_tilejson_names_what_is_in_the_tiles(city: Engine) -> None:
    with transaction(city, read_only=True) as session:
        document = tiles_service.tilejson(session, "buildings", "http://localhost/")
    assert document["tilejson"] == "3.0.0"
    assert document["tiles"] == ["http://localhost/tiles/buildings/{z}/{x}/{y}.mvt"]
    assert [layer["id"] for layer in document["vector_layers"]] == ["building_counts", "buildings"]
    west, south, east, north = document["bounds"]
    assert (round(west, 3), round(south, 3), round(east, 3), round(north, 3)) == (
        114.0,
        22.5,
        114.024,
        22.524,
    )


@pytest.mark.parametrize("name", ["light", "dark"])
def test_styles_draw_layers_that_exist_from_this_server(name: str, config: Config) -> None:
    style = tiles_service.style(name, "http://localhost/", config)
    assert {source["url"] for source in style["sources"].values()} == {
        f"http://localhost/tiles/{layer}.json" for layer in style["sources"]
    }
    for layer in style["layers"]:
        if "source" in layer:
            assert layer["source-layer"] in tiles_service.LAYERS[layer["source"]].contents
    assert "glyphs" not in style
    assert "sprite" not in style
