"""Grids in the database, for tests that locate there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

COMMUNITY = "440303001001"


def insert_city(session: Session) -> None:
    """Store one community, its ancestors, a plan in force since 2020 and two workers."""
    session.execute(
        text("""
        INSERT INTO divisions (code, name, level, parent_code) VALUES
          ('440000', '广东省', 'province', NULL), ('440300', '深圳市', 'city', '440000'),
          ('440303', '罗湖区', 'district', '440300'), ('440303001', '桂园街道', 'street', '440303'),
          ('440303001001', '老围社区', 'community', '440303001');
        INSERT INTO plans (id, name, state, valid_from, created_by)
        VALUES (1000, 'first', 'published', '2020-01-01', 'test');
        INSERT INTO workers (code) VALUES ('W1'), ('W2');
        """)
    )


def insert_grids(
    session: Session, polygons: Iterable[Any], *, first: int = 1, since: str = "2020-01-01"
) -> list[str]:
    """Store polygons as grids of the community, numbered from `first`, and return their codes."""
    rows = [
        {"code": f"{COMMUNITY}{first + k:03d}", "geom": shapely.to_wkb(polygon), "since": since}
        for k, polygon in enumerate(polygons)
    ]
    session.execute(
        text("""
        INSERT INTO grids (code, community_code, area_m2, introduced_by, valid_from, geom)
        VALUES (:code, left(:code, 12), 1, 1000, :since, ST_GeomFromWKB(:geom, 4326))
        """),
        rows,
    )
    return [row["code"] for row in rows]
