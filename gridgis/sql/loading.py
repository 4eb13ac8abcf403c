"""Statements of a load: what rows are checked against, and writing them by COPY."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from psycopg2 import sql
from pyarrow import csv
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

_TABLES = {
    "divisions": text("SELECT code FROM divisions"),
    "departments": text("SELECT code FROM departments"),
    "workers": text("SELECT code FROM workers"),
    "grids": text("SELECT code FROM grids"),
}
_KEYS = {
    ("buildings", "code"): text("SELECT code FROM buildings WHERE code = ANY(:codes)"),
    ("roads", "code"): text("SELECT code FROM roads WHERE code = ANY(:codes)"),
    ("components", "component_code"): text(
        "SELECT component_code FROM components WHERE component_code = ANY(:codes)"
    ),
    ("incidents", "number"): text("SELECT number FROM incident_keys WHERE number = ANY(:codes)"),
    ("incidents", "client_uuid"): text(
        "SELECT client_uuid::text FROM incident_keys WHERE client_uuid = ANY(CAST(:codes AS uuid[]))"
    ),
}
_IDS = {
    "building_code": text("SELECT code AS key, id FROM buildings WHERE code = ANY(:codes)"),
    "building_source_id": text("""
        SELECT source_id AS key, min(id) AS id FROM buildings WHERE source_id = ANY(:codes)
        GROUP BY 1 HAVING count(*) = 1
    """),
    "component_code": text(
        "SELECT component_code AS key, id FROM components WHERE component_code = ANY(:codes)"
    ),
}
_EMPTY = {
    "buildings": text("SELECT NOT EXISTS (SELECT FROM buildings)"),
    "roads": text("SELECT NOT EXISTS (SELECT FROM roads)"),
    "components": text("SELECT NOT EXISTS (SELECT FROM components)"),
    "incidents": text("SELECT NOT EXISTS (SELECT FROM incident_keys)"),
}


def _cursor(session: Session) -> Any:
    """Return a cursor of psycopg2 itself, which has COPY."""
    return session.connection().connection.cursor()


def copy(session: Session, table: str, rows: pa.Table) -> None:
    """Write rows into a table by COPY.

    Parameters
    ----------
    table
        Name of a table of the store.
    rows
        Columns named as in the table; geometry as hexadecimal EWKB text.
    """
    buffer = io.BytesIO()
    csv.write_csv(rows, buffer, csv.WriteOptions(include_header=False))
    buffer.seek(0)
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in rows.column_names)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(table), columns)
    with _cursor(session) as cursor:
        cursor.copy_expert(statement, buffer, size=1 << 20)


def select_codes(session: Session, table: str) -> set[str]:
    """Return every code of divisions, departments, workers or grids (retired ones included)."""
    return set(session.execute(_TABLES[table]).scalars())


def select_taken(session: Session, layer: str, field: str, codes: Sequence[str]) -> set[str]:
    """Return which of `codes` a layer already has."""
    return set(session.execute(_KEYS[layer, field], {"codes": list(codes)}).scalars())


def select_ids(session: Session, key: str, codes: Sequence[str]) -> dict[str, int]:
    """Return the ids of buildings or components by a key; a key that several have is left out.

    Parameters
    ----------
    key
        ``building_code``, ``building_source_id`` or ``component_code``.
    """
    rows = session.execute(_IDS[key], {"codes": list(codes)})
    return {row.key: row.id for row in rows}


def is_empty(session: Session, layer: str) -> bool:
    """Tell whether a layer has no rows, so that nothing can be a duplicate of them."""
    return bool(session.execute(_EMPTY[layer]).scalar_one())


def select_city_outline(session: Session, root: str) -> bytes | None:
    """Return the outline of the root division, or of its districts together, as WKB, if there are any."""
    outline: bytes | None = session.execute(
        text("""
            SELECT ST_AsBinary(coalesce(
                (SELECT geom FROM divisions WHERE code = :root),
                (SELECT ST_Union(geom) FROM divisions WHERE level = 'district' AND parent_code = :root)))
        """),
        {"root": root},
    ).scalar_one()
    return bytes(outline) if outline is not None else None


def select_outlines(session: Session, level: str) -> Sequence[Row[Any]]:
    """Return code and WKB outline of the divisions of a level that have one, in order of code."""
    return session.execute(
        text("""
            SELECT code, ST_AsBinary(geom) AS wkb FROM divisions
            WHERE level = :level AND geom IS NOT NULL ORDER BY code
        """),
        {"level": level},
    ).all()


def select_without_outline(session: Session) -> dict[str, str]:
    """Return code -> name of the divisions that have no outline yet."""
    rows = session.execute(text("SELECT code, name FROM divisions WHERE geom IS NULL"))
    return {row.code: row.name for row in rows}


def update_outline(session: Session, code: str, wkb: bytes, area_m2: float) -> None:
    """Give a division its outline (WKB, MultiPolygon, EPSG:4326)."""
    session.execute(
        text("""
            UPDATE divisions SET geom = ST_GeomFromWKB(:wkb, 4326), area_m2 = :area_m2, updated_at = now()
            WHERE code = :code
        """),
        {"code": code, "wkb": wkb, "area_m2": area_m2},
    )


def select_class_codes(session: Session, profile: str) -> Sequence[Row[Any]]:
    """Return kind, code and name_zh of every class of a profile."""
    return session.execute(
        text("SELECT kind, code, name_zh, reserved FROM classes WHERE profile = :profile"),
        {"profile": profile},
    ).all()


def select_serials(session: Session) -> dict[str, int]:
    """Return the highest serial given after each prefix."""
    return {row.prefix: row.highest for row in session.execute(text("SELECT prefix, highest FROM serials"))}


def raise_serials(session: Session, highest: Mapping[str, int]) -> None:
    """Note the highest serial given after each prefix; a number never goes down."""
    if highest:
        session.execute(
            text("""
                INSERT INTO serials AS s (prefix, highest)
                SELECT * FROM unnest(CAST(:prefixes AS text[]), CAST(:highest AS bigint[]))
                ON CONFLICT (prefix) DO UPDATE SET highest = greatest(s.highest, excluded.highest)
            """),
            {"prefixes": list(highest), "highest": list(highest.values())},
        )


def next_incident_ids(session: Session, count: int) -> list[int]:
    """Take `count` ids of incidents from their sequence."""
    return list(
        session.execute(
            text("SELECT nextval('incident_id_seq') FROM generate_series(1, :count)"), {"count": count}
        ).scalars()
    )


def ensure_partitions(session: Session, table: str, earliest: datetime, latest: datetime) -> None:
    """Make the partitions that rows between two instants need."""
    session.execute(
        text("SELECT ensure_partitions(:table, :earliest, :latest)"),
        {"table": table, "earliest": earliest, "latest": latest},
    )


def select_plan_in_force(session: Session) -> Row[Any] | None:
    """Return id, name and valid_from of the plan in force now."""
    return session.execute(
        text("""
            SELECT id, name, valid_from FROM plans
            WHERE state = 'published' AND valid_from <= now() AND (valid_to IS NULL OR valid_to > now())
        """)
    ).one_or_none()


def insert_plan(session: Session, name: str, description: str, valid_from: datetime, actor: str) -> int:
    """Publish a plan from `valid_from` on and return its id."""
    return int(
        session.execute(
            text("""
                INSERT INTO plans (name, description, state, valid_from, created_by)
                VALUES (:name, :description, 'published', :valid_from, :actor) RETURNING id
            """),
            {"name": name, "description": description, "valid_from": valid_from, "actor": actor},
        ).scalar_one()
    )


def select_communities_with_grids(session: Session) -> set[str]:
    """Return the communities that have had grids, in force or retired."""
    return set(session.execute(text("SELECT DISTINCT community_code FROM grids")).scalars())


def select_primary_beats(session: Session, grids: Iterable[str]) -> Sequence[Row[Any]]:
    """Return grid_code, worker_code, valid_from and valid_to of primary beats on some grids."""
    return session.execute(
        text("""
            SELECT grid_code, worker_code, valid_from, valid_to FROM beats
            WHERE role = 'primary' AND grid_code = ANY(:grids)
        """),
        {"grids": list(grids)},
    ).all()


def analyze(session: Session, table: str) -> None:
    """Tell the planner what the table now holds; a fresh load would be planned as if it were empty."""
    with _cursor(session) as cursor:
        cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def analyze_between(session: Session, table: str, earliest: datetime, latest: datetime) -> None:
    """Do what `analyze` does for the partitions of a table between two instants.

    The table as a whole comes with them only if they are all it has: it is sampled partition by partition,
    which takes minutes for the 120 months of ten years.
    """
    parts = session.execute(
        text("""
            SELECT c.relname AS name,
                   to_date(right(c.relname, 8), 'YYYYMMDD') BETWEEN CAST(:earliest AS date) - 31
                     AND CAST(:latest AS date) AS is_between
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = CAST(:table AS regclass) ORDER BY 1
        """),
        {"table": table, "earliest": earliest, "latest": latest},
    ).all()
    for name in (
        [table] if all(part.is_between for part in parts) else [p.name for p in parts if p.is_between]
    ):
        analyze(session, name)


def select_plan_starts(session: Session) -> list[datetime]:
    """Return when each plan that is or was in force began, oldest first."""
    return list(
        session.execute(
            text("SELECT valid_from FROM plans WHERE state <> 'draft' ORDER BY valid_from")
        ).scalars()
    )


@dataclass(frozen=True, slots=True)
class CopiedTracks:
    """How many fixes were written, and how many not, since their worker is stored elsewhere at that instant.

    `first` is the index of the first of the latter.
    """

    added: int
    elsewhere: int = 0
    first: int | None = None


def copy_tracks(session: Session, rows: pa.Table, earliest: datetime, latest: datetime) -> CopiedTracks:
    """Write those fixes of whose worker and instant there is none yet.

    Straight into the table when it has none between the two instants; else by way of a temporary table. Two
    places are the same to about ten metres, since devices that send twice may round.
    """
    binds = {"earliest": earliest, "latest": latest, "import_id": rows.column("import_id")[0].as_py()}
    there = session.execute(
        text("SELECT EXISTS (SELECT FROM tracks WHERE fixed_at BETWEEN :earliest AND :latest AND import_id"
             " IS DISTINCT FROM :import_id)"),
        binds,
    ).scalar_one()  # fmt: skip
    if not there:
        copy(session, "tracks", rows)
        return CopiedTracks(int(rows.num_rows))
    session.execute(
        text("CREATE TEMPORARY TABLE IF NOT EXISTS new_tracks (LIKE tracks, line SERIAL) ON COMMIT DROP")
    )
    session.execute(text("TRUNCATE new_tracks RESTART IDENTITY"))
    copy(session, "new_tracks", rows)
    found = session.execute(
        text("""
            SELECT count(*) AS elsewhere, min(line) - 1 AS first
            FROM new_tracks n JOIN tracks t USING (worker_code, fixed_at)
            WHERE t.fixed_at BETWEEN :earliest AND :latest
              AND (abs(ST_X(n.geom) - ST_X(t.geom)) > 1e-4 OR abs(ST_Y(n.geom) - ST_Y(t.geom)) > 1e-4)
        """),
        binds,
    ).one()
    names = ", ".join(rows.column_names)
    done = session.execute(
        text(f"INSERT INTO tracks ({names}) SELECT {names} FROM new_tracks ON CONFLICT DO NOTHING")  # noqa: S608
    )
    return CopiedTracks(int(done.rowcount), found.elsewhere, found.first)  # type: ignore[attr-defined]
