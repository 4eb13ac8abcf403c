"""tiles/README.md, the layers in code and the tiles themselves say the same."""

from __future__ import annotations

import json
import re
from collections import defaultdict

import pytest

from gridgis.paths import resource
from gridgis.services.tiles.contract import LAYERS
from gridgis.sql.tiles import TileReader
from tests.tiles.city import codes
from tests.tiles.decoding import features

README = (resource("tiles") / "README.md").read_text(encoding="utf-8")
ZOOMS = (8, 10, 11, 12, 13, 14, 15, 16, 17)
QUERY = {"tracks": '{"worker":"W4","from":"2026-03-01T00:00:00Z","to":"2026-03-02T00:00:00Z"}'}


def readme_section(layer: str) -> str:
    found = re.search(rf"^## {layer}$(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"tiles/README.md has no section {layer}"
    return found[1]


def test_every_layer_has_one_function_file_and_one_section() -> None:
    files = {file.stem for file in (resource("tiles") / "layers").glob("*.sql")}
    assert files == set(LAYERS) == set(re.findall(r"^## (\w+)$", README, re.MULTILINE))


@pytest.mark.parametrize("name", LAYERS)
def test_readme_and_code_agree(name: str) -> None:
    section, layer = readme_section(name), LAYERS[name]
    zooms = {
        content: (int(lowest), int(highest))
        for content, lowest, highest in re.findall(
            r"^\| `(\w+)` \| [^|`]+ \| (\d+)-(\d+) \|", section, re.MULTILINE
        )
    }
    assert zooms == {content: (vector.lowest, vector.highest) for content, vector in layer.contents.items()}
    properties = defaultdict(set)
    for content, name_ in re.findall(r"^\| `(\w+)` \| `(\w+)` \|", section, re.MULTILINE):
        properties[content].add(name_)
    assert properties == {content: set(vector.properties) for content, vector in layer.contents.items()}
    filters = re.search(r"^\| filter \| use \|$(.*)", section, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"^\| `(\w+)` \|", filters[1] if filters else "", re.MULTILINE)) == set(
        layer.filters
    )


@pytest.mark.parametrize("name", LAYERS)
def test_tiles_hold_what_the_contract_says(name: str, reader: TileReader) -> None:
    layer = LAYERS[name]
    seen: dict[str, set[str]] = defaultdict(set)
    for z in ZOOMS:
        found = features(reader, name, z, QUERY.get(name, "{}"))
        expected = {
            content for content, vector in layer.contents.items() if vector.lowest <= z <= vector.highest
        }
        assert set(found) == expected, f"zoom {z}"
        for content, drawn in found.items():
            for feature in drawn:
                assert 0 < feature["id"] < 2**53
                seen[content] |= set(feature["properties"])
    assert seen == {content: set(vector.properties) for content, vector in layer.contents.items()}


@pytest.mark.parametrize("name", LAYERS)
def test_ids_name_one_thing_in_a_tile(name: str, reader: TileReader) -> None:
    for z in ZOOMS:
        for drawn in features(reader, name, z, QUERY.get(name, "{}")).values():
            # a thing may show in two tiles by their buffers, never as two kinds of thing
            by_id = defaultdict(set)
            for feature in drawn:
                by_id[feature["id"]].add(json.dumps(feature["properties"], sort_keys=True))
            assert all(len(properties) == 1 for properties in by_id.values())


def test_an_id_is_the_code_at_every_zoom(reader: TileReader) -> None:
    for z in ZOOMS:
        ids = {str(feature["id"]) for feature in features(reader, "grids", z)["grids"]}
        assert ids == set(codes().values())
