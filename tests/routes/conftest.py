"""The application on a database with a small city in it, and people of every role who use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from gridgis.app import create_app
from gridgis.cluster import Cluster
from gridgis.config import Config
from gridgis.database import WEB_ROLE, make_engine, transaction
from tests.conftest import _database
from tests.routes.city import fill
from tests.routes.people import PLACES, enter, settle

TOKEN = "a token for tests"

Login = Callable[..., FlaskClient]


@pytest.fixture(scope="package")
def city_url(test_cluster: Cluster, template: str) -> Iterator[str]:
    """A database with the small city and accounts of every role."""
    for url in _database(test_cluster, template):
        engine = make_engine(url, name="tests")
        with transaction(engine) as session:
            fill(session)
            settle(session)
        engine.dispose()
        yield url


@pytest.fixture(scope="package")
def city_engine(city_url: str) -> Iterator[Engine]:
    """An engine on the small city, as its owner; what a test changes there, it puts back."""
    engine = make_engine(city_url, name="tests", pool_size=4)
    yield engine
    engine.dispose()


@pytest.fixture(scope="package")
def web_engine(city_url: str) -> Iterator[Engine]:
    """An engine on the small city, under the role that web requests have."""
    engine = make_engine(city_url, name="tests web", pool_size=4, statement_timeout_s=10, role=WEB_ROLE)
    yield engine
    engine.dispose()


@pytest.fixture(scope="package")
def app(config: Config, web_engine: Engine) -> APIFlask:
    """The application on the small city."""
    return create_app(replace(config, admin_token=TOKEN), engine=web_engine)


@pytest.fixture
def stranger(app: APIFlask) -> FlaskClient:
    """A caller whom nobody knows."""
    return app.test_client()


@pytest.fixture
def login(app: APIFlask) -> Login:
    """Give a client with a session of an account: of a role, and a place that it sees (`PLACES`)."""

    def client(role: str, place: str = "city") -> FlaskClient:
        assert place in PLACES
        return enter(app, role, place)

    return client


@pytest.fixture
def client(login: Login) -> FlaskClient:
    """An operator of the whole city, logged in."""
    return login("operator")


@pytest.fixture
def visitor(login: Login) -> FlaskClient:
    """Somebody who takes open data of the whole city, logged in."""
    return login("public")


@pytest.fixture
def admin() -> dict[str, str]:
    """Headers of a caller with the admin token."""
    return {"Authorization": f"Bearer {TOKEN}"}
