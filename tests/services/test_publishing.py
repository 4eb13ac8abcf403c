from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gridgis.database import make_engine, transaction
from gridgis.errors import CodeError, Conflict, InvalidInput, NotAllowed, NotFound
from gridgis.scope import Scope
from gridgis.services import publishing
from gridgis.services.drafts import editing, keeping
from gridgis.services.drafts.keeping import Planner
from gridgis.services.locating import Locator, locate_at
from gridgis.services.rehoming import rehome_stragglers
from tests.drafted import CUT, EAST, EAST_HALF, NORTH, PLANNER, SECOND, WEST_HALF, begin, in_force, roster
from tests.routes.city import COMMUNITY, GRIDS, fill

NOW = datetime.now(UTC)
FIVE, SIX = f"{COMMUNITY}005", f"{COMMUNITY}006"
BELONGING = """
    SELECT b.id FROM {table} b, locate_grid(
      CASE WHEN ST_Dimension(b.geom) = 0 THEN b.geom ELSE ST_PointOnSurface(b.geom) END,
      clock_timestamp(), 50.0, 4547) l
    WHERE b.grid_code IS DISTINCT FROM l.grid_code OR b.match <> l.match
"""


@pytest.fixture
def city(session):
    fill(session)
    session.execute(text("INSERT INTO workers (code) VALUES ('W2'), ('W3')"))
    return session


def publish(session, config, plan, who=PLANNER, **more):
    return publishing.publish(session, who, config, plan, at=NOW, **more)


def one(session, statement, **binds):
    return session.execute(text(statement), binds).one()


def today(config):
    return datetime.now(config.zone).date()


def test_a_cut_grid_gets_two_new_codes_and_its_neighbours_keep_theirs(city, config):
    done = publish(city, config, begin(city, CUT))
    assert (done.new, done.retired, done.reshaped) == (2, 1, 1)
    assert done.codes == {"n1": FIVE, "n2": SIX}
    now = in_force(city)
    assert list(now) == [GRIDS[1], GRIDS[2], GRIDS[3], FIVE, SIX]
    assert now[FIVE].equals(WEST_HALF)
    assert now[SIX].equals(EAST_HALF)
    assert len(now[GRIDS[2]].exterior.coords) == len(NORTH.exterior.coords)
    former = one(city, "SELECT * FROM grids WHERE code = :code", code=GRIDS[0])
    assert (former.valid_to, former.retired_by) == (done.valid_from, done.plan_id)
    shares = city.execute(text("SELECT predecessor, successor, share FROM grid_lineage ORDER BY 2")).all()
    assert [(row[0], row[1]) for row in shares] == [(GRIDS[0], FIVE), (GRIDS[0], SIX)]
    assert [row[2] for row in shares] == [pytest.approx(0.5, rel=1e-3)] * 2


def test_types_go_on_with_the_ground_and_come_back_with_it(city, config):
    kept = text("UPDATE grids SET kind = 'village', sub_status = 'kept' WHERE code = :code")
    city.execute(kept, {"code": GRIDS[0]})
    plan = begin(city, {**CUT, GRIDS[1]: EAST})
    said = "UPDATE draft_grids SET kind = :kind, sub_status = :status WHERE plan_id = :plan AND key = :key"
    for key, kind, status in (("n2", "village", "to_be_demolished"), (GRIDS[1], "park", None)):
        city.execute(text(said), {"plan": plan, "key": key, "kind": kind, "status": status})
    publish(city, config, plan)
    kinds = "SELECT code, kind, sub_status FROM grids WHERE valid_to IS NULL ORDER BY code"
    assert [tuple(row) for row in city.execute(text(kinds))] == [
        (GRIDS[1], "park", None), (GRIDS[2], None, None), (GRIDS[3], None, None),
        (FIVE, "village", "kept"), (SIX, "village", "to_be_demolished"),
    ]  # fmt: skip
    publishing.rollback(city, PLANNER, config, plan)
    assert tuple(city.execute(text(kinds)).all()[-1]) == (f"{COMMUNITY}007", "village", "kept")


def test_a_type_alone_is_a_change(city, config):
    plan = begin(city, {GRIDS[1]: EAST})
    city.execute(text("UPDATE draft_grids SET kind = 'business' WHERE plan_id = :plan"), {"plan": plan})
    done = publish(city, config, plan)
    assert (done.new, done.retired) == (0, 0)
    assert one(city, "SELECT kind FROM grids WHERE code = :code", code=GRIDS[1]).kind == "business"


