"""The figures of the command centre over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from gridgis.config import Config
from gridgis.database import make_engine, transaction
from gridgis.services.measuring.refresh import refresh
from tests.routes.city import COMMUNITY, GRIDS
from tests.routes.conftest import Login

RANGE = "from=2024-05-01T00:00:00%2B08:00&to=2024-05-31T00:00:00%2B08:00"


def _get(client: FlaskClient, path: str, headers: dict[str, str]) -> Any:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_the_city_adds_up_to_its_parts(client: FlaskClient, admin: dict[str, str]) -> None:
    told = _get(client, f"/api/summary?{RANGE}", admin)
    numbers, children = told["numbers"], told["children"]
    assert told["area"]["code"] == "440300"
    assert told["area"]["child_level"] == "district"
    assert (numbers["grids"], numbers["buildings"], numbers["components"]) == (4, 20, 3)
    assert (numbers["open"], numbers["overdue"], numbers["reported"]) == (3, 0, 3)
    for key in ("grids", "buildings", "households", "components", "open", "reported"):
        assert numbers[key] == sum(child[key] for child in children)
    assert [(child["code"], child["name"]) for child in children] == [("440305", "南山区")]


def test_a_community_has_its_grids_as_parts(client: FlaskClient, admin: dict[str, str]) -> None:
    told = _get(client, f"/api/summary?division={COMMUNITY}&{RANGE}", admin)
    assert [child["code"] for child in told["children"]] == list(GRIDS)
    assert [child["open"] for child in told["children"]] == [3, 0, 0, 0]
    assert [name for _, name in told["area"]["ancestors"]] == ["深圳市", "南山区", "南头街道"]
    assert told["area"]["bbox"] == [114.0, 22.5, 114.004, 22.504]


def test_every_day_of_the_range_is_there(client: FlaskClient, admin: dict[str, str]) -> None:
    days = _get(client, f"/api/summary?{RANGE}", admin)["days"]
    assert (days[0]["day"], days[-1]["day"], len(days)) == ("2024-05-01", "2024-05-31", 31)
    assert {day["day"]: day["reported"] for day in days if day["reported"]} == {
        "2024-05-07": 1,
        "2024-05-08": 1,
        "2024-05-09": 1,
    }


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("division=999999", 404),
        ("division=x", 404),
        ("days=0", 400),
        ("from=2024-05-01", 400),
        ("from=2024-05-02T00:00:00Z&to=2024-05-01T00:00:00Z", 400),
        ("from=2001-01-01T00:00:00Z", 400),
    ],
)
def test_a_wrong_question_is_refused(
    client: FlaskClient, admin: dict[str, str], query: str, status: int
) -> None:
    assert client.get(f"/api/summary?{query}", headers=admin).status_code == status


@pytest.mark.parametrize(
    ("theme", "level", "values"),
    [
        ("open", "grid", {GRIDS[0]: 3}),
        ("open", "district", {"440305": 3}),
        ("overdue", "grid", {}),
        ("households", "community", {COMMUNITY: 120}),
        ("components", "grid", {GRIDS[0]: 3}),
        ("open_per_household", "street", {"440305001": 25.0}),
    ],
)
def test_a_theme_has_one_value_an_area(
    client: FlaskClient, admin: dict[str, str], theme: str, level: str, values: dict[str, float]
) -> None:
    assert _get(client, f"/api/themes/{theme}?level={level}", admin)["values"] == values


def test_days_since_inspection(
    city_url: str, client: FlaskClient, admin: dict[str, str], config: Config
) -> None:
    engine = make_engine(city_url, name="tests")
    with transaction(engine) as session:
        session.execute(
            text("""
                INSERT INTO inspections (building_id, inspected_at)
                SELECT id, now() - interval '3 days 1 hour' FROM buildings WHERE grid_code = :grid LIMIT 1
            """),
            {"grid": GRIDS[1]},
        )
        refresh(session, config, datetime.now(UTC))
    engine.dispose()
    told = _get(client, "/api/themes/inspection_age?level=grid", admin)
    assert (told["values"], told["blank"]) == ({GRIDS[1]: 3}, "unknown")


def test_no_such_theme_and_no_such_level(client: FlaskClient, admin: dict[str, str]) -> None:
    assert client.get("/api/themes/beauty", headers=admin).status_code == 404
    assert client.get("/api/themes/open?level=planet", headers=admin).status_code == 400


def test_what_every_page_begins_with(client: FlaskClient, admin: dict[str, str]) -> None:
    told = _get(client, "/api/city", admin)
    assert (told["name"], told["root_division"]) == ("深圳市", "440300")
    assert {"code", "zh", "en"} == set(told["majors"][0])


def test_few_households_are_told_only_to_those_who_may_export_them(login: Login, city_engine: Engine) -> None:
    first = "UPDATE buildings SET households = :n WHERE grid_code = :grid"
    with transaction(city_engine) as session:
        session.execute(text(first), {"n": 0, "grid": GRIDS[0]})
        session.execute(text(first + " AND name = '楼1'"), {"n": 3, "grid": GRIDS[0]})
    try:
        for role, told in (("analyst", [3, 30, 30, 30]), ("worker", [None, None, None, None])):
            parts = login(role).get(f"/api/summary?division={COMMUNITY}&{RANGE}").json["children"]
            assert [part["households"] for part in parts] == told
            theme = login(role).get(f"/api/themes/households?division={COMMUNITY}").json
            assert [theme["values"].get(grid) for grid in GRIDS] == told
            assert theme["blank"] == ("zero" if role == "analyst" else "unknown")
            rates = login(role).get(f"/api/themes/open_per_household?division={COMMUNITY}").json["values"]
            assert (GRIDS[0] in rates) == (role == "analyst")
    finally:
        with transaction(city_engine) as session:
            session.execute(
                text("UPDATE buildings SET households = 2 * right(name, 1)::int WHERE grid_code = :grid"),
                {"grid": GRIDS[0]},
            )
