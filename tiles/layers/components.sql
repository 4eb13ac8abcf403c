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
  RETURN (
    WITH counted AS (
      SELECT grid_code, items FROM grid_counts WHERE NOT filtered AND layer = 'components'
      UNION ALL
      SELECT grid_code, count(*) FROM components
      WHERE filtered AND (classes IS NULL OR class_code ^@ ANY (classes)) AND (states IS NULL OR state = ANY (states))
        AND grid_code IS NOT NULL
      GROUP BY grid_code
    ), located AS (
      SELECT g.code, c.items, COALESCE(s.anchor, ST_PointOnSurface(g.geom_3857)) AS anchor
      FROM grids AS g JOIN counted AS c ON c.grid_code = g.code LEFT JOIN grid_shapes AS s USING (code)
      WHERE (z <= 10 OR g.geom_3857 && bounds) AND c.items > 0 AND g.code ^@ ANY (prefixes)
    ), placed AS (
      SELECT code, items, anchor FROM located WHERE z > 10
      UNION ALL
      SELECT left(code, 12), sum(items), ST_SetSRID(ST_MakePoint(avg(ST_X(anchor)), avg(ST_Y(anchor))), 3857)
      FROM located WHERE z <= 10 GROUP BY left(code, 12)
    )
    SELECT ST_AsMVT(tile, 'component_counts', 4096, 'geom', 'id')
    FROM (
      SELECT code::bigint AS id, items::bigint AS count, ST_AsMVTGeom(anchor, bounds, 4096, 0) AS geom
      FROM placed WHERE anchor && bounds
    ) AS tile
    WHERE geom IS NOT NULL
  );
END $$;
