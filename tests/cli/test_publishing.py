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


def test_a_draft_on_its_way_is_submitted_approved_by_another_and_withdrawn(run, draft, engine):
    done = run("submit", draft, "--at", "2099-01-01T08:30")
    assert done.stdout == f"draft {draft} is submitted, for 2099-01-01 08:30 CST\n", done.output
    own = run("approve", draft)
    assert (own.exit_code, "a second person approves it" in own.stderr) == (1, True)
    with transaction(engine) as session:
        session.execute(text("UPDATE plans SET submitted_by = 'somebody else' WHERE id = :id"), {"id": draft})
    assert run("approve", draft).stdout == f"draft {draft} is approved\n"
    assert run("withdraw", draft).exit_code == 0
    with transaction(engine) as session:
        told = session.scalars(text("SELECT action FROM audit ORDER BY id")).all()
    assert told == ["publishing.submit", "publishing.approve", "publishing.withdraw"]


def test_faults_name_what_keeps_a_draft_from_being_published(run, draft, engine):
    fine = run("faults", draft)
    assert (fine.exit_code, "0 of" in fine.stdout) == (0, True), fine.output
    with transaction(engine) as session:
        session.execute(text("DELETE FROM draft_grids WHERE plan_id = :id AND key = 'n1'"), {"id": draft})
    faulty = run("faults", draft)
    assert (faulty.exit_code, "refused  gap: " in faulty.stdout) == (1, True), faulty.output


def test_every_command_shows_its_help():
    told = CliRunner().invoke(main, ["--help"])
    assert told.exit_code == 0, told.output
    assert "publishing" not in told.stdout.split("Commands:")[1]
