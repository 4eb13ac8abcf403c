"""What lies in grids: stored figures and counts of those in force, and points to count new ones by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from gridgis.sql.draft_grids import Box, in_boxes, sides


def select_burdens(session: Session, codes: Sequence[str]) -> Sequence[Row[Any]]:
    """Return what the minutes of grids in force are made from, of those that have stored figures."""
    return session.execute(
        text("""
            SELECT grid_code, roads_m, bare_m2, buildings_a_week, components_a_week, incidents_a_week,
                   timed_a_week, timed_min_a_week, tour_m, households, firms
            FROM grid_measures WHERE grid_code = ANY(:codes)
        """),
        {"codes": list(codes)},
    ).all()


def count_things(session: Session, codes: Sequence[str], since: datetime) -> Sequence[Row[Any]]:
    """Return what stands in grids in force, and the incidents reported there since an instant."""
    return session.execute(
        text("""
            SELECT c.code AS grid_code, coalesce(b.buildings, 0) AS buildings,
                   coalesce(b.households, 0) AS households, coalesce(b.population, 0) AS population,
                   coalesce(b.firms, 0) AS firms, coalesce(t.components, 0) AS components,
                   coalesce(i.incidents, 0) AS incidents
            FROM unnest(CAST(:codes AS text[])) AS c (code)
            LEFT JOIN (
              SELECT s.grid_code, count(*) AS buildings, sum(households)::bigint AS households,
                     sum(population)::bigint AS population, sum(firms)::bigint AS firms
              FROM standing_in('buildings', :codes) s JOIN buildings USING (id) GROUP BY 1
            ) b ON b.grid_code = c.code
            LEFT JOIN (
              SELECT grid_code, count(*) AS components FROM standing_in('components', :codes) GROUP BY 1
            ) t ON t.grid_code = c.code
            LEFT JOIN (
              SELECT grid_code, count(*) AS incidents FROM incidents
              WHERE grid_code = ANY(:codes) AND reported_at >= :since GROUP BY 1) i ON i.grid_code = c.code
        """),
        {"codes": list(codes), "since": since},
    ).all()


def select_things(
    session: Session, codes: Sequence[str], boxes: Sequence[Box], since: datetime
) -> Sequence[Row[Any]]:
    """Return the things in some grids in force, and those in boxes that are in none.

    Columns: layer, grid_code, lon, lat of the point that stands for it (null where it has none), households,
    population, firms.
    """
    return session.execute(
        text(f"""
            SELECT 'buildings' AS layer, t.grid_code, t.households, t.population, t.firms,
                   ST_X(t.point) AS lon, ST_Y(t.point) AS lat
            FROM (
              SELECT s.grid_code, households, population, firms, ST_PointOnSurface(geom) AS point
              FROM standing_in('buildings', :codes) s JOIN buildings USING (id)
              UNION ALL
              SELECT grid_code, households, population, firms, ST_PointOnSurface(geom) FROM buildings
              WHERE grid_code IS NULL AND id = ANY({in_boxes("buildings", "id")})
            ) t
            UNION ALL
            SELECT 'components', t.grid_code, NULL, NULL, NULL, ST_X(t.point), ST_Y(t.point)
            FROM (
              SELECT s.grid_code,
                     CASE WHEN ST_Dimension(geom) = 0 THEN geom ELSE ST_PointOnSurface(geom) END AS point
              FROM standing_in('components', :codes) s JOIN components USING (id)
              UNION ALL
              SELECT grid_code, ST_PointOnSurface(geom) FROM components
              WHERE grid_code IS NULL
                AND id = ANY({in_boxes("components", "id")})
            ) t
            UNION ALL
            SELECT 'incidents', grid_code, NULL, NULL, NULL, ST_X(geom), ST_Y(geom) FROM incidents
            WHERE grid_code = ANY(:codes) AND reported_at >= :since
        """),  # noqa: S608 - constant boxes
        {"codes": list(codes), "since": since, **sides(boxes)},
    ).all()


def select_building_points(session: Session, communities: Sequence[str]) -> Sequence[Row[Any]]:
    """Return lon and lat of the point that stands for each building of communities, and its counts."""
    return session.execute(
        text("""
            SELECT households, population, ST_X(point) AS lon, ST_Y(point) AS lat FROM (
              SELECT households, population, ST_PointOnSurface(geom) AS point
              FROM standing_below('buildings', :communities) JOIN buildings USING (id)) AS t
        """),
        {"communities": list(communities)},
    ).all()
