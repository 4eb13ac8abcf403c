"""Filling an empty table: what every row would pay for is taken off and put back over all rows at once."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg2 import errors
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

#: The tables a load of each layer fills; layers that are never large are not here.
_FILLED = {
    "buildings": ("buildings", "building_pieces"),
    "components": ("components",),
    "roads": ("roads",),
    "incidents": ("incidents", "incident_log"),
    "tracks": ("tracks",),
}


def take_off(session: Session, layer: str) -> list[str]:
    """Take indexes off the tables of a layer that is empty, and return the statements that `put_back` runs.

    Unique ones stay. Foreign keys come off as well, but only while nobody else is connected: taking one off
    locks the table it refers to, and the grids of a city at work must stay readable. Where somebody
    is using an empty table at this moment it is left as it is. Everything happens in the caller's
    transaction, so that a load that fails or is killed leaves indexes and keys where they were.
    """
    indexes: list[str] = []
    keys: list[str] = []
    for table in _FILLED.get(layer, ()):
        if _lock_if_empty(session, table):
            keys += _drop_foreign_keys(session, table) if _is_alone(session) else []
            indexes += _drop_indexes(session, table)
    return indexes + keys


def put_back(session: Session, statements: Sequence[str]) -> None:
    """Build the indexes and check the foreign keys that `take_off` took off."""
    if statements:
        session.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
    for statement in statements:
        session.connection().exec_driver_sql(statement)


def _lock_if_empty(session: Session, table: str) -> bool:
    """Lock a table out of everybody's way if it is empty and in nobody's use."""
    try:
        with session.begin_nested():
            session.connection().exec_driver_sql(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE NOWAIT")
    except OperationalError as error:
        if isinstance(error.orig, errors.LockNotAvailable):
            return False
        raise
    return not session.connection().exec_driver_sql(f"SELECT EXISTS (SELECT FROM {table})").scalar_one()  # noqa: S608


def _is_alone(session: Session) -> bool:
    return bool(
        session.execute(
            text("""
                SELECT NOT EXISTS (
                  SELECT FROM pg_stat_activity WHERE datname = current_database()
                  AND backend_type = 'client backend' AND pid <> pg_backend_pid())
            """)
        ).scalar_one()
    )


def _drop_foreign_keys(session: Session, table: str) -> list[str]:
    found = session.execute(
        text("""
            SELECT format('ALTER TABLE %I DROP CONSTRAINT %I', :table, conname) AS drop,
                   format('ALTER TABLE %I ADD CONSTRAINT %I ', :table, conname)
                   || pg_get_constraintdef(oid) AS add
            FROM pg_constraint WHERE conrelid = to_regclass(:table) AND contype = 'f'
        """),
        {"table": table},
    ).all()
    for key in found:
        session.connection().exec_driver_sql(key.drop)
    return [key.add for key in found]


def _drop_indexes(session: Session, table: str) -> list[str]:
    # the definition of a partitioned table's index says ON ONLY, which would leave the partitions without
    found = session.execute(
        text("""
            SELECT format('DROP INDEX %s', i.indexrelid::regclass) AS drop,
                   replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') AS create
            FROM pg_index AS i
            WHERE i.indrelid = to_regclass(:table) AND NOT i.indisunique AND NOT i.indisexclusion
            ORDER BY i.indexrelid
        """),
        {"table": table},
    ).all()
    for index in found:
        session.connection().exec_driver_sql(index.drop)
    return [index.create for index in found]
