"""Liveness without a database, readiness with reasons."""

from __future__ import annotations

from dataclasses import replace

from flask.testing import FlaskClient
from sqlalchemy import Engine

from gridgis.app import create_app
from gridgis.config import Config
from gridgis.database import make_engine


def test_a_migrated_database_is_ready(client: FlaskClient) -> None:
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert set(answer.json["checks"].values()) == {"ok"}


def test_without_a_database_it_lives_but_is_not_ready(config: Config) -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:1/nothing")
    client = create_app(replace(config, admin_token="t"), engine=engine).test_client()
    assert client.get("/health/live").status_code == 200
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "does not answer" in answer.json["checks"]["database"]
    failed = client.get("/api/divisions", headers={"Authorization": "Bearer t"})
    assert (failed.status_code, failed.headers["Retry-After"]) == (503, "5")


def test_an_empty_database_is_told_to_migrate(config: Config, empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    try:
        client = create_app(replace(config, admin_token="t"), engine=engine).test_client()
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert "gridgis db migrate" in answer.json["checks"]["migrations"]
    finally:
        engine.dispose()


def test_another_city_is_not_served(config: Config, city_engine: Engine) -> None:
    other = replace(config, admin_token="t", root_division="110000")
    answer = create_app(other, engine=city_engine).test_client().get("/health/ready")
    assert "GRIDGIS_ROOT_DIVISION" in answer.json["checks"]["city"]