def test_renumbering_gives_new_codes_in_its_order_and_each_former_one_leads_to_one(city, config):
    before = in_force(city)
    plan = int(keeping.create(city, PLANNER, "numbered anew")["id"])
    editing.edit(city, PLANNER, config, plan, "renumber", {"community": COMMUNITY}, {}, NOW)
    done = publish(city, config, plan)
    assert (done.new, done.retired, done.incidents) == (4, 4, 3)
    # from the north west, row by row
    order = [GRIDS[2], GRIDS[3], GRIDS[0], GRIDS[1]]
    shares = city.execute(text("SELECT predecessor, successor, share FROM grid_lineage ORDER BY 2")).all()
    assert [(row[0], row[1]) for row in shares] == [
        (old, f"{COMMUNITY}{number:03}") for number, old in enumerate(order, start=5)
    ]
    assert [row[2] for row in shares] == [pytest.approx(1.0)] * 4
    now = in_force(city)
    assert all(now[row[1]].equals(before[row[0]]) for row in shares)
    assert roster(city, f"{COMMUNITY}007") == [("W1", "primary", today(config), None)]


def test_all_that_stands_there_is_found_by_the_one_rule(city, config):
    done = publish(city, config, begin(city, CUT))
    assert (done.buildings, done.components, done.incidents) == (5, 3, 3)
    for table in ("buildings", "components", "incidents"):
        assert not city.execute(text(BELONGING.format(table=table))).all()
    shown = city.execute(
        text("SELECT grid_code, items FROM grid_counts WHERE layer = 'components' AND items > 0 ORDER BY 1")
    ).all()
    assert [tuple(row) for row in shown] == [(FIVE, 2), (SIX, 1)]
    assert one(city, "SELECT count(*) AS n FROM grid_shapes WHERE code IN (:a, :b)", a=FIVE, b=SIX).n == 2


def test_an_open_incident_changes_hands_with_a_row_in_its_log_and_a_closed_one_stays(city, config):
    closed = one(city, "SELECT min(id) AS id FROM incidents").id
    city.execute(text("UPDATE incidents SET state = 'closed' WHERE id = :id"), {"id": closed})
    plan = begin(city, CUT)
    assert publish(city, config, plan).incidents == 2
    assert one(city, "SELECT grid_code FROM incidents WHERE id = :id", id=closed).grid_code == GRIDS[0]
    steps = city.execute(text("SELECT * FROM incident_log WHERE action = 'rehome'")).all()
    assert len(steps) == 2
    assert all(step.incident_id != closed for step in steps)
    assert {(step.from_state, step.to_state, step.actor) for step in steps} == {
        ("reported", "reported", "planner")
    }
    assert steps[0].details == {"from_grid": GRIDS[0], "to_grid": SIX}
    assert steps[0].reason == f"plan {plan} a draft"


def test_the_look_up_of_every_process_answers_under_the_new_plan(city, config):
    locator = Locator(config)
    where = {"lon": 114.0015, "lat": 22.501}
    assert locator.locate(city, **where, at=datetime.now(UTC)).grid.code == GRIDS[0]
    done = publish(city, config, begin(city, CUT, workers={"n2": "W2"}))
    found = locator.locate(city, **where, at=datetime.now(UTC))
    assert (found.grid.code, found.worker) == (SIX, "W2")
    before = done.valid_from - timedelta(seconds=1)
    assert locate_at(city, config, **where, at=before).grid.code == GRIDS[0]


def test_new_grids_are_their_predecessors_workers_unless_the_draft_says_whose(city, config):
    city.execute(
        text("""
            INSERT INTO beats (worker_code, grid_code, role, valid_from, valid_to)
            VALUES ('W3', :grid, 'deputy', '2020-01-01', :later)
        """),
        {"grid": GRIDS[0], "later": today(config) + timedelta(days=9)},
    )
    publish(city, config, begin(city, CUT, workers={"n2": "W2"}))
    day, later = today(config), today(config) + timedelta(days=9)
    assert roster(city, GRIDS[0])[0][3] == day
    assert roster(city, FIVE) == [("W1", "primary", day, None), ("W3", "deputy", day, later)]
    assert roster(city, SIX) == [("W2", "primary", day, None), ("W3", "deputy", day, later)]


