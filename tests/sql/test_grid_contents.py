"""The list of what stands in each grid says what the rows say, whatever was done to them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.routes.city import COMMUNITY, fill

LISTED = "SELECT grid_code, array_agg(id ORDER BY id) FROM {} GROUP BY 1 ORDER BY 1"
SET, THESE = "UPDATE buildings SET", "WHERE code = ANY(:codes)"
WRITTEN = ("grid_code", "match", "distance_m", "updated_at")


def agree(session):
    listed = session.execute(text(LISTED.format("standing_below('buildings', ARRAY[''])"))).all()
    rows = session.execute(text(LISTED.format("buildings WHERE grid_code IS NOT NULL"))).all()
    empty = session.scalar(text("SELECT count(*) FROM grid_contents WHERE ids = '{}'"))
    return listed == rows and empty == 0


@pytest.fixture
def city(session):
    fill(session)
    session.execute(
        text("""
            INSERT INTO buildings (code, footprint_m2, grid_code, match, distance_m, geom)
            SELECT 'many' || n, 1, :grid, 'covered', 0,
              ST_Multi(ST_MakeEnvelope(114, 22.5, 114.001, 22.501, 4326))
            FROM generate_series(1, 12) AS n
        """),
        {"grid": f"{COMMUNITY}001"},
    )
    return session


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("move", "lose", "delete", "rename")),
            st.sets(st.integers(1, 12), min_size=1),
            st.sampled_from((1, 2)),
        ),
        max_size=6,
    )
)
def test_lists_follow_the_rows(city, deeds):
    statements = {
        "move": f"{SET} grid_code = :grid, match = 'covered', distance_m = 0 {THESE}",
        "lose": f"{SET} grid_code = NULL, match = 'none', distance_m = NULL {THESE}",
        "delete": f"DELETE FROM buildings {THESE}",
        "rename": f"{SET} name = 'x' {THESE}",
    }
    undone = city.begin_nested()
    for deed, numbers, grid in deeds:
        binds = {"codes": [f"many{n}" for n in numbers], "grid": f"{COMMUNITY}00{grid}"}
        used = {name: value for name, value in binds.items() if f":{name}" in statements[deed]}
        city.execute(text(statements[deed]), used)
        assert agree(city)
    undone.rollback()


@pytest.mark.parametrize("table", ["buildings", "components"])
def test_a_change_of_grid_writes_no_index(session, table):
    indexed = session.scalars(
        text("""
            SELECT a.attname FROM pg_index AS i JOIN pg_attribute AS a
              ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
            WHERE i.indrelid = to_regclass(:table)
        """),
        {"table": table},
    ).all()
    assert not set(indexed) & set(WRITTEN)
    assert session.scalar(
        text("SELECT reloptions FROM pg_class WHERE oid = to_regclass(:t)"), {"t": table}
    ) == ["fillfactor=50"]
