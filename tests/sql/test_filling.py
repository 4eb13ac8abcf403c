"""An empty table is filled without its indexes and keys, and has them all again afterwards."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gridgis.database import transaction
from gridgis.sql import filling

DEFINITIONS = text("""
    SELECT tablename || ' ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION SELECT conrelid::regclass || ' ' || conname || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace ORDER BY 1
""")
ROAD = text(
    "INSERT INTO roads (code, length_m, geom)"
    " VALUES (:code, 1, 'SRID=4326;MULTILINESTRING((114 22.5, 114.001 22.5))')"
)
COMPONENT = text(
    "INSERT INTO components (component_code, profile, class_code, name, geom)"
    " VALUES ('44030399999000001', 'gbt47678.5-2026', '99999', '?', 'SRID=4326;POINT(114 22.5)')"
)


@pytest.mark.parametrize("layer", ["buildings", "components", "roads", "incidents", "tracks"])
def test_what_was_taken_off_is_put_back(engine, layer):
    with transaction(engine) as session:
        session.execute(text("SELECT ensure_partitions('incidents', '2026-11-01', '2026-12-24')"))
        session.execute(text("SELECT ensure_partitions('tracks', '2026-11-01', '2026-11-24')"))
        before = session.scalars(DEFINITIONS).all()
        statements = filling.take_off(session, layer)
        assert len(session.scalars(DEFINITIONS).all()) < len(before)
        filling.put_back(session, statements)
    with transaction(engine) as session:
        assert session.scalars(DEFINITIONS).all() == before


def test_a_row_that_breaks_a_key_is_found_at_the_end(engine):
    with transaction(engine) as session:
        statements = filling.take_off(session, "components")
        session.execute(COMPONENT)
        with pytest.raises(IntegrityError, match="fk_components_profile"), session.begin_nested():
            filling.put_back(session, statements)


def test_a_table_with_rows_keeps_its_indexes(engine):
    with transaction(engine) as session:
        session.execute(ROAD, {"code": "R1"})
    with transaction(engine) as session:
        assert filling.take_off(session, "roads") == []


def test_a_table_somebody_reads_keeps_its_indexes(engine):
    with transaction(engine) as reader, transaction(engine) as session:
        reader.execute(text("SELECT count(*) FROM roads"))
        assert filling.take_off(session, "roads") == []


def test_keys_stay_while_others_are_connected(engine):
    with transaction(engine) as other, transaction(engine) as session:
        other.execute(text("SELECT 1"))
        taken = filling.take_off(session, "components")
        assert taken
        assert not any("FOREIGN KEY" in statement for statement in taken)
        filling.put_back(session, taken)


def test_a_layer_that_is_never_large_is_left_alone(session):
    assert filling.take_off(session, "departments") == []
