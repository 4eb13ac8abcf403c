"""What plans are made from: the grids in force with what they carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session


def select_grid_loads(session: Session, prefix: str) -> Sequence[Row[Any]]:
    """Return the grids in force below a code prefix, by code, with their outlines and what is in them.

    Columns: code, wkb (EPSG:4326), worker_code of today's primary worker, buildings, households, population,
    firms, components and incidents (all that were ever reported there).
    """
    return session.execute(
        text("""
            SELECT g.code, ST_AsBinary(g.geom) AS wkb, r.worker_code,
                   coalesce(b.buildings, 0) AS buildings, coalesce(b.households, 0) AS households,
                   coalesce(b.population, 0) AS population, coalesce(b.firms, 0) AS firms,
                   coalesce(c.components, 0) AS components, coalesce(i.incidents, 0) AS incidents
            FROM grids g
            LEFT JOIN beats r ON r.grid_code = g.code AND r.role = 'primary'
              AND daterange(r.valid_from, r.valid_to) @> current_date
            LEFT JOIN (
              SELECT grid_code, count(*) AS buildings, sum(households)::float8 AS households,
                     sum(population)::float8 AS population, sum(firms)::float8 AS firms
              FROM buildings WHERE grid_code ^@ :prefix GROUP BY 1
            ) b ON b.grid_code = g.code
            LEFT JOIN (
              SELECT grid_code, count(*) AS components FROM components
              WHERE grid_code ^@ :prefix GROUP BY 1
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
