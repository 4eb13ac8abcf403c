"""Publishing that dies half-way: the plan before it or the plan after it, whole."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gridgis.cluster import Cluster
from gridgis.database import make_engine, transaction
from gridgis.services import migrating, publishing
from gridgis.sql import rehoming as rehoming_sql
from tests.drafted import CUT, PLANNER, begin, in_force
from tests.routes.city import COMMUNITY, GRIDS, fill

MOMENTS = 20
NEW = (f"{COMMUNITY}005", f"{COMMUNITY}006")
#: Rows on a grid that is not in force, which there are never.
ASTRAY = """
    SELECT count(*) FROM (SELECT grid_code FROM buildings UNION ALL SELECT grid_code FROM components
                          UNION ALL SELECT grid_code FROM incidents) t
    LEFT JOIN grids g ON g.code = t.grid_code AND g.valid_to IS NULL
    WHERE t.grid_code IS NOT NULL AND g.code IS NULL
"""
WRITTEN = """
    SELECT (SELECT count(*) FROM grid_lineage), (SELECT count(*) FROM incident_log),
      (SELECT count(*) FROM beats WHERE valid_to IS NOT NULL),
      (SELECT count(*) FROM plans WHERE state = 'retired'),
      (SELECT count(*) FROM grids WHERE valid_to IS NOT NULL)
"""
BEFORE, AFTER = (0, 0, 0, 0, 0), (2, 3, 1, 1, 1)


def drawn(engine):
    """Store the city and a draft that cuts a grid in two; return its number."""
    with transaction(engine) as session:
        fill(session)
        return begin(session, CUT)


@pytest.fixture
def drafted(database_url):
    """A database with such a draft, and its number."""
    engine = make_engine(database_url, name="tests")
    yield engine, drawn(engine)
    engine.dispose()


@pytest.fixture
def cluster(config):
    """A PostgreSQL of the test's own, which may die, with a migrated database."""
    folder = Path(tempfile.mkdtemp(prefix="gridgis-faults-"))
    folder.chmod(0o755)
    cluster = Cluster(folder, {"fsync": "off", "shared_buffers": "16MB"})
    with cluster.in_use():
        engine = make_engine(cluster.url(), name="tests")
        with transaction(engine) as session:
            migrating.migrate(session, config)
        engine.dispose()
        yield cluster
    shutil.rmtree(folder)


def publish(url, plan, config, begun):
    """Publish, as a process of its own does; what is heavy was imported before."""
    engine = make_engine(url, name="publishing")
    begun.set()
    with transaction(engine) as session:
        publishing.publish(session, PLANNER, config, plan, at=datetime.now(UTC))
    os._exit(0)


def state(engine):
    """Whether the new plan is in force, once nobody writes any more; either way it is whole."""
    with transaction(engine) as session:
        # the server ends what the dead client began, and the locks of it
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('gridgis publishing'))"))
    with transaction(engine) as session:
        assert session.execute(text(ASTRAY)).scalar_one() == 0
        is_new = NEW[0] in in_force(session)
        assert tuple(session.execute(text(WRITTEN)).one()) == (AFTER if is_new else BEFORE)
    return is_new


def test_killed_at_twenty_moments_it_is_the_old_plan_or_the_new_one(drafted, config):
    engine, plan = drafted
    url, moments = engine.url.render_as_string(hide_password=False), random.Random(7)
    fork = multiprocessing.get_context("fork")
    lasts_s = 0.25
    for number in range(MOMENTS):
        begun = fork.Event()
        process = fork.Process(target=publish, args=(url, plan, config, begun))
        process.start()
        begun.wait()
        time.sleep(lasts_s * (number + moments.random()) / MOMENTS)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        if state(engine):
            with transaction(engine) as session:  # the next one is killed on its way back
                back = publishing.rollback(session, PLANNER, config, plan)
            assert back.new == 1
            return
    process = fork.Process(target=publish, args=(url, plan, config, fork.Event()))
    process.start()
    process.join()
    assert state(engine)


@pytest.mark.parametrize("layer", ["buildings", "components", "incidents"])
def test_when_the_database_ends_it_between_two_layers_nothing_has_changed(
    drafted, config, layer, monkeypatch
):
    engine, plan = drafted
    written = rehoming_sql.write_places

    def ended(session, which, places):
        done = written(session, which, places)
        if which == layer:
            pid = session.scalar(text("SELECT pg_backend_pid()"))
            with transaction(engine) as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        return done

    monkeypatch.setattr(rehoming_sql, "write_places", ended)
    with pytest.raises(DBAPIError), transaction(engine) as session:
        publishing.publish(session, PLANNER, config, plan, at=datetime.now(UTC))
    engine.dispose()
    with suppress(DBAPIError):
        assert state(engine) is False
    assert state(engine) is False


@contextmanager
def halted(engine, table):
    """Keep whoever publishes from writing one layer; those before it are written by then."""
    with engine.connect() as holder:
        holder.execute(text(f"SELECT FROM {table} WHERE grid_code = :grid FOR UPDATE"), {"grid": GRIDS[0]})
        yield
        with suppress(DBAPIError):  # its server may be dead
            holder.rollback()


def wait_until_halted(engine, within_s=30.0):
    waiting = text("""
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
    """)
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        with transaction(engine) as session:
            if session.scalar(waiting):
                return
        time.sleep(0.02)
    raise AssertionError("nobody came to publish")


@contextmanager
def served(url, folder):
    """A server with a worker of its own, and how to publish by it; the whole tree is one process group."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = "a token for the tests, long enough"
    settings = {
        "GRIDGIS_DATABASE_URL": url, "GRIDGIS_DATA_DIR": str(folder), "GRIDGIS_ADMIN_TOKEN": token,
        "GRIDGIS_BACKGROUND": "false",
    }  # fmt: skip
    command = [sys.executable, "-m", "gridgis", "serve", "--port", str(port), "--workers", "1"]

    def ask(plan):
        request = Request(f"http://127.0.0.1:{port}/api/plans/{plan}/publish", b"{}", method="POST")
        request.add_header("Authorization", f"Bearer {token}")
        request.add_header("Content-Type", "application/json")
        with suppress(OSError), urlopen(request, timeout=60) as answer:
            answer.read()

    with subprocess.Popen(
        command, env=os.environ | settings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as server:  # fmt: skip
        try:
            server.stdout.readline()  # "serving on …"
            yield server, ask
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)


def test_with_its_server_killed_between_two_layers_nothing_has_changed(drafted, tmp_path):
    engine, plan = drafted
    with served(engine.url.render_as_string(hide_password=False), tmp_path) as (server, ask):
        with halted(engine, "incidents"):
            asking = Thread(target=ask, args=(plan,))
            asking.start()
            wait_until_halted(engine)
            os.killpg(server.pid, signal.SIGKILL)
            asking.join()
        assert state(engine) is False


def test_with_postgresql_killed_between_two_layers_nothing_has_changed(cluster, config):
    engine = make_engine(cluster.url(), name="tests")
    plan = drawn(engine)
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=publish, args=(cluster.url(), plan, config, fork.Event()))
    with halted(engine, "components"):
        process.start()
        wait_until_halted(engine)
        os.kill(cluster.pid(), signal.SIGKILL)
        process.join()
    assert process.exitcode != 0
    engine.dispose()
    with cluster.in_use():
        assert state(engine) is False
        again = fork.Process(target=publish, args=(cluster.url(), plan, config, fork.Event()))
        again.start()
        again.join()
        assert state(engine) is True
    engine.dispose()
