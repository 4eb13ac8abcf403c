"""Publishing that dies half-way: the plan before it or the plan after it, whole."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gridgis.database import make_engine, transaction
from gridgis.services import publishing
from gridgis.sql import rehoming as rehoming_sql
from tests.drafted import CUT, PLANNER, begin, in_force
from tests.routes.city import COMMUNITY, fill

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


@pytest.fixture
def drafted(database_url):
    """A database with a draft that cuts a grid in two, and its number."""
    engine = make_engine(database_url, name="tests")
    with transaction(engine) as session:
        fill(session)
        plan = begin(session, CUT)
    yield engine, plan
    engine.dispose()


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
