-- Where each active worker was seen last. Contract: ../README.md
CREATE OR REPLACE FUNCTION tile_workers(z integer, x integer, y integer, query json DEFAULT '{}')
RETURNS bytea LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  bounds geometry := ST_TileEnvelope(z, x, y);
  prefixes text[] := tile_prefixes(query);
  everything boolean := prefixes = '{""}';
  earliest timestamptz := COALESCE((query ->> 'from')::timestamptz, '-infinity');
BEGIN
  RETURN (
    SELECT ST_AsMVT(tile, 'workers', 4096, 'geom', 'id')
    FROM (
      -- the first 52 bits of a digest: a browser holds no larger integer exactly
      SELECT ('x' || left(md5(w.code), 13))::bit(52)::bigint AS id, w.code, p.accuracy_m,
        floor(extract(epoch FROM p.fixed_at))::bigint AS fixed_at,
        ST_AsMVTGeom(p.geom_3857, bounds, 4096, 0) AS geom
      FROM worker_positions AS p JOIN workers AS w ON w.code = p.worker_code
      WHERE p.geom_3857 && bounds AND p.fixed_at >= earliest AND w.active
        AND (everything OR w.division_code ^@ ANY (prefixes))
    ) AS tile
  );
END $$;
