"""A community of three by three grids with four workers, measured, for tests of the roster.

7 8 9     A A D
4 5 6     A B D
1 2 3     C B -      E has no grid; F is of another district
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from gridgis.config import Config
from gridgis.services.measuring.refresh import refresh

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

COMMUNITY = "440305001001"
NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)
TODAY = date(2026, 7, 1)
BEGAN = date(2026, 1, 1)
OWNERS = {1: "C", 2: "B", 4: "A", 5: "B", 6: "D", 7: "A", 8: "A", 9: "D"}

_STATEMENTS = """
INSERT INTO divisions (code, name, level, parent_code) VALUES
  ('440000', '广东省', 'province', NULL), ('440300', '深圳市', 'city', '440000'),
  ('440304', '福田区', 'district', '440300'), ('440305', '南山区', 'district', '440300'),
  ('440305001', '南头街道', 'street', '440305');
INSERT INTO divisions (code, name, level, parent_code, geom, area_m2) VALUES
  ('440305001001', '莲城社区', 'community', '440305001',
   ST_Multi(ST_MakeEnvelope(114.0, 22.5, 114.006, 22.506, 4326)), 400000);
INSERT INTO plans (name, state, valid_from, created_by)
  VALUES ('first', 'published', '2025-01-01+08', 'tests');
INSERT INTO grids (code, community_code, area_m2, introduced_by, valid_from, geom)
  SELECT '440305001001' || lpad((3 * y + x + 1)::text, 3, '0'), '440305001001', 45500, p.id, p.valid_from,
         ST_ForcePolygonCW(ST_MakeEnvelope(114.0 + x * 0.002, 22.5 + y * 0.002, 114.0 + (x + 1) * 0.002,
           22.5 + (y + 1) * 0.002, 4326))
  FROM generate_series(0, 2) x, generate_series(0, 2) y, plans p;
INSERT INTO buildings (code, households, firms, footprint_m2, grid_code, match, distance_m, geom)
  SELECT 'house' || n, 100 * n, n, 100, '44030500100100' || n, 'covered', 0,
         ST_Multi(ST_MakeEnvelope(x, y, x + 0.0001, y + 0.0001, 4326))
  FROM generate_series(1, 9) n,
       LATERAL (SELECT 114.001 + ((n - 1) % 3) * 0.002 AS x, 22.501 + ((n - 1) / 3) * 0.002 AS y) at;
INSERT INTO workers (code, division_code, station) VALUES
  ('A', '440305', ST_SetSRID(ST_MakePoint(114.001, 22.505), 4326)),
  ('B', '440305', ST_SetSRID(ST_MakePoint(114.003, 22.501), 4326)),
  ('C', '440305', ST_SetSRID(ST_MakePoint(114.001, 22.501), 4326)),
  ('D', '440305', ST_SetSRID(ST_MakePoint(114.005, 22.505), 4326)),
  ('E', '440305', ST_SetSRID(ST_MakePoint(114.0051, 22.501), 4326)), ('F', '440304', NULL);
"""


def fill(session: Session, config: Config) -> None:
    """Insert the town into an empty, migrated database, and measure it."""
    for statement in _STATEMENTS.split(";\n"):
        if statement.strip():
            session.execute(text(statement))
    for number, worker in OWNERS.items():
        session.execute(
            text("INSERT INTO beats (worker_code, grid_code, valid_from) VALUES (:worker, :grid, :began)"),
            {"worker": worker, "grid": grid(number), "began": BEGAN},
        )
    refresh(session, config, NOW)


def grid(number: int) -> str:
    """Return the code of a grid of the drawing."""
    return f"{COMMUNITY}{number:03d}"


def stored(session: Session) -> list[tuple[int, str, str, date, date | None]]:
    """Return the roster as it is stored: number of the grid, worker, role, from and to."""
    rows = session.execute(
        text("""
            SELECT right(grid_code, 3)::int, worker_code, role, valid_from, valid_to FROM beats
            ORDER BY 1, 4, 2
        """)
    )
    return [tuple(row) for row in rows]
