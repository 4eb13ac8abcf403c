"""After any changes, refreshing what they touch gives what making everything anew gives."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gridgis.sample.generation import PRESENT
from gridgis.services.measuring.refresh import refresh
from gridgis.services.summary import GRID_WIDTH
from gridgis.sql.coverage import select_sums
from gridgis.sql.workload import select_by_area, select_by_worker, select_loads
from tests.services.measuring.stored import assert_same, handle_alone, stored

#: What the sample's grids are changed by; :n picks the grid, :k what else there is to pick.
_GRID = """(SELECT grid_code FROM grid_measures WHERE buildings > 0 AND components > 0
  ORDER BY patrol_s = 0, grid_code OFFSET :n % 30 LIMIT 1)"""
_CHANGES = {
    "incident": f"""
        WITH k AS (INSERT INTO incident_keys (number, reported_at)
          SELECT 'E0101' || to_char(at, 'YYYYMMDD') || lpad((5000 + :k)::text, 4, '0'), at
            FROM (SELECT CAST(:at AS timestamptz) - make_interval(days => :k % 70) AS at) t
          ON CONFLICT DO NOTHING RETURNING id, number, reported_at)
        INSERT INTO incidents (id, number, reported_at, profile, kind, class_code, source, grid_code,
          match, distance_m)
        SELECT k.id, k.number, k.reported_at, c.profile, c.kind, c.code, 'patrol', {_GRID}, 'covered', 0
        FROM k, (SELECT * FROM classes WHERE kind = 'event' ORDER BY profile, code LIMIT 1) c""",
    "move an incident": f"""
        UPDATE incidents SET grid_code = {_GRID}, match = 'covered', distance_m = 0
        WHERE id = (SELECT id FROM incidents ORDER BY id OFFSET :k LIMIT 1)""",
    "inspection": f"""
        INSERT INTO inspections (building_id, worker_code, inspected_at, result)
        SELECT id, (SELECT code FROM workers ORDER BY code OFFSET :k % 5 LIMIT 1),
               CAST(:at AS timestamptz) - make_interval(days => 7 * (:k % 60)),
               (ARRAY['unchanged', 'corrected', 'no_access'])[1 + :k % 3]
        FROM buildings WHERE grid_code = {_GRID} ORDER BY id LIMIT 3""",
    "component gone": f"""
        UPDATE components SET state = 'removed', change_date = '2026-06-30'
        WHERE id = (SELECT id FROM components WHERE grid_code = {_GRID} ORDER BY id OFFSET :k % 5 LIMIT 1)""",
    "component new": f"""
        INSERT INTO components (component_code, profile, class_code, name, grid_code, match, distance_m, geom)
        SELECT left(component_code, -6) || lpad((900000 + :k)::text, 6, '0'), profile, class_code, name,
          grid_code,
               'covered', 0, (SELECT ST_PointOnSurface(geom) FROM grids WHERE code = grid_code)
        FROM components WHERE grid_code = {_GRID} ORDER BY id LIMIT 1 ON CONFLICT DO NOTHING""",
    "track": f"""
        INSERT INTO tracks (worker_code, fixed_at, accuracy_m, geom)
        SELECT (SELECT code FROM workers ORDER BY code OFFSET :k % 5 LIMIT 1),
               CAST(:at AS timestamptz) - make_interval(days => :k % 2, secs => 30 * s), 5,
               ST_SetSRID(ST_MakePoint(ST_X(c) + s * 0.0003, ST_Y(c) + s * 0.0001), 4326)
        FROM (SELECT ST_Centroid(geom) AS c FROM grids WHERE code = {_GRID}) g, generate_series(0, 20) s
        ON CONFLICT DO NOTHING""",
    "track gone": """
        DELETE FROM tracks WHERE worker_code = (
          SELECT worker_code FROM track_days ORDER BY day, worker_code OFFSET :k % 3 LIMIT 1)""",
    "roster": f"""
        UPDATE beats SET worker_code = (SELECT code FROM workers ORDER BY code OFFSET :k % 5 LIMIT 1)
        WHERE grid_code = {_GRID}""",
    "plan": f"""
        WITH old AS (SELECT * FROM grids WHERE code = {_GRID}), p AS (SELECT max(id) AS id FROM plans),
          gone AS (
          UPDATE grids SET valid_to = CAST(:at AS timestamptz) - interval '1 hour',
            retired_by = (SELECT id FROM p)
          WHERE code = (SELECT code FROM old) RETURNING code)
        INSERT INTO grids (code, community_code, area_m2, introduced_by, valid_from, geom)
        SELECT community_code || lpad((900 + :k)::text, 3, '0'), community_code, area_m2, introduced_by,
               CAST(:at AS timestamptz) - interval '1 hour', geom
        FROM old WHERE EXISTS (SELECT FROM gone) ON CONFLICT DO NOTHING""",
    "parameters": """
        INSERT INTO workload_parameters (name, value) VALUES ('incident_min', 5 + :k)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
    "class of an incident": """
        UPDATE incidents SET class_code = (SELECT code FROM classes WHERE profile = incidents.profile
          AND kind = incidents.kind ORDER BY code OFFSET :n % 40 LIMIT 1)
        WHERE id = (SELECT id FROM incidents ORDER BY id OFFSET :k LIMIT 1)""",
    "handled by oneself": """
        UPDATE incidents SET state = 'closed', dispatched_at = NULL, handled_at = NULL,
          closed_at = reported_at + make_interval(mins => :n)
        WHERE id = (SELECT id FROM incidents ORDER BY id OFFSET :k LIMIT 1)""",
    "cycles": "UPDATE cycles SET days = 30 + :k WHERE layer = 'buildings'",
}


