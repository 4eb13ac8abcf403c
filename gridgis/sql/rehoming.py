"""Placing the rows of a layer anew after grids changed: the points to ask about, and writing the answers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, cast

import pyarrow as pa
from pyarrow import csv
from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

Box = tuple[float, float, float, float]

# Rows on one of the grids that changed.
_STANDING = """
COPY (
  SELECT id, moment, ST_X(point) AS x, ST_Y(point) AS y FROM (
    SELECT t.id, {moment} AS moment, {point} AS point FROM {standing} WHERE {wanted} ORDER BY t.id
    OFFSET 0  -- or the point would be made anew for each of its coordinates
  ) found
) TO STDOUT (FORMAT csv)
"""
# In the order of ids the table is read from one end to the other, which for a whole city is half the time.
_LISTED = """
    (SELECT s.id FROM changed_grids c JOIN grid_contents l ON l.layer = '{table}' AND l.grid_code = c.code
     CROSS JOIN LATERAL unnest(l.ids) AS s (id) ORDER BY s.id) s JOIN {table} t ON t.id = s.id
"""
# Rows in no grid, or beside one, where ground was won or lost.
_BESIDE = """
COPY (
  SELECT id, moment, ST_X(point) AS x, ST_Y(point) AS y FROM (
    SELECT t.id, {moment} AS moment, {point} AS point FROM {table} t
    WHERE {wanted} AND t.match <> 'covered' AND t.geom IS NOT NULL
      AND EXISTS (SELECT FROM changed_ground a WHERE a.box && t.geom_3857)
      AND NOT EXISTS (SELECT FROM changed_grids c WHERE c.code = t.grid_code)
    OFFSET 0
  ) found
) TO STDOUT (FORMAT csv)
"""
_ON_SURFACE = "CASE WHEN ST_Dimension(t.geom) = 0 THEN t.geom ELSE ST_PointOnSurface(t.geom) END"
# the words of ix_incidents_open
_OPEN = "t.state NOT IN ('closed', 'rejected', 'declined', 'void', 'merged')"
_LAYERS = {
    "buildings": {
        "standing": _LISTED.format(table="buildings"),
        "moment": "NULL",
        "point": "ST_PointOnSurface(t.geom)",
        "wanted": "true",
    },
    "components": {
        "standing": _LISTED.format(table="components"),
        "moment": "NULL",
        "point": _ON_SURFACE,
        "wanted": "true",
    },
    "incidents": {
        "standing": "incidents t JOIN changed_grids c ON c.code = t.grid_code",
        "moment": "t.reported_at",
        "point": "t.geom",
        "wanted": _OPEN,  # a closed incident keeps the grid in which it was closed
    },
}
# The ids of a batch lie together; without its ends the index is walked from its beginning for every batch.
_WRITE = """
UPDATE {table} t
SET grid_code = p.grid_code, match = p.match, distance_m = p.distance_m, updated_at = now()
FROM new_places p
WHERE t.id = p.id AND t.id BETWEEN :low AND :high
  AND (t.grid_code, t.match, t.distance_m) IS DISTINCT FROM (p.grid_code, p.match, p.distance_m)
