"""Components: inside the grid their code names, of the class they say, dated in order."""

from __future__ import annotations

import pandas as pd
import shapely

from gridgis.codes import components as component_codes
from gridgis.codes.catalogue import catalogue
from tests.sample.cities import PROFILE, frame, grid_of, shapes


def test_components_stand_in_the_grid_whose_district_their_code_names(city):
    facts, grids = frame(city["components"]), frame(city["grids"])
    grid = grid_of(city, shapes(city["components"]))
    assert (grid >= 0).all()
    assert (facts["component_code"].str[:6].to_numpy() == grids["code"].str[:6].to_numpy()[grid]).all()


def test_component_codes_are_built_by_the_rule_and_ascend(city):
    facts = frame(city["components"])
    assert facts["component_code"].is_unique
    parsed = [component_codes.parse(code, PROFILE) for code in facts["component_code"]]
    assert [p.class_code for p in parsed] == facts["class_code"].to_list()
    serials = pd.Series([p.serial for p in parsed])
    for _, group in serials.groupby(facts["class_code"]):
        assert group.to_list() == list(range(1, len(group) + 1))


def test_components_have_the_geometry_and_accuracy_of_their_class(city):
    facts, geometries = frame(city["components"]), shapes(city["components"])
    assert shapely.is_valid(geometries).all()
    classes = {c.code: c for c in catalogue(PROFILE).classes if c.kind == "component"}
    kind = {0: "point", 1: "line", 3: "polygon"}
    for row, geometry in zip(facts.itertuples(), geometries, strict=True):
        entry = classes[row.class_code]
        assert kind[shapely.get_type_id(geometry)] == entry.geometry
        assert (row.name, row.accuracy_class) == (entry.name_zh, entry.accuracy)


def test_changed_components_were_changed_after_they_were_first_seen(city):
    facts = frame(city["components"])
    changed = facts.dropna(subset="change_date")
    assert (changed["change_date"] >= changed["initial_date"]).all()
    assert facts.loc[facts["state"] != "intact", "change_date"].notna().all()
