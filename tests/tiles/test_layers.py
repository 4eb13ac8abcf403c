"""What the layers draw: shared edges, counts, clusters, filters, scope."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from gridgis.geometry.tile import at
from gridgis.scope import EVERYTHING
from gridgis.sql.tiles import TileReader
from tests.tiles.city import SIDE, SOUTH, STEP, WEST
from tests.tiles.decoding import decode, features

GRIDS = SIDE * SIDE
BUILDINGS = COMPONENTS = GRIDS * 10
SCOPE_4 = json.dumps({"prefixes": ["440304"]})


def edges(feature: dict) -> set[frozenset]:
    """Return the edges of a decoded polygon, whatever their direction."""
    kind, coordinates = feature["geometry"]["type"], feature["geometry"]["coordinates"]
    rings = coordinates if kind == "Polygon" else [ring for polygon in coordinates for ring in polygon]
    return {frozenset((tuple(a), tuple(b))) for ring in rings for a, b in pairwise(ring)}


@pytest.mark.parametrize(
    ("z", "layer"), [(z, layer) for z in (9, 11, 13, 14) for layer in ("grids", "divisions")]
)
def test_neighbours_share_their_edge_in_the_tile(z: int, layer: str, reader: TileReader) -> None:
    x, y = at(WEST + SIDE / 2 * STEP, SOUTH + SIDE / 2 * STEP, z)
    drawn = decode(reader.tile(layer, z, x, y, "{}", EVERYTHING)[0])[layer]
    if layer == "divisions":
        drawn = [feature for feature in drawn if feature["properties"]["level"] == "community"]
    owners: dict[frozenset, int] = {}
    for feature in drawn:
        for edge in edges(feature):
            owners[edge] = owners.get(edge, 0) + 1
    assert set(owners.values()) <= {1, 2}
    # what only one has is the border of all: a sliver would leave an edge of each side inside
    outside = {edge for edge, count in owners.items() if count == 1}
    xs, ys = zip(*{point for edge in outside for point in edge}, strict=True)
    inner = [
        edge
        for edge in outside
        if all(min(xs) + 12 < px < max(xs) - 12 and min(ys) + 12 < py < max(ys) - 12 for px, py in edge)
    ]
    assert z >= 13 or inner == []


def test_low_zooms_draw_simpler_outlines(reader: TileReader) -> None:
    def corners(z: int) -> int:
        return sum(len(edges(feature)) for feature in features(reader, "grids", z)["grids"])

    assert corners(9) < corners(11) < corners(13)


@pytest.mark.parametrize("z", [8, 10, 11, 13])
def test_counts_add_up_at_every_zoom(z: int, reader: TileReader) -> None:
    counts = features(reader, "buildings", z)["building_counts"]
    assert len(counts) == (4 if z <= 10 else GRIDS)
    assert sum(feature["properties"]["count"] for feature in counts) == BUILDINGS
    counts = features(reader, "components", z)["component_counts"]
    assert sum(feature["properties"]["count"] for feature in counts) == COMPONENTS


@pytest.mark.parametrize("z", [8, 11, 14, 16])
def test_filters_choose(z: int, reader: TileReader) -> None:
    def total(layer: str, query: str) -> int:
        found = features(reader, layer, z, query)
        name = {"buildings": "building", "components": "component"}[layer]
        if f"{name}_counts" in found:
            return sum(feature["properties"]["count"] for feature in found[f"{name}_counts"])
        return len({feature["id"] for feature in found.get(layer, ())})

    assert total("buildings", '{"use":"office"}') == BUILDINGS // 2
    assert total("components", '{"state":"damaged"}') == COMPONENTS // 10
    assert total("components", '{"class":"99"}') == 0


@pytest.mark.parametrize("z", [9, 13, 15])
def test_grids_are_chosen_by_their_type(z: int, reader: TileReader) -> None:
    def codes(query: str) -> set[int]:
        return {feature["id"] for feature in features(reader, "grids", z, query).get("grids", ())}

    chosen = codes('{"kind":"business,institution"}')
    assert chosen
    assert chosen == {code for code in codes("{}") if str(code) >= "440305"}
    assert codes('{"kind":"institution"}') == set()


@pytest.mark.parametrize("z", [8, 11, 13, 15, 17])
def test_every_open_incident_is_counted_once(z: int, reader: TileReader) -> None:
    def total(query: str) -> int:
        return sum(
            feature["properties"]["count"] for feature in features(reader, "incidents", z, query)["incidents"]
        )

    assert total("{}") == GRIDS - 4
    assert total('{"state":"all"}') == GRIDS
    assert total('{"state":"closed"}') == 4
    assert total('{"from":"2026-03-01T00:00:00Z","to":"2026-03-06T00:00:00Z","kind":"event"}') == GRIDS - 4
    assert features(reader, "incidents", z, '{"from":"2026-03-06T00:00:00Z"}') == {}


def amount(feature: dict) -> int:
    """Return how many things a feature stands for."""
    return int(feature["properties"].get("count", 1))


@pytest.mark.parametrize("layer", ["divisions", "grids", "buildings", "components", "incidents", "workers"])
@pytest.mark.parametrize("z", [9, 12, 16])
def test_a_scope_sees_its_own_part_only(layer: str, z: int, reader: TileReader) -> None:
    whole, part = features(reader, layer, z), features(reader, layer, z, SCOPE_4)
    assert part.keys() == whole.keys()
    for name, drawn in part.items():
        assert 0 < sum(map(amount, drawn)) < sum(map(amount, whole[name]))
        if layer in ("divisions", "grids") or name.endswith("_counts"):
            assert {str(feature["id"])[:6] for feature in drawn} == {"440304"}
        if layer == "workers":
            assert {feature["properties"]["code"] for feature in drawn} == {"W4"}
    assert features(reader, layer, z, '{"prefixes":[]}') == {}


def test_a_track_is_broken_where_fixes_are_missing(reader: TileReader) -> None:
    query = '{"worker":"W4","from":"2026-03-01T00:00:00Z","to":"2026-03-02T00:00:00Z"%s}'
    legs = {feature["id"] for feature in features(reader, "tracks", 14, query % "")["tracks"]}
    assert len(legs) == 2
    assert features(reader, "tracks", 14, query % ',"prefixes":["440305"]') == {}


def test_grids_of_a_plan_and_of_a_past_day(reader: TileReader) -> None:
    assert features(reader, "grids", 12, '{"as_of":"2019-12-31T00:00:00Z"}') == {}
    assert len(features(reader, "grids", 12, '{"plan":"1"}')["grids"]) >= GRIDS
    assert features(reader, "grids", 12, '{"plan":"999"}') == {}
