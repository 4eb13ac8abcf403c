"""A made-up city for tests of tiles: 6 x 6 grids with ragged edges in four communities of two districts."""

# ruff: noqa: E501 - rows read best on one line

from __future__ import annotations

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

WEST, SOUTH, STEP = 114.0, 22.5, 0.004
SIDE = 6
SMALL_EDGES = 8


def grid_polygons(seed: int = 1) -> dict[tuple[int, int], shapely.Polygon]:
    """Return the grids by column and row; edges are ragged lines that neighbours share vertex for vertex."""
    random = np.random.default_rng(seed)
    corners = {
        (i, j): np.array([WEST + i * STEP, SOUTH + j * STEP])
        for i in range(SIDE + 1)
        for j in range(SIDE + 1)
    }

    def ragged(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        line = a + (b - a) * np.linspace(0, 1, SMALL_EDGES + 1)[:, None]
        line[1:-1] += random.normal(0, STEP / 40, (SMALL_EDGES - 1, 2))
        return line

    across = {(i, j): ragged(corners[i, j], corners[i + 1, j]) for i in range(SIDE) for j in range(SIDE + 1)}
    up = {(i, j): ragged(corners[i, j], corners[i, j + 1]) for i in range(SIDE + 1) for j in range(SIDE)}
    return {
        (i, j): shapely.Polygon(
            np.vstack([across[i, j], up[i + 1, j][1:], across[i, j + 1][::-1][1:], up[i, j][::-1][1:]])
        )
        for i in range(SIDE)
        for j in range(SIDE)
    }


def community_of(i: int, j: int) -> str:
    """Return the community of a grid: columns part the districts, rows their communities."""
    return f"44030{4 if i < SIDE // 2 else 5}001{1 if j < SIDE // 2 else 2:03}"


def codes() -> dict[tuple[int, int], str]:
    """Return the code of each grid by column and row."""
    numbers: dict[str, int] = {}
    result = {}
    for i in range(SIDE):
        for j in range(SIDE):
            community = community_of(i, j)
            numbers[community] = numbers.get(community, 0) + 1
            result[i, j] = f"{community}{numbers[community]:03}"
    return result


def fill(session: Session) -> None:
    """Insert the city into an empty, migrated database: ten buildings and components, one incident a grid."""
    polygons, names = grid_polygons(), codes()
    _insert_divisions(session, polygons)
    session.execute(
        text(
            "INSERT INTO plans (name, state, valid_from, created_by) VALUES ('1', 'published', '2020-01-01Z', 't')"
        )
    )
    rows = [
        {"code": names[place], "wkt": polygon.wkt, "name": f"网格{names[place][-3:]}"}
        for place, polygon in polygons.items()
    ]
    session.execute(
        text(
            "INSERT INTO grids (code, community_code, name, kind, area_m2, introduced_by, valid_from, geom)"
            " SELECT :code, left(:code, 12), :name, CASE WHEN :code >= '440305' THEN 'business' END, 1000, id,"
            " valid_from, ST_GeomFromText(:wkt, 4326) FROM plans"
        ),
        rows,
    )
    for statement in _CONTENTS.split(";\n"):
        if statement.strip():
            session.execute(text(statement))


def _insert_divisions(session: Session, polygons: dict[tuple[int, int], shapely.Polygon]) -> None:
    parts: dict[str, list[shapely.Polygon]] = {}
    for (i, j), polygon in polygons.items():
        community = community_of(i, j)
        for code in ("440300", community[:6], community[:9], community):
            parts.setdefault(code, []).append(polygon)
    levels = {6: "district", 9: "street", 12: "community"}
    rows = [{"code": "440000", "level": "province", "parent": None, "wkt": None}]
    for code in sorted(parts, key=lambda code: (len(code), code)):
        whole = shapely.coverage_union_all(parts[code])
        level = "city" if code == "440300" else levels[len(code)]
        parent = {"city": "440000", "district": "440300"}.get(level, code[:-3])
        rows.append({"code": code, "level": level, "parent": parent, "wkt": whole.wkt})
    session.execute(
        text(
            "INSERT INTO divisions (code, name, level, parent_code, geom)"
            " VALUES (:code, '地' || :code, :level, :parent, ST_Multi(ST_GeomFromText(:wkt, 4326)))"
        ),
        rows,
    )


_CONTENTS = """
INSERT INTO buildings (code, name, use, floors, height_m, households, footprint_m2, grid_code, match, distance_m, geom)
  SELECT g.code || 'B' || n, '楼' || n, CASE n % 2 WHEN 0 THEN 'office' ELSE 'residential' END, n, n * 3, n, 100,
         g.code, 'covered', 0, ST_Multi(ST_Expand(ST_Translate(ST_Centroid(g.geom), (n - 5) * 0.0001, 0), 0.00004))
  FROM grids g, generate_series(1, 10) n;
INSERT INTO components (component_code, profile, class_code, name, state, grid_code, match, distance_m, geom)
  SELECT left(g.code, 6) || c.code || lpad((row_number() OVER ())::text, 6, '0'), c.profile, c.code, c.name_zh,
         CASE n WHEN 1 THEN 'damaged' ELSE 'intact' END, g.code, 'covered', 0,
         ST_Translate(ST_Centroid(g.geom), 0, (n - 5) * 0.0001)
  FROM grids g, generate_series(1, 10) n,
       (SELECT * FROM classes WHERE profile = 'gbt47678.5-2026' AND kind = 'component' ORDER BY code LIMIT 1) c;
INSERT INTO roads (code, name, class, length_m, geom) VALUES
  ('R1', '快速路', 'expressway', 400, ST_GeomFromText('MULTILINESTRING((114.0 22.502, 114.024 22.503))', 4326)),
  ('R2', '小路', 'path', 400, ST_GeomFromText('MULTILINESTRING((114.0 22.512, 114.024 22.513))', 4326));
INSERT INTO workers (code, division_code) VALUES ('W4', '440304'), ('W5', '440305');
SELECT ensure_partitions('tracks', '2026-03-01Z', '2026-03-02Z');
INSERT INTO tracks (worker_code, fixed_at, accuracy_m, geom)
  SELECT w.code, timestamptz '2026-03-01 08:00+08' + n * interval '1 minute' + (n / 5) * interval '1 hour', 5,
         ST_SetSRID(ST_MakePoint(CASE w.code WHEN 'W4' THEN 114.002 ELSE 114.02 END + n * 0.0002, 22.51), 4326)
  FROM workers w, generate_series(0, 9) n;
SELECT ensure_partitions('incidents', '2026-03-01Z', '2026-03-31Z');
INSERT INTO incident_keys (number, reported_at)
  SELECT 'E0101' || lpad(row_number() OVER ()::text, 12, '0'), '2026-03-05 08:00+08' FROM grids;
INSERT INTO incidents (id, number, reported_at, due_at, profile, kind, class_code, source, state, grid_code, match, distance_m, geom)
  SELECT k.id, k.number, k.reported_at, k.reported_at + interval '1 day', c.profile, 'event', c.code, 'patrol',
         CASE (right(g.code, 3))::int WHEN 1 THEN 'closed' ELSE 'filed' END, g.code, 'covered', 0, ST_Centroid(g.geom)
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM incident_keys) k
  JOIN (SELECT *, row_number() OVER (ORDER BY code) AS n FROM grids) g USING (n),
       (SELECT * FROM classes WHERE profile = 'gbt47678.5-2026' AND kind = 'event' ORDER BY code LIMIT 1) c
"""
