"""Reporting an incident and listing them over HTTP."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from gridgis.app import create_app
from gridgis.config import Config
from gridgis.database import transaction
from tests.routes.city import GRIDS, fill
from tests.routes.conftest import TOKEN

HERE = {"lon": 114.003, "lat": 22.501}


@pytest.fixture
def desk(config: Config, engine: Engine) -> FlaskClient:
    """An administrator's client on a small city of its own, which may be changed."""
    with transaction(engine) as session:
        fill(session)
    client = create_app(replace(config, admin_token=TOKEN), engine=engine).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client


def _list(client: FlaskClient, query: str, headers: dict[str, str]) -> Any:
    answer = client.get(f"/api/incidents?{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_report_is_located_numbered_and_logged(desk: FlaskClient) -> None:
    answer = desk.post(
        "/api/incidents", json={**HERE, "text": "路灯不亮", "source": "public", "accuracy_m": 8}
    )
    assert answer.status_code == 201, answer.text
    made = answer.json
    assert (made["grid_code"], made["match"], made["class_code"]) == (GRIDS[1], "covered", "01037")
    assert made["number"].startswith("E01037")
    assert made["number"].endswith("0001")
    told = desk.get(f"/api/incidents/{made['id']}").json
    assert (told["state"], told["source"], told["accuracy_m"], told["description"]) == (
        "reported",
        "public",
        8,
        "路灯不亮",
    )
    assert [(step["action"], step["to_state"]) for step in told["log"]] == [("report", "reported")]
    assert desk.post("/api/incidents", json={**HERE, "class_code": "01037"}).json["number"].endswith("0002")


def test_the_same_report_twice_is_one_incident(desk: FlaskClient, engine: Engine) -> None:
    report = {**HERE, "text": "路灯不亮", "client_uuid": str(uuid.uuid4())}
    first, second = (desk.post("/api/incidents", json=report) for _ in range(2))
    assert (first.status_code, first.json) == (second.status_code, second.json)
    with transaction(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM incidents WHERE class_code = '01037'")) == 1


def test_the_same_report_sent_at_once_by_many_is_one_incident(desk: FlaskClient, engine: Engine) -> None:
    report = {**HERE, "text": "路灯不亮", "client_uuid": str(uuid.uuid4())}
    answers: list[Any] = []

    def send() -> None:
        client = desk.application.test_client()
        answer = client.post("/api/incidents", json=report, headers={"Authorization": f"Bearer {TOKEN}"})
        answers.append((answer.status_code, answer.json))

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status for status, _ in answers] == [201] * 5
    assert all(body == answers[0][1] for _, body in answers)
    with transaction(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM incident_keys WHERE client_uuid IS NOT NULL")) == 1


def test_a_place_in_a_shifted_datum(desk: FlaskClient) -> None:
    made = desk.post(
        "/api/incidents", json={"lon": 114.0080, "lat": 22.4983, "crs": "GCJ-02", "class_code": "01037"}
    ).json
    assert made["grid_code"] == GRIDS[1]
    assert made["lon"] == pytest.approx(114.003, abs=5e-4)


def test_a_place_in_no_grid_is_kept_and_listed(desk: FlaskClient) -> None:
    made = desk.post("/api/incidents", json={"lon": 113, "lat": 22, "text": "路灯不亮"}).json
    assert (made["grid_code"], made["match"]) == (None, "none")
    assert [item["id"] for item in desk.get("/api/incidents?unlocated=true").json["items"]] == [made["id"]]
    assert desk.get("/api/summary").json["numbers"]["unlocated"] == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": "井盖"}, "text"),
        ({"text": "天空很蓝"}, "text"),
        ({"text": None}, "text"),
        ({"source": "rumour"}, "source"),
        ({"lon": 200}, "lon"),
        ({"crs": "EPSG:1"}, "crs"),
        ({"accuracy_m": -1}, "accuracy_m"),
        ({"class_code": "99999", "text": None}, None),
        ({"client_uuid": "x"}, "client_uuid"),
    ],
)
def test_a_wrong_report_is_refused_and_leaves_nothing(
    desk: FlaskClient, engine: Engine, change: dict[str, Any], field: str | None
) -> None:
    body = {key: value for key, value in {**HERE, "text": "路灯不亮", **change}.items() if value is not None}
    answer = desk.post("/api/incidents", json=body)
    assert answer.status_code == 400, answer.text
    assert field is None or answer.json["field"] == field
    with transaction(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM incident_keys")) == 3


def test_the_queue_page_by_page(client: FlaskClient, admin: dict[str, str]) -> None:
    first = _list(client, "limit=2", admin)
    assert first["total"] == 3
    second = _list(client, f"limit=2&after={first['next'].replace('+', '%2B')}", admin)
    assert (second["next"], second["total"]) == (None, None)
    times = [item["reported_at"] for item in first["items"] + second["items"]]
    assert len(times) == 3
    assert times == sorted(times, reverse=True)


def test_the_most_urgent_first(desk: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as session:
        session.execute(
            text("UPDATE incidents SET due_at = '2024-05-20Z' WHERE id = (SELECT min(id) FROM incidents)")
        )
    page = desk.get("/api/incidents?sort=due&limit=1").json
    assert page["items"][0]["due_at"].startswith("2024-05-20")
    rest = desk.get(f"/api/incidents?sort=due&limit=9&after={page['next'].replace('+', '%2B')}").json
    assert [item["due_at"] for item in rest["items"]] == [None, None]
    assert desk.get("/api/incidents?overdue=true").json["total"] == 1


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("state=open", 3),
        ("state=final", 0),
        ("state=reported,filed", 3),
        ("division=440305", 3),
        ("division=440304", 0),
        (f"division={GRIDS[0]}", 3),
        (f"division={GRIDS[1]}", 0),
        ("source=patrol", 3),
        ("source=public", 0),
        ("class=01", 3),
        ("class=09", 0),
        ("bbox=114.001,22.501,114.002,22.502", 3),
        ("bbox=114.002,22.501,114.003,22.502", 0),
        ("from=2024-05-08T00:00:00%2B08:00", 2),
        ("to=2024-05-08T00:00:00%2B08:00", 1),
    ],
)
def test_filters(client: FlaskClient, admin: dict[str, str], query: str, total: int) -> None:
    assert _list(client, query, admin)["total"] == total
    columns = client.get(f"/api/incidents/points?{query}", headers=admin).json
    assert {len(values) for values in columns.values()} == {total}


@pytest.mark.parametrize(
    "query", ["state=lost", "bbox=1,2,3", "bbox=2,2,1,1", "after=x", "limit=0", "sort=name", "division=abc"]
)
def test_a_wrong_filter_is_refused(client: FlaskClient, admin: dict[str, str], query: str) -> None:
    assert client.get(f"/api/incidents?{query}", headers=admin).status_code == 400


def test_an_incident_nobody_knows(client: FlaskClient, admin: dict[str, str]) -> None:
    assert client.get("/api/incidents/999999", headers=admin).status_code == 404
