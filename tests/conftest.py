"""The embedded PostgreSQL that tests run on, started once a run and cloned for whoever asks."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gridgis.cluster import Cluster
from gridgis.config import Config
from gridgis.database import make_engine, transaction
from gridgis.sample.generation import PRESENT, Amounts
from gridgis.services import demonstration, migrating

REPOSITORY = Path(__file__).resolve().parent.parent
TEMPLATE, CITY_TEMPLATE = "gridgis_template", "gridgis_city"

# Every community of Shenzhen has at least one grid; the rest is as small as tells something.
CITY_GRIDS = 800
CITY = Amounts(buildings=2000, components=3000, incidents=1000, days=1, track_workers=20)

_SHARED = os.environ.get("GRIDGIS_SHARED")

# A crash loses a test's data and nobody minds; every commit is several times faster.
UNSAFE_BUT_FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "log_min_duration_statement": "-1",
}


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> None:
    """Tests run on the defaults and on what they set themselves, never on the developer's own settings."""
    for name in [name for name in os.environ if name.startswith("GRIDGIS_")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public data and oracles beside the repository; tests that need it skip without it."""
    folder = Path(_SHARED or REPOSITORY.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"needs the public data in {folder}; set GRIDGIS_SHARED")
    return folder


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The settings of a test installation: the defaults, with a data folder of its own."""
    return Config(data_dir=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def test_cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """One server for the whole run, shared by the workers of pytest-xdist; the last to end stops it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    home = Path(tempfile.gettempdir())
    _sweep(home)
    cluster = Cluster(home / f"gridgis-tests-{run[:12]}", UNSAFE_BUT_FAST)
    try:
        with cluster.in_use():
            yield cluster
    finally:
        if not cluster.is_running():
            shutil.rmtree(cluster.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(test_cluster: Cluster, config: Config) -> str:
    """Name of a migrated, otherwise empty database; nobody connects to it."""
    return _prepared(test_cluster, TEMPLATE, "template1", lambda session: migrating.migrate(session, config))


@pytest.fixture(scope="session")
def city_template(
    test_cluster: Cluster, template: str, config: Config, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Name of a database that holds a small sample city, loaded as `gridgis demo` loads it."""

    def fill(session: Session) -> None:
        folder = tmp_path_factory.mktemp("sample")
        demonstration.fill(session, config, folder, PRESENT, _silent, grids=CITY_GRIDS, amounts=CITY)

    return _prepared(test_cluster, CITY_TEMPLATE, template, fill)


@pytest.fixture
def empty_database_url(test_cluster: Cluster) -> Iterator[str]:
    """A database of the test's own with nothing in it, not even PostGIS."""
    yield from _database(test_cluster, "template1")


@pytest.fixture
def database_url(test_cluster: Cluster, template: str) -> Iterator[str]:
    """A migrated database of the test's own, which it may commit to; dropped after it."""
    yield from _database(test_cluster, template)


@pytest.fixture
def city_url(test_cluster: Cluster, city_template: str) -> Iterator[str]:
    """A database of the test's own with the small sample city in it; dropped after it."""
    yield from _database(test_cluster, city_template)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on the test's own database."""
    engine = make_engine(database_url, name="tests")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def _session_engine(test_cluster: Cluster, template: str) -> Iterator[Engine]:
    for url in _database(test_cluster, template):
        engine = make_engine(url, name="tests")
        yield engine
        engine.dispose()


@pytest.fixture
def session(_session_engine: Engine) -> Iterator[Session]:
    """A session on a migrated database that all tests share: what it does is rolled back at the end."""
    with Session(_session_engine, expire_on_commit=False) as session:
        yield session
        session.rollback()


@pytest.fixture(scope="session")
def _city_engine(test_cluster: Cluster, city_template: str) -> Iterator[Engine]:
    for url in _database(test_cluster, city_template):
        engine = make_engine(url, name="tests")
        yield engine
        engine.dispose()


@pytest.fixture
def sample_city(_city_engine: Engine) -> Iterator[Session]:
    """A session on the small sample city, which all tests share: what it does is rolled back at the end."""
    with Session(_city_engine, expire_on_commit=False) as session:
        yield session
        session.rollback()


def _prepared(cluster: Cluster, name: str, base: str, fill: Callable[[Session], object]) -> str:
    """Make a database to clone from, once however many workers ask; a failure leaves nothing by its name."""
    with cluster.locked():
        if not _run(cluster, sql.SQL("SELECT FROM pg_database WHERE datname = {}"), sql.Literal(name)):
            draft = sql.Identifier(f"{name}_draft")
            _run(cluster, sql.SQL("DROP DATABASE IF EXISTS {}"), draft)
            _run(cluster, sql.SQL("CREATE DATABASE {} TEMPLATE {}"), draft, sql.Identifier(base))
            engine = make_engine(cluster.url(f"{name}_draft"))
            try:
                with transaction(engine) as session:
                    fill(session)
            finally:
                engine.dispose()
            _run(cluster, sql.SQL("ALTER DATABASE {} RENAME TO {}"), draft, sql.Identifier(name))
    return name


def _silent(_text: str) -> None:
    pass


def _database(cluster: Cluster, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    _run(cluster, sql.SQL("CREATE DATABASE {} TEMPLATE {}"), sql.Identifier(name), sql.Identifier(template))
    yield cluster.url(name)
    _run(cluster, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), sql.Identifier(name))


def _run(cluster: Cluster, statement: sql.SQL, *values: sql.Composable) -> bool:
    with closing(psycopg2.connect(cluster.url("postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement.format(*values))
            return cursor.rowcount > 0


def _sweep(home: Path) -> None:
    """Stop and remove what a killed run left behind; young folders may be a run that is just starting."""
    for folder in home.glob("gridgis-tests-*"):
        if time.time() - folder.stat().st_mtime > 600 and folder.stat().st_uid == os.geteuid():
            abandoned = Cluster(folder)
            with abandoned.locked():
                if not abandoned.abandoned():
                    continue
            abandoned.down()
            shutil.rmtree(folder, ignore_errors=True)
