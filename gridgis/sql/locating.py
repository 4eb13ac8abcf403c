"""Statements of locating: the rule in SQL, re-homing stored rows, what the in-memory look-up is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import CursorResult, Row, text
from sqlalchemy.orm import Session


def locate_point(
    session: Session, lon: float, lat: float, at: datetime, *, tolerance_m: float, metric_srid: int
) -> Row[Any]:
    """Return `grid_code`, `match`, `distance_m` of a point in EPSG:4326 under the plan in force at `at`."""
    return session.execute(
        text(
            "SELECT * FROM locate_grid("
            "ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :at, :tolerance_m, :metric_srid)"
        ),
        {"lon": lon, "lat": lat, "at": at, "tolerance_m": tolerance_m, "metric_srid": metric_srid},
    ).one()


# The rows whose place is looked up again, in three steps: `found`, the rows of the area with the point that
# stands for each; `covered`, the grids around those points; and for the few that nothing covers, the nearest.
# Each grid is the outer side of a lateral join (OFFSET 0 keeps it so): its polygon is prepared once for all
# of its points, which the planner's own order does not do and is several times slower for. The boxes are
# compared in EPSG:3857 because that copy is the one every layer has an index on; a metre makes up for its
# rounding.
_REHOME = """
WITH found AS MATERIALIZED (
  SELECT {keys}, t.geom_3857, {point} AS point FROM {table} t
  WHERE t.geom IS NOT NULL
    AND (CAST(:area AS bytea) IS NULL OR t.geom_3857 && ST_Transform(ST_GeomFromWKB(:area, 4326), 3857))
), covered AS MATERIALIZED (
  SELECT inside.id, min(inside.code) AS code FROM (
    SELECT g.code, x.id FROM grids g CROSS JOIN LATERAL (
      SELECT t.id, {point} AS point FROM {table} t
      WHERE t.geom_3857 && ST_Expand(g.geom_3857, 1.0)
        AND (CAST(:area AS bytea) IS NULL OR t.geom_3857 && ST_Transform(ST_GeomFromWKB(:area, 4326), 3857))
      OFFSET 0
    ) x
    WHERE g.valid_from <= :at AND (g.valid_to IS NULL OR g.valid_to > :at)
      AND g.geom && x.point AND ST_Covers(g.geom, ST_ForceCollection(x.point))
  ) inside GROUP BY inside.id
), placed AS (
  SELECT f.*, c.code AS grid_code, 'covered' AS match, CAST(0 AS float8) AS distance_m
  FROM found f JOIN covered c USING (id)
  UNION ALL
  SELECT f.*, l.grid_code, l.match, l.distance_m FROM found f
  CROSS JOIN LATERAL locate_grid(f.point, :at, :tolerance_m, :metric_srid) l
  WHERE NOT EXISTS (SELECT FROM covered c WHERE c.id = f.id)
)
UPDATE {table} t
SET grid_code = p.grid_code, match = p.match, distance_m = p.distance_m, updated_at = now()
FROM placed p
WHERE {same} AND (t.grid_code, t.match, t.distance_m) IS DISTINCT FROM (p.grid_code, p.match, p.distance_m)
"""
_LAYERS = {
    "buildings": {"keys": "t.id", "same": "t.id = p.id", "point": "ST_PointOnSurface(t.geom)"},
    "components": {
        "keys": "t.id",
        "same": "t.id = p.id",
        "point": "CASE WHEN ST_Dimension(t.geom) = 0 THEN t.geom ELSE ST_PointOnSurface(t.geom) END",
    },
    # the partition key lets each update find its partition
    "incidents": {
        "keys": "t.id, t.reported_at",
        "same": "t.id = p.id AND t.reported_at = p.reported_at",
        "point": "t.geom",
    },
}
_REHOME_LAYER = {table: text(_REHOME.format(table=table, **columns)) for table, columns in _LAYERS.items()}


def rehome(
    session: Session,
    layer: str,
    area: bytes | None,
    at: datetime,
    *,
    tolerance_m: float,
    metric_srid: int,
) -> int:
    """Look up again where the rows of a layer are, and return how many changed their grid, match or distance.

    Parameters
    ----------
    layer
        ``buildings``, ``components`` or ``incidents``.
    area
        WKB in EPSG:4326; rows whose box meets its box are looked up, all rows if ``None``. To be complete
        after a change of grids, it holds the old and the new ones and the tolerance around them.
    at
        The grids in force at this instant count.
    """
    done = session.execute(
        _REHOME_LAYER[layer],
        {"area": area, "at": at, "tolerance_m": tolerance_m, "metric_srid": metric_srid},
    )
    assert isinstance(done, CursorResult)  # noqa: S101 - for the type checker: an UPDATE has no other result
    return done.rowcount


def select_versions(session: Session, layers: Sequence[str]) -> dict[str, int]:
    """Return the version of each layer, by one read of the primary key."""
    rows = session.execute(
        text("SELECT layer, version FROM layer_versions WHERE layer = ANY(:layers)"), {"layers": list(layers)}
    )
    return {row.layer: row.version for row in rows}


def select_grids(session: Session, at: datetime) -> list[Row[Any]]:
    """Return `code` and `geom` (WKB, EPSG:4326) of the grids in force at `at`, by code."""
    return list(
        session.execute(
            text(
                "SELECT code, ST_AsBinary(geom) AS geom FROM grids"
                " WHERE valid_from <= :at AND (valid_to IS NULL OR valid_to > :at) ORDER BY code"
            ),
            {"at": at},
        )
    )


def select_grids_around(
    session: Session, lon: float, lat: float, reach_m: float, at: datetime
) -> list[Row[Any]]:
    """Return `code` and `geom` (WKB, EPSG:4326) of the grids in force at `at` within reach of a point.

    Some further away may be among them: the reach is a box, drawn generously.
    """
    return list(
        session.execute(
            text("""
                SELECT g.code, ST_AsBinary(g.geom) AS geom
                FROM (SELECT :reach_m * 1.05 / 110500.0 AS up) u, grids g
                WHERE g.geom && ST_MakeEnvelope(
                    :lon - up / cos(radians(least(abs(:lat) + up, 89.0))), :lat - up,
                    :lon + up / cos(radians(least(abs(:lat) + up, 89.0))), :lat + up, 4326)
                  AND g.valid_from <= :at AND (g.valid_to IS NULL OR g.valid_to > :at)
                ORDER BY g.code
            """),
            {"lon": lon, "lat": lat, "reach_m": reach_m, "at": at},
        )
    )


def select_next_change(session: Session, at: datetime) -> datetime | None:
    """Return the first instant after `at` at which a grid comes into force or goes out of it."""
    return session.scalar(
        text(
            "SELECT min(t) FROM (SELECT valid_from AS t FROM grids WHERE valid_from > :at"
            " UNION ALL SELECT valid_to FROM grids WHERE valid_to > :at) changes"
        ),
        {"at": at},
    )


def select_division_names(session: Session) -> dict[str, str]:
    """Return the name of every district, street and community by code."""
    rows = session.execute(
        text("SELECT code, name FROM divisions WHERE level IN ('district', 'street', 'community')")
    )
    return {row.code: row.name for row in rows}


def select_primary_workers(session: Session, on: date) -> dict[str, str]:
    """Return who has each grid as primary worker on a local date."""
    rows = session.execute(
        text(
            "SELECT grid_code, worker_code FROM beats"
            " WHERE role = 'primary' AND valid_from <= :on AND (valid_to IS NULL OR valid_to > :on)"
        ),
        {"on": on},
    )
    return {row.grid_code: row.worker_code for row in rows}
