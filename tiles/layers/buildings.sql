-- Buildings: counts per community to zoom 10, per grid to 13, then footprints. Contract: ../README.md
-- No counts of people: tiles are the same for everybody of one scope, and not everybody may know small ones (P02).
CREATE OR REPLACE FUNCTION tile_buildings(z integer, x integer, y integer, query json DEFAULT '{}')
RETURNS bytea LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  bounds geometry := ST_TileEnvelope(z, x, y);
  reach geometry := ST_TileEnvelope(z, x, y, margin => 64.0 / 4096);
  prefixes text[] := tile_prefixes(query);
  everything boolean := prefixes = '{""}';
  uses text[] := string_to_array(query ->> 'use', ',');
  west float := ST_XMin(bounds);
  north float := ST_YMax(bounds);
  scale float := 4096 / (ST_XMax(bounds) - ST_XMin(bounds));
BEGIN
  IF z >= 14 THEN
    RETURN (
      SELECT ST_AsMVT(tile, 'buildings', 4096, 'geom', 'id')
      FROM (
        SELECT id, use, floors, height_m::integer AS height_m,
          CASE WHEN z >= 16 THEN code END AS code,
          CASE WHEN z >= 16 THEN name END AS name,
          -- What needs no clipping is only rounded, in half the time: a crossing that this can make is finer than
          -- an eighth of a pixel. What shrinks to nothing is left out.
          CASE WHEN geom_3857 @ reach
            THEN NULLIF(
              ST_SnapToGrid(ST_TransScale(ST_ForcePolygonCW(geom_3857), -west, -north, scale, -scale), 1),
              'SRID=3857;MULTIPOLYGON EMPTY')
            ELSE ST_AsMVTGeom(geom_3857, bounds, 4096, 64) END AS geom
        FROM buildings
        WHERE geom_3857 && reach AND (everything OR grid_code ^@ ANY (prefixes))
          AND (uses IS NULL OR use = ANY (uses))
      ) AS tile
    );
  END IF;
  IF z <= 10 AND uses IS NULL THEN
    RETURN (
      SELECT ST_AsMVT(tile, 'building_counts', 4096, 'geom', 'id')
      FROM (
        SELECT id, items AS count, ST_AsMVTGeom(middle, bounds, 4096, 0) AS geom
        FROM community_counts('buildings', prefixes) WHERE middle && bounds
      ) AS tile
    );
  END IF;
  IF z <= 10 THEN
    RETURN (
      WITH counted AS (
        SELECT grid_code, count(*) AS items FROM buildings
        WHERE use = ANY (uses) AND grid_code IS NOT NULL
        GROUP BY grid_code
      ), located AS (
        SELECT c.*, COALESCE(s.anchor, (SELECT ST_PointOnSurface(geom_3857) FROM grids WHERE code = grid_code)) AS anchor
        FROM counted AS c LEFT JOIN grid_shapes AS s ON s.code = c.grid_code
        WHERE c.grid_code ^@ ANY (prefixes)
      ), placed AS (
        SELECT left(grid_code, 12)::bigint AS id, sum(items)::bigint AS count,
          ST_SetSRID(ST_MakePoint(avg(ST_X(anchor)), avg(ST_Y(anchor))), 3857) AS middle
        FROM located GROUP BY left(grid_code, 12)
      )
      SELECT ST_AsMVT(tile, 'building_counts', 4096, 'geom', 'id')
      FROM (
        SELECT id, count, ST_AsMVTGeom(middle, bounds, 4096, 0) AS geom FROM placed WHERE middle && bounds
      ) AS tile
    );
  END IF;
  IF uses IS NULL THEN
    RETURN (
      SELECT ST_AsMVT(tile, 'building_counts', 4096, 'geom', 'id')
      FROM (
        SELECT g.code::bigint AS id, c.items AS count,
          ST_AsMVTGeom(COALESCE(s.anchor, ST_PointOnSurface(g.geom_3857)), bounds, 4096, 0) AS geom
        FROM grids AS g JOIN grid_counts AS c ON c.layer = 'buildings' AND c.grid_code = g.code
        LEFT JOIN grid_shapes AS s ON s.code = g.code
        WHERE g.geom_3857 && bounds AND c.items > 0 AND g.code ^@ ANY (prefixes)
      ) AS tile
    );
  END IF;
  RETURN (
    SELECT ST_AsMVT(tile, 'building_counts', 4096, 'geom', 'id')
    FROM (
      SELECT g.code::bigint AS id, c.items AS count,
        ST_AsMVTGeom(COALESCE(s.anchor, ST_PointOnSurface(g.geom_3857)), bounds, 4096, 0) AS geom
      FROM grids AS g LEFT JOIN grid_shapes AS s USING (code)
      CROSS JOIN LATERAL (
        SELECT count(*) AS items FROM standing_in('buildings', ARRAY[g.code]) JOIN buildings USING (id)
        WHERE use = ANY (uses)
      ) AS c
      WHERE g.geom_3857 && bounds AND c.items > 0 AND g.code ^@ ANY (prefixes)
    ) AS tile
  );
END $$;
