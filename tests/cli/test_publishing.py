import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from gridgis.__main__ import main
from gridgis.database import transaction
from tests.drafted import CUT, begin
from tests.routes.city import COMMUNITY, fill


@pytest.fixture
def draft(engine):
    with transaction(engine) as session:
        fill(session)
        return begin(session, CUT)


@pytest.fixture
def run(database_url):
    def command(*arguments):
        environment = {"GRIDGIS_DATABASE_URL": database_url}
        return CliRunner().invoke(main, ["plan", *map(str, arguments)], env=environment)

    return command


def test_a_draft_is_published_and_taken_back(run, draft, engine):
    done = run("publish", draft, "--json")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout)
    assert (facts["new"], facts["retired"], facts["buildings"], facts["incidents"]) == (2, 1, 5, 3)
    again = run("publish", draft)
    assert (again.exit_code, "published already" in again.stderr) == (1, True)
    back = run("rollback", draft)
    assert back.exit_code == 0, back.output
    assert "1 new grids, 2 retired" in back.stdout
    with transaction(engine) as session:
        found = session.scalar(text("SELECT DISTINCT grid_code FROM incidents"))
        told = session.scalars(text("SELECT action FROM audit ORDER BY id")).all()
    assert found == f"{COMMUNITY}007"
    assert told == ["publishing.publish", "publishing.rollback"]


def test_a_draft_with_an_hour_to_come_is_due_when_it_has_come(run, draft, engine):
    later = run("publish", draft, "--at", "2099-01-01")
    assert later.exit_code == 0, later.output
    assert "comes into force at 2099-01-01 00:00 CST" in later.stdout
    assert run("due").stdout == "no plan is due\n"
    with transaction(engine) as session:
        session.execute(text("UPDATE plans SET effective_at = now() - :ago"), {"ago": timedelta(minutes=1)})
    (due,) = json.loads(run("due", "--json").stdout)
    assert (due["plan_id"], due["new"], due["refused"]) == (draft, 2, "")


def test_every_command_shows_its_help():
    told = CliRunner().invoke(main, ["--help"])
    assert told.exit_code == 0, told.output
    assert "publishing" not in told.stdout.split("Commands:")[1]
