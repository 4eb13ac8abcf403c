"""Cities made to published sizes: counts, nesting, totals."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import shapely

from gridgis.errors import InvalidInput
from gridgis.sample.city import CitySpec, round_city, shenzhen
from gridgis.sample.departments import found_departments
from gridgis.sample.divisions import Land, divide
from gridgis.sample.fabric import Fabric, weave
from gridgis.sample.grids import divisions_layer, number_grids
from gridgis.sample.workers import employ
from tests.sample.cities import dongcheng, shuangfeng, tree, xianlin


def made(spec: CitySpec) -> tuple[Land, Fabric]:
    land = divide(spec, np.random.default_rng(1))
    return land, weave(land, np.random.default_rng(2))


def outlines(land: Land, fabric: Fabric) -> dict[str, shapely.Geometry]:
    layer = divisions_layer(land, number_grids(land, fabric))
    codes = layer.table["code"].to_pylist()
    return dict(zip(codes, layer.shapes.geometries(0, len(layer)), strict=True))


def test_xianlin_has_its_nested_levels_in_its_area():
    land, fabric = made(xianlin())
    polygons = fabric.polygons()
    assert len(polygons) == 1156
    assert shapely.area(fabric.polygons_m()).sum() == pytest.approx(23.17e6, rel=1e-5)
    levels = [land.tessellation.groups(count, land.community_of) for count in (3, 6, 46, 1156)]
    assert [len(set(level)) for level in levels] == [3, 6, 46, 1156]
    for parent, child in pairwise(levels):
        for group in set(parent):
            inside = parent == group
            assert not set(child[inside]) & set(child[~inside])
            parts = [shapely.coverage_union_all(polygons[child == k]) for k in set(child[inside])]
            whole = shapely.coverage_union_all(polygons[inside])
            assert whole.geom_type == "Polygon"
            assert shapely.coverage_union_all(parts).equals(whole)


def test_shuangfeng_has_21_20_and_16_grids_and_57_workers():
    land, fabric = made(shuangfeng())
    grids = number_grids(land, fabric)
    departments = found_departments(land.spec, np.random.default_rng(3))
    workers = employ(land, grids, departments, 57, from_day=20_000)
    assert Counter(code[:12] for code in grids.codes) == {
        "340121001001": 21,
        "340121001002": 20,
        "340121001003": 16,
    }
    held = workers.layer.table["grid_codes"].to_pylist()
    assert sorted(held) == sorted(grids.codes)


def test_dongcheng_gives_1539_grids_to_350_workers_in_connected_beats():
    land, fabric = made(dongcheng())
    grids = number_grids(land, fabric)
    departments = found_departments(land.spec, np.random.default_rng(3))
    workers = employ(land, grids, departments, 350, from_day=20_000)
    held = [codes.split(";") for codes in workers.layer.table["grid_codes"].to_pylist()]
    assert len(held) == 350
    assert sorted(code for beat in held for code in beat) == sorted(grids.codes)
    assert all(len({code[:12] for code in beat}) == 1 for beat in held)
    beats = [shapely.coverage_union_all(grids.polygons[beat]) for beat in workers.beats]
    assert {beat.geom_type for beat in beats} == {"Polygon"}
    assert max(len(beat) for beat in held) <= 8


@pytest.mark.parametrize("spec", [xianlin(), shuangfeng(), dongcheng()], ids=lambda spec: spec.name)
def test_every_level_is_the_exact_union_of_the_one_below(spec):
    land, fabric = made(spec)
    polygons = fabric.polygons()
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    counts = shapely.get_num_coordinates(polygons) - 1
    assert counts.min() >= 20
    assert counts.max() <= 60
    found = outlines(land, fabric)
    for place in spec.places:
        children = [found[child.code] for child in spec.children(place.code)]
        if place.level in ("city", "district", "street"):
            assert shapely.coverage_is_valid(children)
            assert shapely.coverage_union_all(children).equals(found[place.code])
            assert set(map(tuple, shapely.get_coordinates(found[place.code]))) <= set(
                map(tuple, shapely.get_coordinates(children))
            )


def test_shenzhen_has_its_real_tree():
    spec = shenzhen()
    levels = Counter(place.level for place in spec.places)
    assert levels == {"province": 1, "city": 1, "district": 9, "street": 79, "community": 788}
    codes = {place.code for place in spec.places}
    assert all(place.parent_code in codes for place in spec.places if place.level != "province")
    assert shapely.box(113.74, 22.44, 114.63, 22.87).contains(shapely.Polygon(spec.outline))


def test_shenzhens_codes_are_those_of_the_public_list(shared):
    published = (shared / "divisions" / "shenzhen.csv").read_text(encoding="utf-8").splitlines()[1:]
    ours = [f"{p.code},{p.name},{p.level},{p.parent_code}" for p in shenzhen().places]
    assert ours == published


def test_districts_lie_where_they_should():
    land, fabric = made(shenzhen(1500))
    found = outlines(land, fabric)
    centre = {code: found[code].centroid for code in ("440304", "440305", "440306", "440308", "440311")}
    assert centre["440305"].x < centre["440304"].x < centre["440308"].x
    assert centre["440306"].y > centre["440305"].y
    assert centre["440311"].y > centre["440304"].y
    assert len(found["440307"].geoms) == 2  # Dapeng lies apart
    assert shapely.area(fabric.polygons_m()).sum() == pytest.approx(2.068e9, rel=0.001)


def test_the_dense_middle_has_smaller_grids():
    land, fabric = made(shenzhen(4000))
    area = shapely.area(fabric.polygons_m())
    streets = np.array([land.communities[k].parent_code for k in land.community_of])
    assert np.median(area[streets == "440304011"]) * 5 < np.median(area[streets == "440307011"])


def test_too_few_grids_are_refused_with_the_reason():
    with pytest.raises(InvalidInput, match="787 grids are too few: 深圳市 has 788 communities"):
        divide(shenzhen(787), np.random.default_rng(1))


def test_more_than_999_grids_in_a_community_are_refused():
    spec = round_city(
        "小", "110101", tree("110101", [1]), centre=(116.4, 39.9), area_km2=9, grids=1000, metric_srid=4548
    )
    with pytest.raises(
        InvalidInput, match=r"community 110101001001 .* would get 1000 grids; 999 is the most"
    ):
        divide(spec, np.random.default_rng(1))


def test_a_city_without_room_is_refused():
    with pytest.raises(InvalidInput, match="has no room"):
        round_city("小", "110101", (), centre=(116.4, 39.9), area_km2=0, grids=1, metric_srid=4548)
