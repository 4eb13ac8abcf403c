"""What the database refuses by itself, whoever writes."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

SQUARE = "SRID=4326;POLYGON((114 22.5, 114.001 22.5, 114.001 22.501, 114 22.501, 114 22.5))"
BOW_TIE = "SRID=4326;POLYGON((114 22.5, 114.001 22.501, 114.001 22.5, 114 22.501, 114 22.5))"
MERCATOR = "SRID=3857;POLYGON((0 0, 1 0, 1 1, 0 1, 0 0))"
COMMUNITY = "440303001001"

GRID = """
    INSERT INTO grids (code, community_code, area_m2, introduced_by, valid_from, geom)
    VALUES (:code, :community, 1, 1000, '2020-01-01', :geom)
"""
BEAT = "INSERT INTO beats (worker_code, grid_code, role, valid_from, valid_to) VALUES (:w, :g, :r, :a, :b)"
COMPONENT = """
    INSERT INTO components
        (component_code, profile, class_code, name, state, geom, grid_code, match, distance_m)
    VALUES (:code, 'gbt47678.5-2026', :class, '供水井盖', :state, :geom, :grid, :match, :distance)
"""


@pytest.fixture
def city(session):
    """One community with one grid and one worker."""
    session.execute(
        text("""
        INSERT INTO divisions (code, name, level, parent_code) VALUES
          ('440000', '广东省', 'province', NULL), ('440300', '深圳市', 'city', '440000'),
          ('440303', '罗湖区', 'district', '440300'), ('440303001', '桂园街道', 'street', '440303'),
          (:community, '老围社区', 'community', '440303001');
        INSERT INTO plans (id, name, state, valid_from, created_by)
        VALUES (1000, 'first', 'published', '2020-01-01', 'test');
        INSERT INTO workers (code) VALUES ('W1'), ('W2');
        """),
        {"community": COMMUNITY},
    )
    session.execute(text(GRID), {"code": f"{COMMUNITY}001", "community": COMMUNITY, "geom": SQUARE})
    return session


def refuses(session, constraint, statement, **binds):
    with pytest.raises(DBAPIError, match=constraint), session.begin_nested():
        session.execute(text(statement), binds)


def test_a_grids_code_begins_with_its_communitys(city):
    refuses(city, "ck_grids_community", GRID, code="440303001002001", community=COMMUNITY, geom=SQUARE)


@pytest.mark.parametrize("code", [f"{COMMUNITY}000", f"{COMMUNITY}A01", COMMUNITY])
def test_a_grids_code_has_a_sequence_from_001(city, code):
    refuses(city, "ck_grids_code", GRID, code=code, community=COMMUNITY, geom=SQUARE)


def test_a_grids_code_is_never_used_again(city):
    city.execute(text("UPDATE grids SET valid_to = '2021-01-01', retired_by = 1000"))
    refuses(city, "pk_grids", GRID, code=f"{COMMUNITY}001", community=COMMUNITY, geom=SQUARE)


def test_a_grid_lies_in_a_known_community(city):
    refuses(city, "fk_grids_community", GRID, code="440303001009001", community="440303001009", geom=SQUARE)


@pytest.mark.parametrize(
    ("geom", "why"), [(BOW_TIE, "ck_grids_valid"), (MERCATOR, "SRID"), ("SRID=4326;POINT(1 1)", "type")]
)
def test_a_grids_polygon_is_valid_and_in_4326(city, geom, why):
    refuses(city, why, GRID, code=f"{COMMUNITY}002", community=COMMUNITY, geom=geom)


def test_one_plan_at_most_is_in_force(city):
    insert = "INSERT INTO plans (name, state, valid_from, created_by) VALUES ('b', :state, :since, 'test')"
    refuses(city, "ex_plans_validity", insert, state="published", since="2026-01-01")
    city.execute(text("INSERT INTO plans (name, created_by) VALUES ('a draft is not in force', 'test')"))
    city.execute(text("UPDATE plans SET state = 'retired', valid_to = '2026-01-01' WHERE id = 1000"))
    city.execute(text(insert), {"state": "published", "since": "2026-01-01"})


def test_one_grid_has_one_primary_worker_at_a_time(city):
    grid = f"{COMMUNITY}001"
    city.execute(text(BEAT), {"w": "W1", "g": grid, "r": "primary", "a": "2026-01-01", "b": "2026-06-01"})
    refuses(city, "ex_beats_primary", BEAT, w="W2", g=grid, r="primary", a="2026-05-31", b=None)
    city.execute(text(BEAT), {"w": "W2", "g": grid, "r": "primary", "a": "2026-06-01", "b": None})
    city.execute(text(BEAT), {"w": "W2", "g": grid, "r": "deputy", "a": "2026-01-01", "b": None})


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"code": "44030301002000001"}, "ck_components_class"),
        ({"code": "44030301001X00001"}, "ck_components_code"),
        ({"class": "99999", "code": "44030399999000001"}, "fk_components_profile"),
        ({"state": "fine"}, "ck_components_state"),
        ({"match": "covered", "grid": None}, "ck_components_location"),
        ({"match": "none"}, "ck_components_location"),
        ({"grid": "440303001001777"}, "fk_grid_counts_grid_code"),
    ],
)
def test_a_component_is_coded_classed_and_placed(city, changes, constraint):
    good = {
        "code": "44030301001000001",
        "class": "01001",
        "state": "intact",
        "geom": "SRID=4326;POINT(114.0005 22.5005)",
        "grid": f"{COMMUNITY}001",
        "match": "covered",
        "distance": 0,
    }
    refuses(city, constraint, COMPONENT, **(good | changes))
    city.execute(text(COMPONENT), good)


@pytest.mark.parametrize(
    ("code", "level", "parent", "constraint"),
    [
        ("440304", "district", "440000", "ck_divisions_parent"),
        ("44030400", "street", "440304", "ck_divisions_code"),
        ("441300", "city", "440300", "ck_divisions_parent"),
        ("440303777", "village", "440303", "ck_divisions"),
    ],
)
def test_divisions_form_a_tree_by_code(city, code, level, parent, constraint):
    insert = "INSERT INTO divisions (code, name, level, parent_code) VALUES (:c, 'x', :l, :p)"
    refuses(city, constraint, insert, c=code, l=level, p=parent)


class TestTheLog:
    @pytest.fixture
    def log(self, city):
        city.execute(
            text("""
            SELECT ensure_partitions('incident_log', '2026-11-01', '2026-11-30');
            INSERT INTO imports (id, layer, file_name, sha256, size_bytes, loaded_by)
            VALUES (7, 'incidents', 'a.csv', repeat('0', 64), 1, 'test');
            INSERT INTO incident_keys (id, number, reported_at)
            VALUES (1, 'E01001202611010001', '2026-11-01'), (2, 'E01001202611010002', '2026-11-01');
            INSERT INTO incident_log (at, incident_id, actor, role, action, to_state, import_id) VALUES
            ('2026-11-02', 1, 'W1', 'worker', 'report', 'reported', NULL),
            ('2026-11-02', 2, 'loader', 'system', 'import', 'reported', 7);
            """)
        )
        return city

    @pytest.mark.parametrize(
        "change",
        ["UPDATE incident_log SET reason = 'x'", "DELETE FROM incident_log", "TRUNCATE incident_log"],
    )
    def test_cannot_be_rewritten(self, log, change):
        refuses(log, "append-only", change)

    def test_undoing_a_load_takes_back_that_loads_rows_only(self, log):
        log.execute(text("SET LOCAL gridgis.undo_import = '7'"))
        refuses(log, "append-only", "DELETE FROM incident_log")
        log.execute(text("DELETE FROM incident_log WHERE import_id = 7"))
        assert log.scalars(text("SELECT incident_id FROM incident_log")).all() == [1]


def test_partitions_are_made_once_and_cover_the_days_asked_for(session):
    ask = text("SELECT ensure_partitions(:t, :a, :b)")
    assert session.scalar(ask, {"t": "incidents", "a": "2026-10-31", "b": "2026-12-01"}) == 3
    assert session.scalar(ask, {"t": "incidents", "a": "2026-11-05", "b": "2026-11-06"}) == 0
    assert session.scalar(ask, {"t": "tracks", "a": "2026-11-22", "b": "2026-11-23"}) == 2
    refuses(session, "not partitioned", str(ask), t="grids", a="2026-01-01", b="2026-01-02")


def test_every_change_of_a_layer_moves_its_version_on(city):
    def version():
        return city.scalar(text("SELECT version FROM layer_versions WHERE layer = 'grids'"))

    before = version()
    city.execute(text("UPDATE grids SET name = 'new'"))
    assert version() > before
