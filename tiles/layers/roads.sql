-- Centre-lines, the lesser classes as one comes nearer; every scope sees them. Contract: ../README.md
CREATE OR REPLACE FUNCTION tile_roads(z integer, x integer, y integer, query json DEFAULT '{}')
RETURNS bytea LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  bounds geometry := ST_TileEnvelope(z, x, y);
  reach geometry := ST_TileEnvelope(z, x, y, margin => 64.0 / 4096);
  pixel_m float := 40075016.7 / 512 / 2 ^ z;
  wanted text[] := string_to_array(query ->> 'class', ',');
  shown text[] := CASE WHEN z <= 9 THEN '{expressway}'
    WHEN z <= 11 THEN '{expressway,arterial}'
    WHEN z <= 13 THEN '{expressway,arterial,collector}'
    WHEN z = 14 THEN '{expressway,arterial,collector,local}'
    ELSE '{expressway,arterial,collector,local,path}' END;
BEGIN
  RETURN (
    SELECT ST_AsMVT(tile, 'roads', 4096, 'geom', 'id')
    FROM (
      SELECT id, class, CASE WHEN z >= 12 THEN name END AS name,
        ST_AsMVTGeom(
          CASE WHEN z <= 13 THEN ST_Simplify(geom_3857, pixel_m / 2) ELSE geom_3857 END, bounds, 4096, 64) AS geom
      FROM roads
      WHERE geom_3857 && reach AND class = ANY (shown) AND (wanted IS NULL OR class = ANY (wanted))
    ) AS tile
  );
END $$;
