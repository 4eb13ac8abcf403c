"""What one component's card says beside its own attributes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session


def select_class(session: Session, component_code: str) -> Row[Any]:
    """Return name_zh, name_en, major_zh, major_en of the class, and last_inspected_at."""
    return session.execute(
        text("""
            SELECT c.name_zh, c.name_en, c.major_zh, c.major_en,
                   (SELECT max(inspected_at) FROM inspections WHERE component_id = t.id) AS last_inspected_at
            FROM components t
            JOIN classes c ON c.profile = t.profile AND c.kind = t.kind AND c.code = t.class_code
            WHERE t.component_code = :code
        """),
        {"code": component_code},
    ).one()


def nearest_address(
    session: Session, component_code: str, within_m: float, metric_srid: int
) -> Row[Any] | None:
    """Return address, building code and distance_m of the nearest building that has an address.

    Of the ten nearest in degrees the nearest in metres is taken; beyond `within_m` there is none.
    """
    return session.execute(
        text("""
            WITH here AS (SELECT geom FROM components WHERE component_code = :code),
            near AS (
              SELECT b.code, b.address, b.geom FROM buildings b
              WHERE b.address IS NOT NULL
                AND b.geom_3857 && (SELECT ST_Transform(ST_Expand(geom, :within_m / 50000.0), 3857) FROM here)
              ORDER BY b.geom <-> (SELECT geom FROM here) LIMIT 10
            )
            SELECT * FROM (
              SELECT near.address, near.code AS building_code,
                     ST_Distance(ST_Transform(near.geom, :srid), ST_Transform(here.geom, :srid)) AS distance_m
              FROM near, here
            ) measured WHERE distance_m <= :within_m ORDER BY distance_m, building_code LIMIT 1
        """),
        {"code": component_code, "within_m": within_m, "srid": metric_srid},
    ).one_or_none()
