"""A city of one community for tests: four grids in a square, with something of every layer in them."""

# ruff: noqa: E501 - rows read best on one line

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

COMMUNITY = "440305001001"
GRIDS = tuple(f"{COMMUNITY}{number:03}" for number in (1, 2, 3, 4))
WEST, SOUTH, STEP = 114.0, 22.5, 0.002

_STATEMENTS = """
INSERT INTO divisions (code, name, level, parent_code) VALUES
  ('440000', '广东省', 'province', NULL), ('440300', '深圳市', 'city', '440000'),
  ('440304', '福田区', 'district', '440300'), ('440305', '南山区', 'district', '440300'),
  ('440305001', '南头街道', 'street', '440305');
INSERT INTO divisions (code, name, level, parent_code, geom, area_m2) VALUES
  ('440305001001', '莲城社区', 'community', '440305001',
   ST_Multi(ST_MakeEnvelope(114.0, 22.5, 114.004, 22.504, 4326)), 182000);
INSERT INTO imports (layer, file_name, sha256, size_bytes, source_crs, loaded_by)
  VALUES ('buildings', 'houses.gpkg', repeat('ab', 32), 10, 'EPSG:4547', 'tests');
INSERT INTO plans (name, state, valid_from, created_by) VALUES ('first', 'published', '2020-01-01+08', 'tests');
INSERT INTO grids (code, community_code, area_m2, remark, introduced_by, valid_from, geom)
  SELECT '440305001001' || lpad((2 * y + x + 1)::text, 3, '0'), '440305001001', 45500, 'a remark', p.id, p.valid_from,
         ST_ForcePolygonCW(ST_MakeEnvelope(114.0 + x * 0.002, 22.5 + y * 0.002, 114.002 + x * 0.002, 22.502 + y * 0.002, 4326))
  FROM generate_series(0, 1) x, generate_series(0, 1) y, plans p;
INSERT INTO buildings (code, name, address, floors, households, population, firms, has_contact, footprint_m2, import_id,
                       grid_code, match, distance_m, geom)
  SELECT '44030500100100' || g || 'B' || n, '楼' || n, '莲城路' || n || '号', n, n * 2, n * 5, 0, true, 100,
         (SELECT min(id) FROM imports), '44030500100100' || g, 'covered', 0,
         ST_Multi(ST_MakeEnvelope(x, y, x + 0.0001, y + 0.0001, 4326))
  FROM generate_series(1, 4) g, generate_series(1, 5) n,
       LATERAL (SELECT 114.0002 + ((g - 1) % 2) * 0.002 + n * 0.0002 AS x, 22.5005 + ((g - 1) / 2) * 0.002 AS y) at;
INSERT INTO buildings (code, footprint_m2, households, geom)
  VALUES ('unlocated', 50, 90, ST_Multi(ST_MakeEnvelope(115, 23, 115.0001, 23.0001, 4326)));
INSERT INTO departments (code, name, kind, division_code) VALUES ('WATER', '水务局', 'bureau', '440305');
INSERT INTO components (component_code, profile, class_code, name, competent_dept_code, initial_date, grid_code, match,
                        distance_m, remark, geom)
  SELECT '440305' || c.code || lpad(n::text, 6, '0'), c.profile, c.code, c.name_zh, 'WATER', '2024-05-06',
         '440305001001001', 'covered', 0, 'secret',
         CASE n WHEN 1 THEN ST_SetSRID(ST_MakePoint(114.0005, 22.5005), 4326)
                WHEN 2 THEN ST_GeomFromText('LINESTRING(114.0003 22.5003, 114.0009 22.5009)', 4326)
                ELSE ST_MakeEnvelope(114.0011, 22.5011, 114.0012, 22.5012, 4326) END
  FROM generate_series(1, 3) n,
       (SELECT * FROM classes WHERE profile = 'gbt47678.5-2026' AND kind = 'component' ORDER BY code LIMIT 1) c;
INSERT INTO roads (code, name, class, length_m, geom) VALUES
  ('R1', '莲城路', 'local', 400, ST_GeomFromText('MULTILINESTRING((114.0 22.502, 114.004 22.502))', 4326)),
  ('R2', '远路', 'arterial', 400, ST_GeomFromText('MULTILINESTRING((115.0 22.502, 115.004 22.502))', 4326));
INSERT INTO workers (code, division_code, station) VALUES
  ('W1', '440305', ST_SetSRID(ST_MakePoint(114.001, 22.501), 4326));
INSERT INTO beats (worker_code, grid_code, valid_from)
  SELECT 'W1', code, '2020-01-01' FROM grids WHERE code < '440305001001003';
"""

_INCIDENTS = """
SELECT ensure_partitions('incidents', '2024-05-01Z', '2024-05-31Z');
INSERT INTO incident_keys (number, reported_at)
  SELECT 'E' || left(c.code, 4) || '2024050' || (6 + n) || '0000' || n,
         timestamptz '2024-05-06 10:00+08' + n * interval '1 day'
  FROM generate_series(1, 3) n,
       (SELECT min(code) AS code FROM classes WHERE profile = 'gbt47678.5-2026' AND kind = 'event') c;
INSERT INTO incidents (id, number, reported_at, profile, kind, class_code, source, description, address,
                       reporter_code, grid_code, match, distance_m, geom)
  SELECT k.id, k.number, k.reported_at, 'gbt47678.5-2026', 'event', c.code, 'patrol', '说明', '莲城路1号', 'W1',
         '440305001001001', 'covered', 0, ST_SetSRID(ST_MakePoint(114.00123456, 22.50123456), 4326)
  FROM incident_keys k,
       (SELECT min(code) AS code FROM classes WHERE profile = 'gbt47678.5-2026' AND kind = 'event') c;
"""


def fill(session: Session) -> None:
    """Insert the city into an empty, migrated database."""
    for statement in (_STATEMENTS + _INCIDENTS).split(";\n"):
        if statement.strip():
            session.execute(text(statement))