"""
_WRITES = {table: text(_WRITE.format(table=table)) for table in ("buildings", "components")}
_WRITE_INCIDENTS = text(f"""
WITH moved AS (
  SELECT t.id, t.reported_at, t.grid_code AS former FROM incidents t JOIN new_places p
    ON t.id = p.id AND t.reported_at = p.moment
  WHERE {_OPEN} AND (t.grid_code, t.match, t.distance_m) IS DISTINCT FROM (p.grid_code, p.match, p.distance_m)
  ORDER BY t.id FOR NO KEY UPDATE OF t
), written AS (
  UPDATE incidents t
  SET grid_code = p.grid_code, match = p.match, distance_m = p.distance_m, updated_at = now()
  FROM new_places p JOIN moved m USING (id)
  WHERE t.id = m.id AND t.reported_at = m.reported_at
  RETURNING t.id, t.state, m.former, t.grid_code
)
INSERT INTO moved_incidents SELECT * FROM written
""")  # noqa: S608 - constant conditions


def begin(session: Session, grids: Sequence[str], ground: Sequence[Box]) -> None:
    """Say, for the rest of the transaction, what changed.

    Parameters
    ----------
    grids
        Codes of the grids that are gone or have a border that moved.
    ground
        Boxes, degrees, around ground that some community won or lost.
    """
    cursor = _cursor(session)
    for statement in (
        "SET LOCAL work_mem = '128MB'",  # what the triggers of a batch look at
        "DROP TABLE IF EXISTS changed_grids, changed_ground, new_places, moved_incidents",
        "CREATE TEMP TABLE changed_grids (code text PRIMARY KEY) ON COMMIT DROP",
        "CREATE TEMP TABLE changed_ground (box geometry) ON COMMIT DROP",
        """CREATE TEMP TABLE new_places (id bigint, moment timestamptz, grid_code text, match text,
           distance_m float8) ON COMMIT DROP""",
        """CREATE TEMP TABLE moved_incidents (id bigint, state text, former text, grid_code text)
           ON COMMIT DROP""",
    ):
        cursor.execute(statement)
    session.execute(
        text("INSERT INTO changed_grids SELECT unnest(CAST(:codes AS text[]))"), {"codes": list(grids)}
    )
    session.execute(
        text("""
            INSERT INTO changed_ground
            SELECT ST_Transform(ST_MakeEnvelope(w, s, e, n, 4326), 3857)
            FROM unnest(CAST(:w AS float8[]), CAST(:s AS float8[]), CAST(:e AS float8[]),
                        CAST(:n AS float8[])) AS b (w, s, e, n)
        """),
        {name: [box[k] for box in ground] for k, name in enumerate("wsen")},
    )
    cursor.execute("ANALYZE changed_grids")


def select_points(session: Session, layer: str) -> pa.Table:
    """Return id, moment (incidents: when reported), x and y (EPSG:4326) of the rows to place, by id.

    Parameters
    ----------
    layer
        ``buildings``, ``components`` or ``incidents``, of which only open ones.
    """
    points = _copied(session, _STANDING.format(table=layer, **_LAYERS[layer]))
    if not session.scalar(text("SELECT EXISTS (SELECT FROM changed_ground)")):
        return points
    beside = _copied(session, _BESIDE.format(table=layer, **_LAYERS[layer]))
    return pa.concat_tables([points, beside]).sort_by("id")


def _copied(session: Session, statement: str) -> pa.Table:
    buffer = io.BytesIO()
    _cursor(session).copy_expert(statement, buffer, size=1 << 20)
    names = ("id", "moment", "x", "y")
    types = (pa.int64(), pa.string(), pa.float64(), pa.float64())
    if not buffer.tell():
        return pa.schema(zip(names, types, strict=True)).empty_table()
    buffer.seek(0)
    return csv.read_csv(
        buffer,
        csv.ReadOptions(column_names=names),
        convert_options=csv.ConvertOptions(
            column_types=dict(zip(names, types, strict=True)), strings_can_be_null=True
        ),
    )


def write_places(session: Session, layer: str, places: pa.Table) -> int:
    """Write the answers and return how many rows of the layer changed.

    Parameters
    ----------
    places
        At least one row, by id: id, moment, grid_code, match, distance_m.
    """
    buffer = io.BytesIO()
    csv.write_csv(places, buffer, csv.WriteOptions(include_header=False))
    buffer.seek(0)
    cursor = _cursor(session)
    cursor.execute("TRUNCATE new_places")
    cursor.copy_expert("COPY new_places FROM STDIN (FORMAT csv)", buffer, size=1 << 20)
    cursor.execute("ANALYZE new_places")
    if layer == "incidents":
        done = session.execute(_WRITE_INCIDENTS)
    else:
        ends = {"low": places["id"][0].as_py(), "high": places["id"][-1].as_py()}
        done = session.execute(_WRITES[layer], ends)
    assert isinstance(done, CursorResult)  # noqa: S101 - for the type checker: an UPDATE has no other result
    return done.rowcount


def log_moved(session: Session, *, actor: str, role: str, reason: str) -> None:
    """Append a row to the log of every incident that was moved.

    Numbers are given in the order of commits, so the lock of the log is held from here on; it comes after
    the rows themselves, the order in which every other change of an incident takes them.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('gridgis incident_log'))"))
    session.execute(
        text("""
            INSERT INTO incident_log
              (at, incident_id, actor, role, action, from_state, to_state, reason, details)
            SELECT now(), id, :actor, :role, 'rehome', state, state, :reason,
                   jsonb_build_object('from_grid', former, 'to_grid', grid_code)
            FROM moved_incidents WHERE former IS DISTINCT FROM grid_code ORDER BY id
        """),
        {"actor": actor, "role": role, "reason": reason},
    )


def select_retired_since(session: Session, minutes: int) -> list[str]:
    """Return the grids that went out of force within the last minutes."""
    return list(
        session.scalars(
            text("""
                SELECT code FROM grids
                WHERE valid_to > now() - make_interval(mins => :minutes) AND valid_to <= now() ORDER BY code
            """),
            {"minutes": minutes},
        )
    )


def has_rows_on(session: Session, grids: Sequence[str]) -> bool:
    """Tell whether a building, a component or an open incident stands in one of some grids."""
    return bool(
        session.scalar(
            text(f"""
                SELECT EXISTS (SELECT FROM grid_contents t WHERE t.grid_code = ANY(:codes))
                  OR EXISTS (SELECT FROM incidents t WHERE t.grid_code = ANY(:codes) AND {_OPEN})
            """),  # noqa: S608 - constant conditions
            {"codes": list(grids)},
        )
    )


def _cursor(session: Session) -> Any:
    """Return a cursor of psycopg2 itself, which has COPY."""
    return cast(Any, session.connection().connection).cursor()
