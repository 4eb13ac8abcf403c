"""What plans are made from: the grids in force with what they carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session


def select_grid_loads(session: Session, prefix: str) -> Sequence[Row[Any]]:
    """Return the grids in force below a code prefix, by code, with their outlines and what is in them.

    Columns: code, wkb (EPSG:4326), worker_code of today's primary worker, buildings, households, population,
    firms, components, incidents (all that were ever reported there), and from the stored measures: minutes
    (forecast of a week's work) and roads_m; 0 where a grid has not been measured.
    """
    return session.execute(
        text("""
            SELECT g.code, ST_AsBinary(g.geom) AS wkb, r.worker_code,
                   coalesce(b.buildings, 0) AS buildings, coalesce(b.households, 0) AS households,
                   coalesce(b.population, 0) AS population, coalesce(b.firms, 0) AS firms,
                   coalesce(c.components, 0) AS components, coalesce(i.incidents, 0) AS incidents,
                   coalesce(m.patrol_min + m.inspections_min + m.incidents_min + m.travel_min
                            + m.visits_min, 0) AS minutes,
                   coalesce(m.roads_m, 0) AS roads_m
            FROM grids g
            LEFT JOIN grid_measures m ON m.grid_code = g.code
            LEFT JOIN beats r ON r.grid_code = g.code AND r.role = 'primary'
              AND daterange(r.valid_from, r.valid_to) @> current_date
            LEFT JOIN (
              SELECT s.grid_code, count(*) AS buildings, sum(households)::float8 AS households,
                     sum(population)::float8 AS population, sum(firms)::float8 AS firms
              FROM standing_below('buildings', ARRAY[:prefix]) s JOIN buildings USING (id) GROUP BY 1
            ) b ON b.grid_code = g.code
            LEFT JOIN (
              SELECT grid_code, count(*) AS components
              FROM standing_below('components', ARRAY[:prefix]) GROUP BY 1
            ) c ON c.grid_code = g.code
            LEFT JOIN (
              SELECT grid_code, count(*) AS incidents FROM incidents
              WHERE grid_code ^@ :prefix GROUP BY 1
            ) i ON i.grid_code = g.code
            WHERE g.code ^@ :prefix AND g.valid_from <= now() AND (g.valid_to IS NULL OR g.valid_to > now())
            ORDER BY g.code
        """),
        {"prefix": prefix},
    ).all()


def select_roads_around(session: Session, prefix: str) -> Sequence[Row[Any]]:
    """Return road_class and wkb (EPSG:4326, single lines) of roads near the grids in force below a prefix."""
    return session.execute(
        text("""
            SELECT r.class AS road_class, ST_AsBinary((ST_Dump(r.geom)).geom) AS wkb
            FROM roads r WHERE r.geom && (
              SELECT ST_SetSRID(ST_Extent(g.geom)::geometry, 4326) FROM grids g
              WHERE g.code ^@ :prefix AND g.valid_from <= now() AND (g.valid_to IS NULL OR g.valid_to > now())
            ) ORDER BY r.id
        """),
        {"prefix": prefix},
    ).all()