@pytest.fixture
def measured(sample_city, config):
    handle_alone(sample_city)
    refresh(sample_city, config, PRESENT)
    return sample_city


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(_CHANGES)), st.integers(0, 500), st.integers(0, 99)),
        min_size=1,
        max_size=4,
    )
)
@example([("plan", 307, 0), ("track gone", 0, 74)])
def test_what_changes_touch_is_all_that_changes(measured, config, changes) -> None:
    with measured.begin_nested() as kept:
        for at in ("2026-04-01Z", "2026-05-01Z", "2026-06-01Z"):
            measured.execute(text("SELECT ensure_partitions('incidents', :at, :at)"), {"at": at})
        for name, n, k in changes:
            measured.execute(text(_CHANGES[name]), {"n": n, "k": k, "at": PRESENT - timedelta(hours=2)})
        refresh(measured, config, PRESENT)
        one = stored(measured)
        refresh(measured, config, PRESENT, everything=True)
        assert_same(one, stored(measured))
        kept.rollback()


def test_handling_is_learned_once_a_day(measured, config) -> None:
    asked = text("SELECT kind, class_prefix, timed, median_min FROM handling_times WHERE timed >= 20")
    before = measured.execute(asked).all()
    assert [row[:2] for row in before] == [("event", "06")]
    assert before[0].median_min == pytest.approx(18)
    timed = measured.scalar(text("SELECT min(timed_a_week / incidents_a_week) FROM grid_measures"
                                 " WHERE incidents_a_week > 0"))  # fmt: skip
    assert 0 < timed < 1
    handle_alone(measured, minutes=7)
    refresh(measured, config, PRESENT, everything=True)
    assert measured.execute(asked).all() == before
    refresh(measured, config, PRESENT + timedelta(days=1))
    assert measured.execute(asked).one().median_min == pytest.approx(7)


def test_a_change_touches_few_grids_and_nothing_touches_none(measured, config) -> None:
    assert refresh(measured, config, PRESENT).grids == 0
    measured.execute(text(_CHANGES["inspection"]), {"n": 3, "k": 1, "at": PRESENT})
    assert refresh(measured, config, PRESENT).grids == 1


def test_a_new_day_makes_everything_anew(measured, config) -> None:
    assert refresh(measured, config, PRESENT + timedelta(days=1)).everything


@pytest.mark.parametrize("days", [0, -7])
def test_a_cycle_without_a_day_is_refused_and_the_old_one_stays(measured, days: int) -> None:
    asked = "SELECT days FROM cycles WHERE layer = 'buildings' AND class_prefix = ''"
    before = measured.scalar(text(asked))
    with pytest.raises(IntegrityError, match="ck_cycles_days"), measured.begin_nested():
        measured.execute(text("UPDATE cycles SET days = :days WHERE layer = 'buildings'"), {"days": days})
    assert measured.scalar(text(asked)) == before > 0


def test_totals_are_the_sums_of_what_stands(measured) -> None:
    sums = measured.execute(
        text("""SELECT sum(buildings) AS buildings, sum(components) AS components, sum(roads_m) AS roads_m
                FROM grid_measures""")
    ).one()
    there = measured.execute(
        text("""SELECT (SELECT count(*) FROM buildings WHERE grid_code IS NOT NULL) AS buildings,
                       (SELECT count(*) FROM components
                        WHERE grid_code IS NOT NULL AND state <> 'removed') AS components,
                       (SELECT sum(length_m) FROM roads) AS roads_m""")
    ).one()
    assert (sums.buildings, sums.components) == (there.buildings, there.components)
    assert sums.roads_m == pytest.approx(there.roads_m, rel=1e-3)


def test_communities_carry_what_their_grids_do(measured):
    by_community, by_grid = (select_sums(measured, [""], width) for width in (12, GRID_WIDTH))
    work_by_community, work_by_grid = (select_by_area(measured, [""], width) for width in (12, GRID_WIDTH))
    for communities, grids in ((by_community, by_grid), (work_by_community, work_by_grid)):
        for community in communities:
            own = [grid for grid in grids if grid.area.startswith(community.area)]
            for name, value in community._mapping.items():
                values = [getattr(grid, name) for grid in own if getattr(grid, name) is not None]
                if name == "oldest_at":
                    assert value == min(values, default=None)
                elif name != "area":
                    assert value == pytest.approx(sum(values)), name
        assert sum(community.grids for community in communities) == len(grids)


def test_a_worker_is_loaded_with_every_grid_wherever_it_lies(measured, config):
    apart = """
        UPDATE beats SET worker_code = (SELECT min(worker_code) FROM beats WHERE role = 'primary')
        WHERE role = 'primary' AND grid_code IN (SELECT max(code) FROM grids)
    """
    measured.execute(text(apart))
    refresh(measured, config, PRESENT)
    day = measured.scalar(text("SELECT day FROM measure_state"))
    for prefix in measured.scalars(text("SELECT DISTINCT left(grid_code, 9) FROM grid_measures")).all():
        loads = select_loads(measured, [prefix], 3)
        carried = {row.worker_code: row.minutes for row in select_by_worker(measured, [prefix], day)}
        ordered = sorted(carried, key=lambda code: (-carried[code], code))
        assert loads.minutes == pytest.approx([carried[code] for code in ordered])
        assert set(loads.workers) == {*ordered[:3], *ordered[-3:]}
