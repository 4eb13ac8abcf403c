"""The second lock: without any filter of the application, the database still shows only the scope."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridgis.database import WEB_ROLE, make_engine, seeing, show, transaction
from gridgis.scope import EVERYTHING, NOTHING, Scope
from tests.conftest import _database
from tests.routes.city import COMMUNITY, fill

OWN, FOREIGN = Scope(("440305",)), Scope(("440304",))

#: Tables that hold nothing of one place alone, and why each is open to whoever may call at all.
OPEN = {
    "accounts": "asked at log-in, before anybody is known",
    "alembic_version": "the schema's version",
    "audit": "read on a page for administrators, who see the whole city",
    "city": "the settings of the installation",
    "classes": "the catalogue",
    "cycles": "rules for the whole city",
    "departments": "a register without places",
    "drafts": "counters",
    "handling_times": "medians of the whole city",
    "imports": "names of files",
    "incident_months": "how many are open in the whole city",
    "incident_keys": "numbers, so that none is given twice",
    "layer_versions": "counters",
    "measure_changes": "work for the database itself",
    "measure_state": "work for the database itself",
    "plans": "a plan is of the whole city",
    "roads": "the base map is the same for all",
    "serials": "counters",
    "tile_changes": "boxes without a word of what changed",
    "tile_versions": "counters",
    "tokens": "asked before anybody is known",
    "workload_parameters": "rules for the whole city",
}


@pytest.fixture(scope="module")
def url(test_cluster, template) -> Iterator[str]:
    for url in _database(test_cluster, template):
        engine = make_engine(url)
        with transaction(engine) as session:
            fill(session)
            session.execute(
                text(
                    "INSERT INTO inspections (building_id, inspected_at)"
                    " SELECT id, now() FROM buildings WHERE grid_code IS NOT NULL;"
                    "SELECT ensure_partitions('incident_log', '2024-05-01Z', '2024-05-31Z');"
                    "INSERT INTO incident_log (at, incident_id, actor, role, action, to_state)"
                    " SELECT '2024-05-20Z', id, 'a', 'b', 'report', 'reported' FROM incidents;"
                    "SELECT ensure_partitions('tracks', '2024-05-20Z', '2024-05-21Z');"
                    "INSERT INTO tracks (worker_code, fixed_at, geom)"
                    " VALUES ('W1', '2024-05-20Z', ST_SetSRID(ST_MakePoint(114.001, 22.501), 4326))"
                )
            )
            # enough rows that the planner prefers an index
            session.execute(
                text("""
                    INSERT INTO buildings (code, footprint_m2, grid_code, match, distance_m, geom)
                    SELECT 'many' || n, 1, :grid, 'covered', 0,
                      ST_Multi(ST_MakeEnvelope(x, y, x + 0.000001, y + 0.000001, 4326))
                    FROM generate_series(1, 20000) AS n,
                      LATERAL (SELECT 114 + (n % 200) * 1e-5 AS x, 22.5 + (n / 200) * 1e-5 AS y) AS at
                """),
                {"grid": f"{COMMUNITY}001"},
            )
            session.execute(text("ANALYZE"))
        engine.dispose()
        yield url


@pytest.fixture(scope="module")
def web_engine(url: str) -> Iterator[Engine]:
    engine = make_engine(url, role=WEB_ROLE)
    yield engine
    engine.dispose()


@pytest.fixture
def web(web_engine: Engine) -> Iterator[Session]:
    """A session of the web's role that has not said what it may see."""
    with Session(web_engine) as session:
        yield session
        session.rollback()


def _protected(session: Session) -> list[str]:
    return list(
        session.scalars(
            text(
                "SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace"
            )
        )
    )


def _count(session: Session, table: str) -> int:
    return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def test_every_table_is_under_a_policy_or_open_for_a_reason(web: Session) -> None:
    tables = web.scalars(
        text("""
            SELECT c.relname FROM pg_class AS c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
              AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
        """)
    )
    assert set(tables) == set(_protected(web)) | set(OPEN), (
        "a new table needs a policy in migrations/functions/web_role.sql, or a reason here"
    )


def test_the_role_owns_nothing_and_bypasses_nothing(web: Session) -> None:
    role = web.execute(
        text(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolcanlogin"
            " FROM pg_roles WHERE rolname = :role"
        ),
        {"role": WEB_ROLE},
    ).one()
    assert not any(role)
    assert web.scalar(text("SELECT current_user")) == WEB_ROLE
    for catalogue, owner in (("pg_class", "relowner"), ("pg_proc", "proowner"), ("pg_namespace", "nspowner")):
        owned = text(f"SELECT count(*) FROM {catalogue} WHERE {owner} = :role ::regrole")
        assert web.scalar(owned, {"role": WEB_ROLE}) == 0
    web.execute(text("RESET ROLE"))
    assert web.scalar(text("SELECT current_user")) == WEB_ROLE, "it is the connection's own role"


