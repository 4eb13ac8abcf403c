-- Grids in force, and from zoom 14 a point for each one's label. Contract: ../README.md
CREATE OR REPLACE FUNCTION tile_grids(z integer, x integer, y integer, query json DEFAULT '{}')
RETURNS bytea LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  bounds geometry := ST_TileEnvelope(z, x, y);
  reach geometry := ST_TileEnvelope(z, x, y, margin => 64.0 / 4096);
  prefixes text[] := tile_prefixes(query);
  moment timestamptz := tile_moment(query);
  kinds text[] := string_to_array(query ->> 'kind', ',');
  west float := ST_XMin(bounds);
  north float := ST_YMax(bounds);
  -- far out thousands of grids are in one tile: half a pixel (512 to a tile) or finer is precision enough
  units integer := CASE WHEN z <= 8 THEN 1024 WHEN z <= 10 THEN 2048 ELSE 4096 END;
  scale float := units / (ST_XMax(bounds) - ST_XMin(bounds));
BEGIN
  IF z >= 14 THEN
    RETURN (
      WITH shown AS MATERIALIZED (
        SELECT g.code, g.name, g.kind, g.area_m2, g.geom_3857, COALESCE(s.anchor, ST_PointOnSurface(g.geom_3857)) AS anchor
        FROM grids AS g LEFT JOIN grid_shapes AS s USING (code)
        WHERE g.geom_3857 && reach AND g.valid_from <= moment AND (g.valid_to IS NULL OR g.valid_to > moment)
          AND g.code ^@ ANY (prefixes) AND (kinds IS NULL OR g.kind = ANY (kinds))
      )
      SELECT (
        SELECT ST_AsMVT(tile, 'grids', 4096, 'geom', 'id')
        FROM (
          SELECT code::bigint AS id, code, name, kind, round(area_m2)::bigint AS area_m2,
            CASE WHEN geom_3857 @ reach
              THEN NULLIF(
                ST_SnapToGrid(ST_TransScale(ST_ForcePolygonCW(geom_3857), -west, -north, scale, -scale), 1),
                'SRID=3857;POLYGON EMPTY')
              ELSE ST_AsMVTGeom(geom_3857, bounds, 4096, 64) END AS geom
          FROM shown
        ) AS tile
      ) || (
        SELECT ST_AsMVT(tile, 'grid_labels', 4096, 'geom', 'id')
        FROM (
          SELECT code::bigint AS id, code, name, ST_AsMVTGeom(anchor, bounds, 4096, 0) AS geom FROM shown
        ) AS tile
      )
    );
  END IF;
  RETURN (
    SELECT ST_AsMVT(tile, 'grids', units, 'geom', 'id')
    FROM (
      SELECT code::bigint AS id,
        CASE WHEN z >= 11 THEN code END AS code,
        CASE WHEN z >= 12 THEN name END AS name,
        CASE WHEN z >= 12 THEN kind END AS kind,
        CASE WHEN z >= 12 THEN round(area_m2)::bigint END AS area_m2,
        -- a stored outline that needs no clipping needs no repair either: this is three times as fast
        CASE WHEN shape @ reach THEN ST_SnapToGrid(ST_TransScale(shape, -west, -north, scale, -scale), 1)
          ELSE ST_AsMVTGeom(COALESCE(shape, geom_3857), bounds, units, units / 64) END AS geom
      FROM (
        SELECT g.code, g.name, g.kind, g.area_m2, g.geom_3857,
          CASE WHEN z <= 9 THEN s.geom_z9 WHEN z <= 11 THEN s.geom_z11 ELSE s.geom_z13 END AS shape
        FROM grids AS g LEFT JOIN grid_shapes AS s USING (code)
        WHERE g.geom_3857 && reach AND g.valid_from <= moment AND (g.valid_to IS NULL OR g.valid_to > moment)
          AND g.code ^@ ANY (prefixes) AND (kinds IS NULL OR g.kind = ANY (kinds))
      ) AS shown
      ORDER BY 1  -- neighbours side by side compress better
    ) AS tile
  );
END $$;
