"""Inspections find their building or component, and rows that cannot are refused by name."""

from __future__ import annotations

import pandas as pd
import pytest
from sqlalchemy import text

from gridgis.services.loading.doctor import Refused
from gridgis.services.loading.load import load
from tests.services import town

AT = "2026-06-01T09:00:00+08:00"


@pytest.fixture
def city(session, config, tmp_path):
    town.build(session, config, tmp_path)
    for layer, rows in (("buildings", town.buildings()), ("components", town.components())):
        if layer == "buildings":
            rows["source_id"] = ["a", "b", "c", "c"]
        load(session, config, layer, town.write(rows, tmp_path, f"{layer}.parquet"))
    return session


def given(folder, **columns):
    frame = pd.DataFrame({"inspected_at": [AT], **{name: [value] for name, value in columns.items()}})
    return town.write(frame, folder, "inspections.csv")


def test_an_object_is_found_by_any_of_its_keys(city, config, tmp_path) -> None:
    code = city.scalar(text("SELECT code FROM buildings WHERE source_id = 'b'"))
    component = city.scalar(text("SELECT min(component_code) FROM components"))
    for columns in ({"building_code": code}, {"building_source_id": "a"}, {"component_code": component}):
        report = load(city, config, "inspections", given(tmp_path, result="已更正", **columns))
        assert report.counts["loaded"] == 1
    rows = city.execute(text("SELECT building_id, component_id, result FROM inspections")).all()
    assert [(row.building_id is None, row.component_id is None) for row in rows] == [
        (False, True), (False, True), (True, False),
    ]  # fmt: skip
    assert {row.result for row in rows} == {"corrected"}


@pytest.mark.parametrize(
    "columns",
    [
        {"building_source_id": "nobody"},
        {"building_source_id": "c"},  # two buildings have it
        {"building_source_id": "a", "building_code": "x"},
        {"worker_code": "W9", "building_source_id": "a"},
        {"result": "lost", "building_source_id": "a"},
        {"result": "gone"},
    ],
)
def test_what_names_no_one_object_is_refused(city, config, tmp_path, columns) -> None:
    with pytest.raises(Refused):
        load(city, config, "inspections", given(tmp_path, **columns))
    assert city.scalar(text("SELECT count(*) FROM inspections")) == 0