@pytest.mark.parametrize("scope", [None, NOTHING])
def test_without_a_scope_nothing_is_seen(web: Session, scope: Scope | None) -> None:
    if scope is not None:
        show(web, scope)
    assert {table: _count(web, table) for table in _protected(web) if _count(web, table)} == {}


def test_the_whole_city_sees_all(web: Session, url: str) -> None:
    show(web, EVERYTHING)
    owner = make_engine(url)
    with transaction(owner, read_only=True) as session:
        for table in _protected(web):
            assert _count(web, table) == _count(session, table)
    owner.dispose()


def test_a_district_sees_its_own_rows_and_not_those_that_stand_nowhere(web: Session) -> None:
    show(web, OWN)
    expected = {
        "divisions": 5,  # its own three, and the two above
        "grids": 4,
        "buildings": 20 + 20_000,  # not the unlocated one
        "components": 3,
        "incidents": 3,
        "incident_log": 3,
        "inspections": 20,
        "workers": 1,
        "beats": 2,
        "tracks": 1,
        "worker_positions": 1,
    }
    assert {table: _count(web, table) for table in expected} == expected


def test_another_district_sees_none_of_them(web: Session) -> None:
    show(web, FOREIGN)
    seen = {table: _count(web, table) for table in _protected(web)}
    assert seen.pop("divisions") == 3  # its own, and the two above
    assert not any(seen.values()), seen


def test_partitions_are_no_way_around(web: Session) -> None:
    show(web, EVERYTHING)
    with pytest.raises(DBAPIError, match="permission denied"):
        web.execute(text("SELECT count(*) FROM incidents_20240501"))


def test_a_foreign_row_is_neither_written_nor_changed(web: Session) -> None:
    show(web, FOREIGN)
    assert web.execute(text("UPDATE buildings SET name = 'mine'")).rowcount == 0
    assert web.execute(text("DELETE FROM beats")).rowcount == 0
    with pytest.raises(DBAPIError, match="row-level security"):
        web.execute(
            text("""
                INSERT INTO buildings (code, footprint_m2, grid_code, match, distance_m, geom)
                VALUES ('theirs', 1, :grid, 'covered', 0,
                        ST_Multi(ST_MakeEnvelope(114, 22.5, 114.1, 22.6, 4326)))
            """),
            {"grid": f"{COMMUNITY}001"},
        )


@pytest.mark.parametrize("table", ["audit", "incident_log"])
@pytest.mark.parametrize("change", ["UPDATE {} SET actor = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_logs_cannot_be_rewritten_by_the_web(web: Session, table: str, change: str) -> None:
    show(web, EVERYTHING)
    with pytest.raises(DBAPIError, match=r"permission denied|append-only"):
        web.execute(text(change.format(table)))


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
def test_not_even_the_owner_rewrites_the_audit_log(session: Session, change: str) -> None:
    session.execute(text("INSERT INTO audit (actor, role, action, target) VALUES ('a', 'b', 'c', 'd')"))
    with pytest.raises(DBAPIError, match="the audit log is append-only"):
        session.execute(text(change))


def test_the_city_is_seen_for_a_block_and_no_longer(web: Session) -> None:
    show(web, FOREIGN)
    with seeing(web, EVERYTHING):
        assert _count(web, "grids") == 4
    assert _count(web, "grids") == 0


def test_a_scope_ends_with_its_transaction(web_engine: Engine) -> None:
    with transaction(web_engine, scope=EVERYTHING) as session:
        assert _count(session, "grids") == 4
    with transaction(web_engine) as session:
        assert _count(session, "grids") == 0


@pytest.mark.parametrize("scope", [EVERYTHING, OWN])
def test_maps_use_their_index_under_a_scope(web: Session, scope: Scope) -> None:
    show(web, scope)
    plan = "\n".join(
        web.scalars(
            text("""
                EXPLAIN SELECT id FROM buildings
                WHERE geom_3857 && ST_Transform(ST_MakeEnvelope(114, 22.5, 114.0001, 22.5001, 4326), 3857)
                  AND (:everything OR grid_code ^@ ANY (:prefixes))
            """),
            {"everything": scope.is_everything, "prefixes": list(scope.prefixes)},
        )
    )
    assert "ix_buildings_geom_3857" in plan, plan
    assert "COALESCE(grid_code" in plan, "the policy is in force beside it"
