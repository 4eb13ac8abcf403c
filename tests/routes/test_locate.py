"""Locating over HTTP, kept current when grids change elsewhere."""

from __future__ import annotations

from dataclasses import replace

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from gridgis.app import create_app
from gridgis.config import Config
from gridgis.database import transaction
from tests.routes.city import GRIDS, fill


def test_a_point_knows_its_places_and_worker(client: FlaskClient) -> None:
    told = client.get("/api/locate?lon=114.001&lat=22.501&accuracy_m=5").json
    assert told["grid"]["code"] == GRIDS[0]
    assert told["community"] == {"code": "440305001001", "name": "莲城社区"}
    assert (told["district"]["name"], told["worker"]) == ("南山区", "W1")
    assert (told["match"], told["distance_m"]) == ("covered", 0)
    assert told["confidence"] == 1


def test_a_point_far_away_has_no_grid(client: FlaskClient) -> None:
    told = client.get("/api/locate?lon=113&lat=22.501").json
    assert (told["match"], told["grid"], told["worker"]) == ("none", None, None)


def test_a_change_elsewhere_is_heard_of(config: Config, engine: Engine) -> None:
    with transaction(engine) as session:
        fill(session)
    client = create_app(replace(config, admin_token="t"), engine=engine).test_client()
    path = "/api/locate?lon=114.001&lat=22.501"
    assert client.get(path, headers={"Authorization": "Bearer t"}).json["worker"] == "W1"
    assert client.get(path, headers={"Authorization": "Bearer t"}).json["worker"] == "W1"
    with transaction(engine) as session:
        session.execute(text("DELETE FROM beats"))
    # PostgreSQL delivers the word right after the commit, not within it.
    answers = (client.get(path, headers={"Authorization": "Bearer t"}).json["worker"] for _ in range(1000))
    assert None in answers
