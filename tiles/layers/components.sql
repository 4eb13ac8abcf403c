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
    );
  END IF;
  IF z <= 10 AND NOT filtered THEN
    RETURN (
      SELECT ST_AsMVT(tile, 'component_counts', 4096, 'geom', 'id')
      FROM (
        SELECT id, items AS count, ST_AsMVTGeom(middle, bounds, 4096, 0) AS geom
        FROM community_counts('components', prefixes) WHERE middle && bounds
      ) AS tile
    );
  END IF;
  IF z <= 10 THEN
    RETURN (
      WITH counted AS (
        SELECT grid_code, count(*) AS items FROM components
        WHERE (classes IS NULL OR class_code ^@ ANY (classes)) AND (states IS NULL OR state = ANY (states))
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
    );
  END IF;
  IF NOT filtered THEN
    RETURN (
      SELECT ST_AsMVT(tile, 'component_counts', 4096, 'geom', 'id')
      FROM (
        SELECT g.code::bigint AS id, c.items AS count,
          ST_AsMVTGeom(COALESCE(s.anchor, ST_PointOnSurface(g.geom_3857)), bounds, 4096, 0) AS geom
        FROM grids AS g JOIN grid_counts AS c ON c.layer = 'components' AND c.grid_code = g.code
        LEFT JOIN grid_shapes AS s ON s.code = g.code
        WHERE g.geom_3857 && bounds AND c.items > 0 AND g.code ^@ ANY (prefixes)
      ) AS tile
    );
  END IF;
  RETURN (
    SELECT ST_AsMVT(tile, 'component_counts', 4096, 'geom', 'id')
    FROM (
      SELECT g.code::bigint AS id, c.items AS count,
        ST_AsMVTGeom(COALESCE(s.anchor, ST_PointOnSurface(g.geom_3857)), bounds, 4096, 0) AS geom
      FROM grids AS g LEFT JOIN grid_shapes AS s USING (code)
      CROSS JOIN LATERAL (
        SELECT count(*) AS items FROM standing_in('components', ARRAY[g.code]) JOIN components USING (id)
        WHERE (classes IS NULL OR class_code ^@ ANY (classes)) AND (states IS NULL OR state = ANY (states))
      ) AS c
      WHERE g.geom_3857 && bounds AND c.items > 0 AND g.code ^@ ANY (prefixes)
    ) AS tile
  );
END $$;
