"""A database comes from nothing to the present schema and back, whoever else is trying and whatever dies."""

import signal
import subprocess
import sys

import pytest
from alembic import command
from sqlalchemy import text

from gridgis.config import Config
from gridgis.database import make_engine, transaction
from gridgis.errors import Conflict
from gridgis.services import migrating


@pytest.fixture
def empty(empty_database_url):
    engine = make_engine(empty_database_url)
    yield engine
    engine.dispose()


def ours(session):
    """Tables, functions and sequences that no extension brought."""
    return session.scalars(
        text("""
            SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
            AND c.relkind IN ('r', 'p', 'S') AND c.relname NOT LIKE 'alembic%'
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
            UNION SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        """)
    ).all()


def test_from_nothing_to_the_models_and_back(empty):
    with transaction(empty) as session:
        done = migrating.migrate(session, Config())
    assert done.before is None
    assert done.classes > 300

    with transaction(empty) as session:
        assert not migrating.pending(session)
        command.check(migrating.alembic(session))  # raises where models and schema differ

    with transaction(empty) as session:
        command.downgrade(migrating.alembic(session), "base")
    with transaction(empty) as session:
        assert ours(session) == []

    with transaction(empty) as session:
        migrating.migrate(session, Config())


def test_migrating_twice_changes_nothing(empty):
    with transaction(empty) as session:
        first = migrating.migrate(session, Config())
    with transaction(empty) as session:
        second = migrating.migrate(session, Config())
    assert second.before == second.after == first.after


def start(url, last):
    """Another process that migrates, then runs `last` before it commits."""
    program = (
        "import sys, time\n"
        "from gridgis.config import Config\n"
        "from gridgis.database import make_engine, transaction\n"
        "from gridgis.services import migrating\n"
        "with transaction(make_engine(sys.argv[1])) as session:\n"
        "    print(migrating.migrate(session, Config()).before, flush=True)\n"
        f"    {last}\n"
    )
    return subprocess.Popen([sys.executable, "-c", program, url], stdout=subprocess.PIPE, text=True)


def test_two_at_once_wait_for_each_other(empty, empty_database_url):
    with start(empty_database_url, "pass") as one, start(empty_database_url, "pass") as other:
        found = {one.communicate()[0].strip(), other.communicate()[0].strip()}
    assert (one.returncode, other.returncode) == (0, 0)
    with transaction(empty) as session:
        assert found == {"None", migrating.revision(session)}


def test_killed_before_the_end_leaves_nothing(empty, empty_database_url):
    with start(empty_database_url, "time.sleep(600)") as process:
        assert process.stdout.readline() == "None\n"
        process.send_signal(signal.SIGKILL)

    with transaction(empty) as session:
        assert migrating.revision(session) is None
        assert migrating.migrate(session, Config()).before is None


@pytest.mark.parametrize(
    "changed", [{"root_division": "110000"}, {"metric_srid": 3067}, {"code_profile": "cjt214-2007"}]
)
def test_another_citys_settings_are_refused_by_name(empty, changed):
    with transaction(empty) as session:
        migrating.migrate(session, Config())
    (setting,) = changed
    with transaction(empty) as session, pytest.raises(Conflict, match=f"GRIDGIS_{setting.upper()}"):
        migrating.check_city(session, Config(**changed))
