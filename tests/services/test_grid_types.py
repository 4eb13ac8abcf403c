"""R23-R25: types of grids through the real loader, counted."""

from dataclasses import replace

import geopandas as gpd
import pytest
import shapely

from gridgis.codes.grid_types import read_scheme
from gridgis.scope import EVERYTHING, Scope
from gridgis.services import grid_types, grids
from gridgis.services.loading.doctor import Refused
from gridgis.services.loading.load import load
from tests.services import town
from tests.services.test_publishing import NOW

STREET = "440303001"
#: Columns and rows of the board that has 605 grids.
ACROSS, DOWN = 55, 11


def board(types):
    """One small square for each (kind, sub_status), in as few communities as their numbers allow."""
    side = 1e-4
    cells = [(114.0 + n % ACROSS * side, 22.5 + n // ACROSS * side) for n in range(len(types))]
    kinds, statuses = zip(*types, strict=True)
    return gpd.GeoDataFrame(
        {
            "code": [f"{STREET}001{n + 1:03d}" for n in range(len(types))],
            "kind": kinds,
            "sub_status": statuses,
        },
        geometry=[shapely.box(x, y, x + side, y + side) for x, y in cells],
        crs="EPSG:4326",
    )


def loaded(session, config, tmp_path, scheme, types):
    config = replace(config, grid_types=scheme)
    frame = board(types)
    divisions = town.divisions()
    divisions["geometry"] = [None] + [shapely.box(*frame.total_bounds)] * 4
    load(session, config, "divisions", town.write(divisions, tmp_path, "divisions.geojson"))
    load(session, config, "grids", town.write(frame, tmp_path, "grids.geojson"))
    return config


def counts(found):
    return {one["kind"]: one["grids"] for one in found["types"]}


def test_the_urban_scheme_counts_by_type_and_division(session, config, tmp_path):
    """R23."""
    types = [("居住型", None)] * 5 + [("Business", None)] * 3 + [("institution", None), (None, None)]
    config = loaded(session, config, tmp_path, "urban", types)
    found = grid_types.count(session, EVERYTHING, config)
    assert counts(found) == {"residential": 5, "business": 3, "institution": 1, "crowded": 0}
    assert (found["grids"], found["untyped"], found["scheme"]) == (10, 1, "urban")
    assert grid_types.count(session, EVERYTHING, config, STREET)["grids"] == 10
    assert grid_types.count(session, Scope((f"{STREET}002",)), config)["grids"] == 0
    card = grids.get(session, EVERYTHING, config, f"{STREET}001006", "internal", NOW)
    assert card["properties"]["kind"] == "business"
    assert card["type_names"] == {"name_zh": "商务型", "name_en": "Business"}


def test_the_fringe_has_sub_statuses(session, config, tmp_path):
    """R24: 605 = 143 community + 440 village + 22 park; 440 = 364 kept + 76 to be demolished."""
    types = [("community", None)] * 143 + [("village", "保留")] * 364
    types += [("村庄", "to_be_demolished")] * 76 + [("园区", None)] * 22
    found = grid_types.count(session, EVERYTHING, loaded(session, config, tmp_path, "fringe", types))
    assert (found["grids"], found["untyped"]) == (605, 0)
    assert counts(found) == {"community": 143, "village": 440, "park": 22}
    village = found["types"][1]["sub_statuses"]
    assert [(one["sub_status"], one["grids"]) for one in village] == [("kept", 364), ("to_be_demolished", 76)]


@pytest.mark.parametrize("scheme", ["rural-fangshan", "rural-miyun"])
def test_rural_schemes_load_by_the_setting_alone(session, config, tmp_path, scheme):
    """R25."""
    types = read_scheme(scheme).types
    named = [(one.name_zh, None) for one in types for _ in range(2)]
    found = grid_types.count(session, EVERYTHING, loaded(session, config, tmp_path, scheme, named))
    assert counts(found) == {one.code: 2 for one in types}
    assert len(types) == 6


def test_a_type_of_another_scheme_is_refused_by_row_with_what_is_accepted(session, config, tmp_path):
    types = [("business", None), ("滩涂", None), (None, "kept"), ("residential", "kept")]
    with pytest.raises(Refused) as refused:
        loaded(session, config, tmp_path, "urban", types)
    told = [(one.row, one.field, one.value) for one in refused.value.report.refused.kept]
    assert told == [(2, "kind", "滩涂"), (3, "sub_status", "kept"), (4, "sub_status", "kept")]
    assert "residential 居住型" in refused.value.report.refused.kept[0].text


def test_types_stored_under_another_scheme_are_counted_under_their_codes(session, config, tmp_path):
    loaded(session, config, tmp_path, "rural-miyun", [("scenic", None), ("village", None)])
    found = grid_types.count(session, EVERYTHING, replace(config, grid_types="urban"))
    assert counts(found) == dict.fromkeys(("residential", "business", "institution", "crowded"), 0) | {
        "scenic": 1, "village": 1,
    }  # fmt: skip
