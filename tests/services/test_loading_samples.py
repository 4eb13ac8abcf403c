"""The small extract that the product carries, loaded in each of its formats."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from gridgis.paths import resource
from gridgis.services.loading import undoing
from gridgis.services.loading.doctor import Refused
from gridgis.services.loading.load import load
from gridgis.services.loading.options import Options

SAMPLES = resource("data") / "samples"
ORDER = (
    "divisions",
    "departments",
    "grids",
    "roads",
    "buildings",
    "components",
    "workers",
    "incidents",
    "tracks",
)


def files(layer: str) -> list:
    return sorted(path for path in SAMPLES.glob(f"{layer}.*") if path.is_file())


@pytest.fixture
def city(session, config):
    for layer in ("divisions", "departments", "grids"):
        load(session, config, layer, files(layer)[0])
    return session


def test_the_whole_extract_loads_in_order(session, config):
    for layer in ORDER:
        report = load(session, config, layer, files(layer)[0])
        assert report.outcome == "loaded", report
        assert not report.counts["unlocated"]


@pytest.mark.parametrize("layer", ["grids", "buildings", "components"])
def test_every_format_brings_the_same_rows(city, config, layer):
    if layer == "grids":
        undoing.undo(city, city.execute(text("SELECT max(id) FROM imports")).scalar_one(), "test")
    found = {}
    for path in files(layer):
        report = load(city, config, layer, path)
        key = "component_code" if layer == "components" else "code"
        query = text(
            f"SELECT {key}, round(ST_X(ST_PointOnSurface(geom))::numeric, 6) FROM {layer} ORDER BY 1, 2"
        )
        found[path.name] = [tuple(row) for row in city.execute(query)]
        undoing.undo(city, report.import_id, "test")
    first = next(iter(found.values()))
    assert len(found) > 2
    assert {name: rows == first for name, rows in found.items()} == dict.fromkeys(found, True)


def test_gbk_is_guessed_and_nothing_refused(city, config):
    report = load(city, config, "components", SAMPLES / "dirty" / "components-gbk.csv")
    assert (report.encoding, report.encoding_guessed, report.counts["loaded"]) == ("gb18030", True, 74)


def test_codes_that_became_numbers_are_codes_again(session, config):
    load(session, config, "divisions", files("divisions")[0])
    report = load(session, config, "grids", SAMPLES / "dirty" / "grids-floats.csv")
    assert (report.counts["loaded"], report.repaired.by_field["code"]) == (12, 12)
    assert session.execute(text("SELECT min(code) FROM grids")).scalar_one() == "440304011002001"


@pytest.mark.parametrize(
    ("layer", "name", "reading"),
    [
        ("incidents", "incidents-swapped.csv", "swapped axes"),
        ("components", "components-gcj02.geojson", "GCJ-02"),
    ],
)
def test_wrong_axes_and_datum_are_told_with_the_evidence(city, config, layer, name, reading):
    with pytest.raises(Refused) as refused:
        load(city, config, layer, SAMPLES / "dirty" / name, Options(dry_run=True))
    best = max(refused.value.report.evidence, key=lambda one: one["share_inside"])
    assert (best["reading"], best["share_inside"]) == (reading, 1.0)


def test_a_repeated_grid_is_a_duplicate(session, config):
    load(session, config, "divisions", files("divisions")[0])
    with pytest.raises(Refused, match="row 13, code '440304011002003'"):
        load(session, config, "grids", SAMPLES / "dirty" / "grids-duplicate.geojson")


def test_invalid_buildings_are_repaired_or_refused_by_row(city, config):
    with pytest.raises(Refused) as refused:
        load(city, config, "buildings", SAMPLES / "dirty" / "buildings-invalid.geojson")
    report = refused.value.report
    assert 3 in {one.row for one in report.repaired.kept}
    assert {one.row for one in report.refused.kept} >= {5, 7}
