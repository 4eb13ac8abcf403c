-- Division outlines of every level, and a point for each one's label. Contract: ../README.md
CREATE OR REPLACE FUNCTION tile_divisions(z integer, x integer, y integer, query json DEFAULT '{}')
RETURNS bytea LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  bounds geometry := ST_TileEnvelope(z, x, y);
  reach geometry := ST_TileEnvelope(z, x, y, margin => 64.0 / 4096);
  prefixes text[] := tile_prefixes(query);
  levels text[] := string_to_array(query ->> 'level', ',');
BEGIN
  RETURN (
    SELECT ST_AsMVT(tile, 'divisions', 4096, 'geom', 'id')
    FROM (
      SELECT d.code::bigint AS id, d.code, d.name, d.level,
        ST_AsMVTGeom(
          COALESCE(
            CASE WHEN z <= 9 THEN s.geom_z9 WHEN z <= 11 THEN s.geom_z11 WHEN z <= 13 THEN s.geom_z13 END,
            d.geom_3857),
          bounds, 4096, 64) AS geom
      FROM divisions AS d LEFT JOIN division_shapes AS s USING (code)
      WHERE d.geom_3857 && reach AND (levels IS NULL OR d.level = ANY (levels)) AND d.code ^@ ANY (prefixes)
      ORDER BY d.code
    ) AS tile
  ) || (
    SELECT ST_AsMVT(tile, 'division_labels', 4096, 'geom', 'id')
    FROM (
      SELECT d.code::bigint AS id, d.code, d.name, d.level,
        ST_AsMVTGeom(COALESCE(s.anchor, ST_PointOnSurface(d.geom_3857)), bounds, 4096, 0) AS geom
      FROM divisions AS d LEFT JOIN division_shapes AS s USING (code)
      WHERE d.geom_3857 && bounds AND (levels IS NULL OR d.level = ANY (levels)) AND d.code ^@ ANY (prefixes)
    ) AS tile
  );
END $$;
