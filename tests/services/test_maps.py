"""A theme as a page: what is on it, and for whom."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest
import shapely
from shapely.geometry import shape
from sqlalchemy.orm import Session

from gridgis.config import Config
from gridgis.errors import InvalidInput, NotFound
from gridgis.sample.generation import PRESENT
from gridgis.scope import EVERYTHING, Scope
from gridgis.services import maps
from gridgis.services.themes import theme_values

BAOAN = "440306"


def draw(session: Session, config: Config, scope: Scope = EVERYTHING, **wish: Any) -> str:
    asked: dict[str, Any] = {"code": BAOAN, "theme": "open", "at": PRESENT} | wish
    return maps.draw(session, scope, config, **asked)


def areas(page: str) -> list[dict[str, Any]]:
    (found,) = re.findall(r"geo_json_areas_add\((\{.*\})\);", page)
    return json.loads(found)["features"]


def test_a_district_is_small_and_each_grid_is_on_it_with_its_value(
    sample_city: Session, config: Config
) -> None:
    page = draw(sample_city, config)
    assert len(page.encode()) <= 5e6
    features = areas(page)
    values = theme_values(sample_city, EVERYTHING, config, "open", code=BAOAN, level="grid", at=PRESENT)
    said = {feature["id"]: feature["properties"]["words"] for feature in features}
    assert len(said) == len(features) > 100
    assert values.keys() <= said.keys()
    assert said == {code: f"未结案件: {values.get(code, 0):,}" for code in said}


def test_neighbours_share_their_simplified_edges(sample_city: Session, config: Config) -> None:
    shapes = [shape(feature["geometry"]) for feature in areas(draw(sample_city, config))]
    assert shapely.coverage_is_valid(shapes)


def test_levels_languages_and_unknown_values(sample_city: Session, config: Config) -> None:
    page = draw(sample_city, config, theme="inspection_age", level="street", language="en")
    assert "Days since inspection" in page
    streets = areas(page)
    assert {len(street["id"]) for street in streets} == {9}
    said = [street["properties"]["words"].split(": ")[1] for street in streets]
    assert all(words == "no data" or re.fullmatch(r"\d+ days", words) for words in said)


def test_few_people_are_told_to_nobody(sample_city: Session, config: Config) -> None:
    told = {
        area["id"]: area["properties"]["words"].removeprefix("户数: ")
        for area in areas(draw(sample_city, config, theme="households"))
    }
    numbers = {code: int(words.replace(",", "")) for code, words in told.items() if words[0].isdigit()}
    assert 0 < len(numbers) < len(told)
    assert min(numbers.values()) >= config.count_floor
    assert set(told.values()) - {f"{number:,}" for number in numbers.values()} == {"无，或少得不便公布"}


def test_the_whole_city_is_drawn_by_streets(sample_city: Session, config: Config) -> None:
    assert {len(area["id"]) for area in areas(draw(sample_city, config, code="440300"))} == {9}


def test_the_scope_holds(sample_city: Session, config: Config) -> None:
    nanshan = Scope.of("440305")
    whole = areas(draw(sample_city, config, nanshan, code="440300", level="grid"))
    assert {area["id"][:6] for area in whole} == {"440305"}
    with pytest.raises(NotFound):
        draw(sample_city, config, nanshan)


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"theme": "rain"}, NotFound),
        ({"code": "440399"}, NotFound),
        ({"level": "house"}, InvalidInput),
        ({"level": "district"}, InvalidInput),
        ({"language": "fr"}, InvalidInput),
        ({"at": datetime.fromisoformat("1999-01-01T00:00:00+08:00")}, InvalidInput),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    sample_city: Session, config: Config, wish: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        draw(sample_city, config, **wish)
