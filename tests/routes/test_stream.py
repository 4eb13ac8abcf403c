"""The live stream over HTTP: what arrives, what is resumed, who sees what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from gridgis.app import create_app
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.errors import Unavailable
from gridgis.scope import EVERYTHING, Scope
from gridgis.services.stream import MOST_BACKLOG, Hub
from tests.routes.city import GRIDS, fill
from tests.routes.conftest import TOKEN


@pytest.fixture
def live_app(config: Config, engine: Engine) -> Iterator[APIFlask]:
    """The application on a small city of its own."""
    with transaction(engine) as session:
        fill(session)
    app = create_app(replace(config, admin_token=TOKEN), engine=engine)
    yield app
    app.extensions["gridgis.stream"].close()


@pytest.fixture
def desk(live_app: APIFlask) -> FlaskClient:
    client = live_app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client


@pytest.fixture
def hub(live_app: APIFlask) -> Hub:
    found = live_app.extensions["gridgis.stream"]
    assert isinstance(found, Hub)
    return found


def _report(desk: FlaskClient, lon: float = 114.003) -> Any:
    answer = desk.post("/api/incidents", json={"lon": lon, "lat": 22.501, "text": "路灯不亮"})
    assert answer.status_code == 201, answer.text
    return answer.json


def _note(engine: Engine, count: int) -> None:
    with transaction(engine) as session:
        session.execute(text("SELECT ensure_partitions('incident_log', now(), now())"))
        session.execute(
            text("""
                INSERT INTO incident_log (incident_id, actor, role, action, to_state)
                SELECT (SELECT min(id) FROM incident_keys), 'test', 'system', 'note', 'reported'
                FROM generate_series(1, :count)
            """),
            {"count": count},
        )


def _events(lines: Iterator[bytes]) -> Iterator[tuple[str, int, Any]]:
    """Yield name, number and data of each event of a stream."""
    text_so_far = ""
    for chunk in lines:
        text_so_far += chunk.decode()
        while "\n\n" in text_so_far:
            block, text_so_far = text_so_far.split("\n\n", 1)
            parts = dict(line.split(": ", 1) for line in block.splitlines())
            if "event" in parts:
                yield parts["event"], int(parts["id"]), json.loads(parts["data"])


def _first_incident(events: Iterator[tuple[str, int, Any]]) -> tuple[int, Any]:
    return next((number, data) for name, number, data in events if name == "incident")


def test_a_report_arrives_on_every_open_page(desk: FlaskClient) -> None:
    streams = [desk.get("/api/stream", buffered=False) for _ in range(3)]
    pages = [_events(iter(stream.response)) for stream in streams]
    assert [next(page)[0] for page in pages] == ["beat"] * 3
    made = _report(desk)
    for page in pages:
        _, told = _first_incident(page)
        assert (told["id"], told["action"], told["grid_code"]) == (made["id"], "report", GRIDS[1])
        assert told["is_open"]
    for stream in streams:
        stream.close()


def test_what_was_missed_comes_first(desk: FlaskClient) -> None:
    stream = desk.get("/api/stream", buffered=False)
    _, start, _ = next(_events(iter(stream.response)))
    stream.close()
    made = [_report(desk)["id"] for _ in range(3)]
    resumed = desk.get("/api/stream", headers={"Last-Event-ID": str(start)}, buffered=False)
    incidents = (event for event in _events(iter(resumed.response)) if event[0] == "incident")
    told = [next(incidents) for _ in range(3)]
    assert [data["id"] for _, _, data in told] == made
    assert [number for _, number, _ in told] == sorted(number for _, number, _ in told)
    resumed.close()
    last = told[1][1]
    again = desk.get(f"/api/stream?last_event_id={last}", buffered=False)
    assert _first_incident(_events(iter(again.response)))[1]["id"] == made[2]
    again.close()


def test_who_missed_too_much_reads_everything_again(desk: FlaskClient, engine: Engine) -> None:
    _note(engine, MOST_BACKLOG + 1)
    stream = desk.get("/api/stream?last_event_id=0", buffered=False)
    assert next(_events(iter(stream.response)))[0] == "reset"
    stream.close()


def test_another_layer_is_told_by_name(desk: FlaskClient, engine: Engine) -> None:
    stream = desk.get("/api/stream", buffered=False)
    events = _events(iter(stream.response))
    next(events)
    with transaction(engine) as session:
        session.execute(text("UPDATE grids SET remark = 'new'"))
    assert next(data["layer"] for name, _, data in events if name == "layer") == "grids"
    stream.close()


def test_an_edit_of_a_draft_is_told_by_the_number_of_the_plan(desk: FlaskClient) -> None:
    plan = desk.post("/api/plans", json={"name": "summer"}).json["id"]
    stream = desk.get("/api/stream", buffered=False)
    events = _events(iter(stream.response))
    next(events)
    lock = {"operation": "lock", "arguments": {"keys": [GRIDS[1]], "locked": True}, "versions": {}}
    assert desk.post(f"/api/plans/{plan}/edits", json=lock).status_code == 200
    assert next(data for name, _, data in events if name == "draft") == {"plan": plan}
    stream.close()
    told = desk.get(f"/api/plans/{plan}").json
    assert (told["edit_seq"], told["last_seq"]) == (1, 1)
    desk.post(f"/api/plans/{plan}/undo", json={"seq": 1})
    told = desk.get(f"/api/plans/{plan}").json
    assert (told["edit_seq"], told["last_seq"]) == (0, 1)


def test_the_stream_is_not_compressed_and_not_kept(desk: FlaskClient) -> None:
    stream = desk.get("/api/stream", headers={"Accept-Encoding": "gzip"}, buffered=False)
    assert "Content-Encoding" not in stream.headers
    assert stream.headers["Cache-Control"] == "no-store"
    stream.close()


def test_each_page_is_told_of_its_own_part(hub: Hub, desk: FlaskClient) -> None:
    own, foreign = hub.subscribe(Scope.of(GRIDS[1])), hub.subscribe(Scope.of(GRIDS[0]))
    _report(desk)
    assert next(f for f in own.frames() if f.event == "incident").grid_code == GRIDS[1]
    _report(desk, lon=114.001)
    assert next(f for f in foreign.frames() if f.event == "incident").grid_code == GRIDS[0]


def test_a_page_gives_its_place_back(config: Config, live_app: APIFlask, engine: Engine) -> None:
    hub = Hub(engine, places=1)
    first = hub.subscribe(EVERYTHING)
    with pytest.raises(Unavailable, match="poll instead"):
        hub.subscribe(EVERYTHING)
    hub.unsubscribe(first)
    hub.subscribe(EVERYTHING)
    hub.close()
    assert len(hub) == 0


def test_the_connection_comes_back(hub: Hub, desk: FlaskClient, engine: Engine) -> None:
    page = hub.subscribe(EVERYTHING)
    with transaction(engine) as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'gridgis stream' AND datname = current_database()"
            )
        )
    made = _report(desk)
    frame = next(f for f in page.frames() if f.event == "incident")
    assert json.loads(frame.data)["id"] == made["id"]


def test_polling_tells_the_same(desk: FlaskClient) -> None:
    start = desk.get("/api/stream/events").json
    assert start["events"] == []
    made = _report(desk)
    query = f"/api/stream/events?after={start['last_event_id']}"
    answer = desk.get(query)
    assert [event["id"] for event in answer.json["events"]] == [made["id"]]
    assert desk.get(query, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert desk.get("/api/stream/events?after=99999999").json["reset"] is True
