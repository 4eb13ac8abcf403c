"""The way of a draft into force over HTTP: steps, who takes them, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from gridgis.app import create_app
from gridgis.config import Config
from gridgis.database import WEB_ROLE, make_engine, transaction
from tests.drafted import CUT, begin
from tests.routes.city import COMMUNITY, GRIDS, fill
from tests.routes.drawing import edit, writer
from tests.routes.people import enter, settle

EAST = {"lon": 114.0018, "lat": 22.501}


@pytest.fixture
def url(database_url: str) -> str:
    """A database of the test's own with the small city in it, and accounts."""
    engine = make_engine(database_url, name="tests")
    with transaction(engine) as session:
        fill(session)
        settle(session)
    engine.dispose()
    return database_url


@pytest.fixture
def city(url: str, config: Config) -> Iterator[APIFlask]:
    """An application where a second person approves."""
    web = make_engine(url, name="tests web", pool_size=4, statement_timeout_s=10, role=WEB_ROLE)
    yield create_app(replace(config, publish_needs_approval=True), engine=web)
    web.dispose()


@pytest.fixture
def planner(city: APIFlask) -> FlaskClient:
    return writer(enter(city, "planner", "own"))


@pytest.fixture
def second(city: APIFlask) -> FlaskClient:
    return writer(enter(city, "administrator", "city"))


@pytest.fixture
def plan(url: str) -> int:
    """A draft of the planner's that cuts the first grid in two."""
    engine = make_engine(url, name="tests")
    with transaction(engine) as session:
        number = begin(session, CUT, owner="planner-own")
    engine.dispose()
    return number


def step(client: FlaskClient, plan: int, name: str, **body: Any) -> Any:
    return client.post(f"/api/plans/{plan}/{name}", json=body)


def lock(client: FlaskClient, plan: int) -> int:
    """Make the smallest of edits, and return the status of the answer."""
    return int(edit(client, plan, "lock", {}, keys=[GRIDS[1]], locked=True).status_code)


def located(client: FlaskClient, **more: Any) -> Any:
    answer: Any = client.get("/api/locate", query_string={**EAST, **more}).json
    return answer["grid"]["code"]


def test_a_draft_is_submitted_approved_by_another_published_and_taken_back(
    planner: FlaskClient, second: FlaskClient, plan: int
) -> None:
    assert step(planner, plan, "publish").status_code == 409
    assert step(planner, plan, "submit").json["submitted_by"] == "planner-own"
    assert lock(planner, plan) == 409
    assert step(planner, plan, "approve").status_code == 403
    assert step(second, plan, "approve").json["approved_by"] == "administrator-city"
    assert located(planner) == GRIDS[0]

    published = step(planner, plan, "publish")
    assert published.status_code == 200, published.text
    assert published.json["state"] == "published"
    done = published.json["done"]
    assert (done["new"], done["retired"], done["reshaped"], done["incidents"]) == (2, 1, 1, 3)
    assert located(planner) in done["codes"].values()
    assert located(planner, at="2024-06-01T00:00:00Z") == GRIDS[0]
    incidents: Any = planner.get("/api/incidents").json
    assert {item["grid_code"] for item in incidents["items"]} <= set(done["codes"].values())

    back = step(planner, plan, "rollback")
    assert back.status_code == 200, back.text
    assert back.json["based_on"] == plan
    assert located(planner) == back.json["done"]["codes"]["n1"] == f"{COMMUNITY}007"


def test_a_draft_is_withdrawn_and_drawn_on(planner: FlaskClient, plan: int) -> None:
    hour = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    told = step(planner, plan, "publish", effective_at=hour).json
    assert (told["state"], told["submitted_by"], told["done"]) == ("draft", "planner-own", None)
    assert told["effective_at"] is not None
    assert step(planner, plan, "withdraw").json["submitted_by"] is None
    assert lock(planner, plan) == 200


def test_what_is_wrong_is_said(planner: FlaskClient, second: FlaskClient, plan: int) -> None:
    empty: Any = planner.post("/api/plans", json={"name": "empty"}).json
    refused = step(planner, empty["id"], "submit")
    assert (refused.status_code, "changes nothing" in refused.json["detail"]) == (409, True)
    assert step(planner, plan, "submit", effective_at="2020-01-01T00:00:00Z").status_code == 400
    assert step(second, plan, "withdraw").status_code == 409
    assert step(planner, 10**9, "submit").status_code == 404


def test_every_step_is_in_the_audit_log(planner: FlaskClient, second: FlaskClient, plan: int) -> None:
    for client, name in ((planner, "submit"), (second, "approve"), (planner, "publish")):
        assert step(client, plan, name).status_code == 200
    page = second.get("/admin/audit", query_string={"words": "publishing."}).text
    for name in ("submit_plan", "approve_plan", "publish_plan"):
        assert f"publishing.{name}" in page
