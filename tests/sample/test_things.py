"""What stands and happens in the city: each in its grid, with facts that agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely

from gridgis.codes import components as component_codes
from gridgis.codes import social_credit
from gridgis.codes.catalogue import catalogue
from gridgis.errors import InvalidInput
from gridgis.sample.generation import PRESENT, Amounts, layers
from gridgis.sample.layers import Layer
from gridgis.sample.names import ordinal, short
from tests.sample.cities import shuangfeng

AMOUNTS = Amounts(buildings=1500, components=6000, incidents=4000, days=2, track_workers=6)
PROFILE = "gbt47678.5-2026"
FINAL = ("closed", "rejected", "declined", "void", "merged")


@pytest.fixture(scope="module")
def city() -> dict[str, Layer]:
    made: dict[str, Layer] = {}
    for layer in layers(shuangfeng(), AMOUNTS, 1, PRESENT, PROFILE):
        made.setdefault(layer.name, layer)
    return made


def frame(layer: Layer) -> pd.DataFrame:
    return layer.table.to_pandas()


def shapes(layer: Layer) -> np.ndarray:
    return layer.shapes.geometries(0, len(layer))


def grid_of(city: dict[str, Layer], geometries: np.ndarray) -> np.ndarray:
    """Return the index of the one grid that covers each geometry."""
    tree = shapely.STRtree(shapes(city["grids"]))
    row, grid = tree.query(geometries, predicate="covered_by")
    found = np.full(len(geometries), -1)
    found[row] = grid
    return found


def test_the_counts_are_those_asked_for(city):
    assert len(city["grids"]) == 57
    assert [len(city[n]) for n in ("buildings", "components", "incidents", "workers")] == [
        1500,
        6000,
        4000,
        57,
    ]


def test_buildings_stand_strictly_inside_one_grid_and_touch_no_other(city):
    buildings = shapes(city["buildings"])
    assert shapely.is_valid(buildings).all()
    tree = shapely.STRtree(shapes(city["grids"]))
    row, _ = tree.query(buildings, predicate="intersects")
    assert np.array_equal(np.sort(row), np.arange(1500))
    a, b = shapely.STRtree(buildings).query(buildings, predicate="intersects")
    assert np.array_equal(a, b)


def test_buildings_count_and_are_counted_plausibly(city):
    facts = frame(city["buildings"])
    assert (facts["population"] >= facts["households"]).all()
    assert facts["floors"].between(1, 88).all()
    assert (facts["height_m"] / facts["floors"]).between(2.5, 7).all()
    assert facts["address"].str.fullmatch(r".+社区.+\d+号").all()
    assert facts["source_id"].is_unique


def test_roads_run_along_grid_borders_and_are_connected(city):
    roads = shapes(city["roads"])
    borders = shapely.union_all(shapely.boundary(shapes(city["grids"])))
    corners = {tuple(c) for c in shapely.get_coordinates(borders)}
    assert {tuple(c) for c in shapely.get_coordinates(roads)} <= corners
    assert (shapely.get_num_geometries(roads) == 1).all()
    net = shapely.union_all(roads)
    assert shapely.line_merge(net).length == pytest.approx(net.length)
    assert frame(city["roads"])["name"].is_unique


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


def test_department_codes_have_their_check_character(city):
    codes = frame(city["departments"])["code"]
    assert codes.is_unique
    assert all(social_credit.parse(code).warning is None for code in codes)
    named = frame(city["components"])[["competent_dept_code", "owner_code", "maintainer_code"]].stack()
    assert set(named.dropna()) <= set(codes)


def test_changed_components_were_changed_after_they_were_first_seen(city):
    facts = frame(city["components"])
    changed = facts.dropna(subset="change_date")
    assert (changed["change_date"] >= changed["initial_date"]).all()
    assert facts.loc[facts["state"] != "intact", "change_date"].notna().all()


def test_incident_states_agree_with_their_instants(city):
    facts = frame(city["incidents"])
    stages = ["reported_at", "filed_at", "dispatched_at", "handled_at", "closed_at"]
    for column in stages[1:]:
        later = facts.dropna(subset=column)
        assert (later[column] >= later["reported_at"]).all()
        assert (later[column] <= pd.Timestamp(PRESENT)).all()
    chain = facts[facts["state"] == "closed"].dropna(subset="filed_at")
    for before, after in pairwise(stages):
        assert (chain[after] >= chain[before]).all()
    assert facts["closed_at"].notna().equals(facts["state"].isin(FINAL))
    waiting = facts["state"].isin(["dispatched", "suspended", "problem_bank"])
    assert facts.loc[waiting, "dispatched_at"].notna().all()
    assert facts.loc[waiting, "handled_at"].isna().all()
    assert facts["department_code"].notna().equals(facts["dispatched_at"].notna())
    assert facts["due_at"].notna().equals(facts["dispatched_at"].notna())


def test_incidents_are_recent_where_open_and_some_are_overdue(city):
    facts = frame(city["incidents"])
    pending = facts[~facts["state"].isin(FINAL)]
    assert len(pending) > 5
    assert (pd.Timestamp(PRESENT) - pending["reported_at"]).median() < timedelta(days=5)
    assert (pending["due_at"] < pd.Timestamp(PRESENT)).any()


def test_incidents_keep_the_rhythm_of_the_week_and_the_day(city):
    local = frame(city["incidents"])["reported_at"].dt.tz_convert("Asia/Shanghai")
    days = local.dt.day_of_week.value_counts()
    assert days[[5, 6]].mean() < 0.85 * days[[0, 1, 2, 3, 4]].mean()
    assert local.dt.hour.between(8, 18).mean() > 0.7
    assert local.is_monotonic_increasing


def test_incidents_have_hot_spots(city):
    grid = grid_of(city, shapes(city["incidents"]))
    counts = np.sort(np.bincount(grid, minlength=57))[::-1]
    assert (grid >= 0).all()
    assert counts[:6].sum() > 0.2 * counts.sum()


def test_no_incident_is_of_a_reserved_class_and_only_workers_report(city):
    facts = frame(city["incidents"])
    classes = {(c.kind, c.code): c for c in catalogue(PROFILE).classes}
    found = [classes[key] for key in zip(facts["kind"], facts["class_code"], strict=True)]
    assert not any(entry.reserved for entry in found)
    by_worker = facts["source"].isin(["collection", "patrol"])
    assert facts["reporter_code"].notna().equals(by_worker)
    assert set(facts["source"]) == {"collection", "patrol", "dispatch", "service", "public"}
    about = facts.dropna(subset="component_code")
    assert (about["kind"] == "component").all()
    assert (about["component_code"].str[6:11] == about["class_code"]).all()


def test_tracks_are_walked_near_the_worker_s_grid(city):
    fixes = frame(city["tracks"])
    assert fixes["worker_code"].nunique() == 1
    beat = frame(city["workers"]).set_index("code")["grid_codes"][fixes["worker_code"].iloc[0]]
    row = frame(city["grids"])["code"].to_list().index(beat)
    away = shapely.distance(
        shapes(city["grids"])[row].exterior, shapely.points(fixes[["lon", "lat"]].to_numpy())
    )
    assert np.median(away) * 100_000 < 12
    assert fixes["speed_m_s"].median() == pytest.approx(1.2, abs=0.15)
    step = fixes["fixed_at"].diff().dt.total_seconds().dropna()
    assert step.median() == pytest.approx(30, abs=2)
    assert fixes["accuracy_m"].gt(0).all()
    local = fixes["fixed_at"].dt.tz_convert("Asia/Shanghai")
    assert local.dt.hour.isin([8, 9, 10, 11, 14, 15, 16, 17, 18]).all()


def test_more_of_one_layer_leaves_the_others_as_they_are():
    def made(**amounts: int) -> dict[str, Layer]:
        few = Amounts(buildings=50, components=60, incidents=40, days=0, track_workers=1, **amounts)
        return {layer.name: layer for layer in layers(shuangfeng(), few, 5, PRESENT, PROFILE)}

    one, two = made(), made(workers=20)
    for name in ("grids", "roads", "buildings", "components"):
        assert one[name].table.equals(two[name].table)


@pytest.mark.parametrize(
    ("amounts", "until", "words"),
    [
        (Amounts(buildings=-1), PRESENT, "buildings is -1"),
        (Amounts(), datetime(2026, 1, 1), "has no time zone"),  # noqa: DTZ001 -- the point
        (Amounts(buildings=9, components=9, incidents=9, workers=58), PRESENT, "58 workers for 57 grids"),
    ],
)
def test_what_cannot_be_made_is_refused(amounts, until, words):
    with pytest.raises(InvalidInput, match=words):
        list(layers(shuangfeng(), amounts, 1, until, PROFILE))


def test_the_present_is_an_argument():
    few = Amounts(buildings=5, components=20, incidents=200, days=1, track_workers=1)
    until = datetime(2025, 3, 1, 4, tzinfo=UTC)
    incidents = next(x for x in layers(shuangfeng(), few, 1, until, PROFILE) if x.name == "incidents")
    reported = frame(incidents)["reported_at"]
    assert reported.max() <= pd.Timestamp(until)
    assert reported.min() >= pd.Timestamp(until) - timedelta(days=365)


@pytest.mark.parametrize("profile", ["cjt214-2007", "gbt30428.2-2013"])
def test_every_profile_makes_a_city(profile):
    few = Amounts(buildings=5, components=200, incidents=200, days=0, track_workers=0)
    made = {layer.name: layer for layer in layers(shuangfeng(), few, 1, PRESENT, profile)}
    assert set(made["components"].table["class_code"].to_pylist()) <= {
        c.code for c in catalogue(profile).classes if c.kind == "component"
    }


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("桂木园社区居民委员会", "桂木园"),
        ("黄麻布社区居委", "黄麻布"),
        ("凤凰社区平湖墟居民委员会", "平湖墟"),
        ("福田保税区虚拟社区", "福田保税区"),
        ("象角塘社区", "象角塘"),
    ],
)
def test_short_names(name, bare):
    assert short(name) == bare


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (99, "九十九"), (100, "100")]
)
def test_ordinals(number, text):
    assert ordinal(number) == text