def test_whose_a_grid_is_may_be_all_that_a_plan_changes(city, config):
    east = shapely.box(114.002, 22.5, 114.004, 22.502)
    plan = begin(city, {GRIDS[1]: east}, workers={GRIDS[1]: "W2"})
    done = publish(city, config, plan)
    assert (done.new, done.retired) == (0, 0)
    assert roster(city, GRIDS[1])[-1] == ("W2", "primary", today(config), None)
    assert GRIDS[1] in in_force(city)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({GRIDS[0]: None, "n1": WEST_HALF}, "gaps"),
        ({GRIDS[0]: None, "n1": WEST_HALF, "n2": shapely.box(114.0009, 22.5, 114.002, 22.502)}, "overlaps"),
        ({GRIDS[0]: None, "n1": WEST_HALF, "n2": EAST_HALF}, "unshared vertices"),
        ({GRIDS[0]: shapely.box(113.9999, 22.5, 114.002, 22.502)}, "places outside"),
        ({}, "changes nothing"),
        ({f"{COMMUNITY}077": None}, "no longer in force"),
    ],
)
def test_what_would_break_an_invariant_is_refused(city, config, rows, says):
    with pytest.raises(Conflict, match=says):
        publish(city, config, begin(city, rows))


def test_a_community_whose_numbers_are_used_up_is_refused(city, config):
    city.execute(
        text("""
            INSERT INTO grids
              (code, community_code, area_m2, introduced_by, retired_by, valid_from, valid_to, geom)
            SELECT :code, :community, 1, introduced_by, introduced_by, '2019-01-01', '2019-02-01', geom
            FROM grids WHERE code = :like
        """),
        {"code": f"{COMMUNITY}998", "community": COMMUNITY, "like": GRIDS[0]},
    )
    with pytest.raises(CodeError, match="numbers end at 999"):
        publish(city, config, begin(city, CUT))


def test_only_planners_of_all_its_communities_publish_a_draft(city, config):
    plan = begin(city, CUT)
    with pytest.raises(NotAllowed, match="outside the divisions"):
        publish(city, config, plan, Planner("planner", Scope.of("440304")))
    with pytest.raises(NotAllowed, match="belongs to planner"):
        publish(city, config, plan, SECOND)
    with pytest.raises(NotFound):
        publish(city, config, plan + 1)


def test_a_second_person_approves_where_the_settings_want_one(city, config):
    careful, plan = replace(config, publish_needs_approval=True), begin(city, CUT)
    with pytest.raises(Conflict, match="approved by a second person"):
        publish(city, careful, plan)
    publishing.submit(city, PLANNER, careful, plan, at=NOW)
    with pytest.raises(Conflict, match="submitted by planner already"):
        publishing.submit(city, PLANNER, careful, plan, at=NOW)
    with pytest.raises(NotAllowed, match="a second person"):
        publishing.approve(city, PLANNER, careful, plan)
    publishing.approve(city, SECOND, careful, plan)
    assert publish(city, careful, plan).new == 2
    assert one(city, "SELECT approved_by, published_by FROM plans WHERE id = :id", id=plan) == (
        "second",
        "planner",
    )


def test_a_draft_that_another_plan_overtook_names_the_grids(city, config):
    mine, theirs = begin(city, CUT), begin(city, CUT)
    publish(city, config, theirs)
    with pytest.raises(Conflict, match=GRIDS[0]):
        publish(city, config, mine)
    with pytest.raises(Conflict, match="published already"):
        publish(city, config, theirs)


def test_a_plan_comes_into_force_when_its_hour_has_come_and_not_before(city, config):
    hour = datetime.now(UTC) + timedelta(hours=1)
    plan = begin(city, CUT)
    with pytest.raises(InvalidInput, match="has passed"):
        publish(city, config, plan, effective_at=NOW - timedelta(days=1))
    assert publish(city, config, plan, effective_at=hour) is None
    assert publishing.publish_due(city, config, hour - timedelta(seconds=1)) is None
    due = publishing.publish_due(city, config, hour)
    assert due.plan_id == plan
    assert due.published.new == 2
    assert publishing.publish_due(city, config, hour) is None
    assert one(city, "SELECT actor, details FROM audit WHERE action = 'publishing.publish'").details == {
        "submitted_by": "planner"
    }


