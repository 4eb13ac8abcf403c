-- Components: counts per community to zoom 10, per grid to 14, then each one. Contract: ../README.md
CREATE OR REPLACE FUNCTION tile_components(z integer, x integer, y integer, query json DEFAULT '{}')
RETURNS bytea LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  bounds geometry := ST_TileEnvelope(z, x, y);
  reach geometry := ST_TileEnvelope(z, x, y, margin => 64.0 / 4096);
  prefixes text[] := tile_prefixes(query);
  everything boolean := prefixes = '{""}';
  classes text[] := string_to_array(query ->> 'class', ',');
  states text[] := string_to_array(query ->> 'state', ',');
  filtered boolean := classes IS NOT NULL OR states IS NOT NULL;
BEGIN
  IF z >= 15 THEN
    RETURN (
      SELECT ST_AsMVT(tile, 'components', 4096, 'geom', 'id')
      FROM (
        SELECT id, class_code AS class, state,
          CASE WHEN z >= 17 THEN component_code END AS code,
          CASE WHEN z >= 17 THEN name END AS name,
          ST_AsMVTGeom(geom_3857, bounds, 4096, 64) AS geom
        FROM components
        WHERE geom_3857 && reach AND (everything OR grid_code ^@ ANY (prefixes))
          AND (classes IS NULL OR class_code ^@ ANY (classes)) AND (states IS NULL OR state = ANY (states))
      ) AS tile
      WHERE geom IS NOT NULL
    );
  END IF;
  IF z <= 10 THEN
    RETURN (
      WITH counted AS (
        SELECT grid_code, items FROM grid_counts WHERE NOT filtered AND layer = 'components' AND items > 0
        UNION ALL
        SELECT grid_code, count(*) FROM components
        WHERE filtered AND (classes IS NULL OR class_code ^@ ANY (classes)) AND (states IS NULL OR state = ANY (states))
          AND grid_code IS NOT NULL
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
      SELECT ST_AsMVT(tile, 'component_counts', 4096, 'geom', 'id')
      FROM (
        SELECT id, count, ST_AsMVTGeom(middle, bounds, 4096, 0) AS geom FROM placed WHERE middle && bounds
      ) AS tile
      WHERE geom IS NOT NULL
    );
  END IF;
  RETURN (
    SELECT ST_AsMVT(tile, 'component_counts', 4096, 'geom', 'id')
    FROM (
      SELECT g.code::bigint AS id, c.items AS count,
        ST_AsMVTGeom(COALESCE(s.anchor, ST_PointOnSurface(g.geom_3857)), bounds, 4096, 0) AS geom
      FROM grids AS g LEFT JOIN grid_shapes AS s USING (code)
      CROSS JOIN LATERAL (
        SELECT items FROM grid_counts WHERE NOT filtered AND layer = 'components' AND grid_code = g.code
        UNION ALL
        SELECT count(*) FROM components
        WHERE filtered AND (classes IS NULL OR class_code ^@ ANY (classes)) AND (states IS NULL OR state = ANY (states))
          AND grid_code = g.code
        HAVING filtered
      ) AS c
      WHERE g.geom_3857 && bounds AND c.items > 0 AND g.code ^@ ANY (prefixes)
    ) AS tile
    WHERE geom IS NOT NULL
  );
END $$;
