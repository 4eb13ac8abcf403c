"""A plan that is taken back: ground, types and people as they were before it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from gridgis.errors import Conflict
from gridgis.services import publishing
from tests.drafted import CUT, EAST, PLANNER, begin, in_force, roster
from tests.routes.city import COMMUNITY, GRIDS, fill


@pytest.fixture
def city(session):
    fill(session)
    session.execute(text("INSERT INTO workers (code) VALUES ('W2'), ('W3')"))
    return session


def publish(session, config, plan):
    return publishing.publish(session, PLANNER, config, plan, at=datetime.now(UTC))


def one(session, statement, **binds):
    return session.execute(text(statement), binds).one()


def today(config):
    return datetime.now(config.zone).date()


def test_taking_a_plan_back_restores_ground_and_workers_under_new_codes(city, config):
    before = in_force(city)
    plan = begin(city, CUT, workers={"n1": "W2", "n2": "W3"})
    publish(city, config, plan)
    back = publishing.rollback(city, PLANNER, config, plan)
    now = in_force(city)
    assert list(now) == [GRIDS[1], GRIDS[2], GRIDS[3], f"{COMMUNITY}007"]
    assert now[f"{COMMUNITY}007"].equals(before[GRIDS[0]])
    assert roster(city, f"{COMMUNITY}007") == [("W1", "primary", today(config), None)]
    assert one(city, "SELECT DISTINCT grid_code FROM incidents").grid_code == f"{COMMUNITY}007"
    assert one(city, "SELECT state, based_on FROM plans WHERE id = :id", id=back.plan_id) == (
        "published",
        plan,
    )
    with pytest.raises(Conflict, match="not in force any more"):
        publishing.rollback(city, PLANNER, config, plan)


def test_taking_a_plan_back_gives_grids_that_stayed_their_former_type_and_worker(city, config):
    city.execute(
        text("UPDATE grids SET kind = 'village', sub_status = 'kept' WHERE code = :g"), {"g": GRIDS[1]}
    )
    given = {GRIDS[1]: "W2", GRIDS[3]: "W3"}
    plan = begin(city, {**CUT, GRIDS[1]: EAST, GRIDS[3]: in_force(city)[GRIDS[3]]}, workers=given)
    city.execute(
        text("UPDATE draft_grids SET kind = 'park' WHERE plan_id = :plan AND key = ANY(:keys)"),
        {"plan": plan, "keys": [GRIDS[1], GRIDS[2]]},
    )
    publish(city, config, plan)
    facts = text("""
        SELECT g.code, g.kind, g.sub_status, b.worker_code FROM grids g
        LEFT JOIN beats b ON b.grid_code = g.code AND b.valid_to IS NULL
        WHERE g.code = ANY(:grids) ORDER BY g.code
    """)
    told = {"grids": list(GRIDS[1:])}
    assert [tuple(row) for row in city.execute(facts, told)] == [
        (GRIDS[1], "park", None, "W2"), (GRIDS[2], "park", None, None), (GRIDS[3], None, None, "W3"),
    ]  # fmt: skip
    back = publishing.rollback(city, PLANNER, config, plan)
    assert [tuple(row) for row in city.execute(facts, told)] == [
        (GRIDS[1], "village", "kept", "W1"), (GRIDS[2], None, None, None), (GRIDS[3], None, None, None),
    ]  # fmt: skip
    publishing.rollback(city, PLANNER, config, back.plan_id)
    assert next(tuple(row) for row in city.execute(facts, told)) == (GRIDS[1], "park", None, "W2")


def test_people_come_back_to_grids_that_began_and_ended_on_one_day(city, config):
    publish(city, config, begin(city, CUT, workers={"n1": "W2", "n2": "W3"}))
    five, six = f"{COMMUNITY}005", f"{COMMUNITY}006"
    shapes = in_force(city)
    second = begin(city, {five: None, six: None, "n1": shapes[five].union(shapes[six])}, workers={"n1": "W1"})
    publish(city, config, second)
    publishing.rollback(city, PLANNER, config, second)
    assert roster(city, f"{COMMUNITY}008") == [("W2", "primary", today(config), None)]
    assert roster(city, f"{COMMUNITY}009") == [("W3", "primary", today(config), None)]


def test_a_plan_that_gave_only_types_and_workers_is_taken_back_too(city, config):
    plan = begin(city, {GRIDS[1]: EAST}, workers={GRIDS[1]: "W2"})
    publish(city, config, plan)
    back = publishing.rollback(city, PLANNER, config, plan)
    assert (back.new, back.retired) == (0, 0)
    assert roster(city, GRIDS[1])[-1] == ("W1", "primary", today(config), None)


def test_the_first_plan_and_a_draft_are_not_taken_back(city, config):
    first = one(city, "SELECT id FROM plans").id
    with pytest.raises(Conflict, match="the first one"):
        publishing.rollback(city, PLANNER, config, first)
    with pytest.raises(Conflict, match="is a draft"):
        publishing.rollback(city, PLANNER, config, begin(city, CUT))


def test_a_plan_that_drew_on_free_land_is_not_taken_back_into_a_gap(city, config):
    land = in_force(city)[GRIDS[3]]
    retire = (
        "UPDATE grids SET valid_to = now() - interval '1 day', retired_by = introduced_by WHERE code = :code"
    )
    city.execute(text(retire), {"code": GRIDS[3]})
    plan = begin(city, {"n1": land})
    publish(city, config, plan)
    with pytest.raises(Conflict, match="1 gaps"):
        publishing.rollback(city, PLANNER, config, plan)
    assert len(in_force(city)) == 4