def test_a_withdrawn_draft_is_edited_again_and_does_not_come_into_force(city, config):
    hour, plan = datetime.now(UTC) + timedelta(hours=1), begin(city, CUT)
    with pytest.raises(Conflict, match="is not submitted"):
        publishing.withdraw(city, PLANNER, plan)
    publish(city, config, plan, effective_at=hour)
    publishing.withdraw(city, PLANNER, plan)
    assert publishing.publish_due(city, config, hour) is None
    assert list(in_force(city)) == list(GRIDS)


def test_a_due_draft_that_is_refused_waits_for_a_person_and_says_why(city, config):
    hour, mine = datetime.now(UTC) + timedelta(hours=1), begin(city, CUT)
    publish(city, config, mine, effective_at=hour)
    publish(city, config, begin(city, CUT))
    due = publishing.publish_due(city, config, hour)
    assert due.published is None
    assert "no longer in force" in due.refused
    assert one(city, "SELECT effective_at FROM plans WHERE id = :id", id=mine).effective_at is None
    assert (
        one(city, "SELECT details FROM audit WHERE action = 'publishing.refused'").details["reason"]
        == due.refused
    )
    assert publishing.publish_due(city, config, hour) is None


def test_a_grid_with_things_in_it_is_kept_in_the_store(city, config):
    with pytest.raises(IntegrityError, match="grid_counts"), city.begin_nested():
        city.execute(text("UPDATE buildings SET grid_code = '440305001001099' WHERE grid_code IS NOT NULL"))
    city.execute(text("DELETE FROM beats"))
    with pytest.raises(IntegrityError, match="grid_counts"), city.begin_nested():
        city.execute(text("DELETE FROM grids WHERE code = :code"), {"code": GRIDS[3]})
    for table in ("buildings", "components"):
        city.execute(text(f"UPDATE {table} SET grid_code = NULL, match = 'none', distance_m = NULL"))
    city.execute(text("DELETE FROM grids WHERE code = :code"), {"code": GRIDS[3]})


def test_what_was_located_before_and_stored_after_is_placed_again(city, config):
    publish(city, config, begin(city, CUT))
    city.execute(text("UPDATE incidents SET grid_code = :gone"), {"gone": GRIDS[0]})
    later = datetime.now(UTC)
    # the transaction is older than the plan: what is in force is asked as of a later one
    city.execute(
        text("UPDATE grids SET valid_to = now() - interval '1 second' WHERE code = :gone"), {"gone": GRIDS[0]}
    )
    assert rehome_stragglers(city, config, later) == 3
    assert one(city, "SELECT DISTINCT grid_code FROM incidents").grid_code == SIX
    assert rehome_stragglers(city, config, later) == 0


def test_free_land_is_drawn_and_takes_in_what_stood_nowhere(city, config):
    city.execute(
        text("""
            UPDATE divisions SET geom = ST_Multi(ST_MakeEnvelope(114.0, 22.5, 114.006, 22.504, 4326))
            WHERE code = :community
        """),
        {"community": COMMUNITY},
    )
    city.execute(
        text("""
            INSERT INTO buildings (code, footprint_m2, geom)
            VALUES ('afield', 50, ST_Multi(ST_MakeEnvelope(114.005, 22.503, 114.0051, 22.5031, 4326)))
        """)
    )
    with pytest.raises(Conflict, match="unshared vertices"):
        publish(city, config, begin(city, {"n1": shapely.box(114.004, 22.5, 114.006, 22.504)}))
    x = 114.004
    new = shapely.Polygon([(x, 22.5), (114.006, 22.5), (114.006, 22.504), (x, 22.504), (x, 22.502)])
    publish(city, config, begin(city, {"n1": new}))
    assert one(city, "SELECT grid_code FROM buildings WHERE code = 'afield'").grid_code == FIVE


def test_of_two_who_publish_at_once_one_is_told(database_url, config):
    engines = [make_engine(database_url, name="tests") for _ in range(2)]
    with transaction(engines[0]) as session:
        fill(session)
        plan = begin(session, CUT)
        other = begin(session, CUT)
    with transaction(engines[0]) as session:
        publish(session, config, plan)
        with pytest.raises(Conflict, match="at this moment"), transaction(engines[1]) as another:
            publish(another, config, other)
    for engine in engines:
        engine.dispose()
