"""The application on a database with a small city in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from gridgis.app import create_app
from gridgis.cluster import Cluster
from gridgis.config import Config
from gridgis.database import make_engine, transaction
from tests.conftest import _database
from tests.routes.city import fill

TOKEN = "a token for tests"


@pytest.fixture(scope="package")
def city_engine(test_cluster: Cluster, template: str) -> Iterator[Engine]:
    """An engine on a database with the small city, which tests only read."""
    for url in _database(test_cluster, template):
        engine = make_engine(url, name="tests", pool_size=4, statement_timeout_s=10)
        with transaction(engine) as session:
            fill(session)
        yield engine
        engine.dispose()


@pytest.fixture(scope="package")
def app(config: Config, city_engine: Engine) -> APIFlask:
    """The application on the small city."""
    return create_app(replace(config, admin_token=TOKEN), engine=city_engine)


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    """A caller on this machine, without a token."""
    return app.test_client()


@pytest.fixture
def admin() -> dict[str, str]:
    """Headers of a caller with the admin token."""
    return {"Authorization": f"Bearer {TOKEN}"}
