-- The way of one worker in a time, broken where fixes are more than ten minutes apart. Contract: ../README.md
CREATE OR REPLACE FUNCTION tile_tracks(z integer, x integer, y integer, query json DEFAULT '{}')
RETURNS bytea LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  bounds geometry := ST_TileEnvelope(z, x, y);
  prefixes text[] := tile_prefixes(query);
  everything boolean := prefixes = '{""}';
  pixel_m float := 40075016.7 / 512 / 2 ^ z;
BEGIN
  RETURN (
    WITH fixes AS (
      SELECT t.fixed_at, t.geom,
        t.fixed_at - lag(t.fixed_at) OVER (ORDER BY t.fixed_at) > interval '10 minutes' AS begins
      FROM tracks AS t JOIN workers AS w ON w.code = t.worker_code
      WHERE t.worker_code = query ->> 'worker'
        AND t.fixed_at >= (query ->> 'from')::timestamptz AND t.fixed_at < (query ->> 'to')::timestamptz
        AND (everything OR w.division_code ^@ ANY (prefixes))
    ), numbered AS (
      SELECT fixed_at, geom, count(*) FILTER (WHERE begins) OVER (ORDER BY fixed_at) AS leg FROM fixes
    ), legs AS (
      SELECT min(fixed_at) AS began_at, max(fixed_at) AS ended_at,
        ST_Transform(ST_MakeLine(geom ORDER BY fixed_at), 3857) AS line
      FROM numbered GROUP BY leg HAVING count(*) > 1
    )
    SELECT ST_AsMVT(tile, 'tracks', 4096, 'geom', 'id')
    FROM (
      SELECT floor(extract(epoch FROM began_at))::bigint AS id,
        floor(extract(epoch FROM began_at))::bigint AS began_at, floor(extract(epoch FROM ended_at))::bigint AS ended_at,
        ST_AsMVTGeom(ST_Simplify(line, pixel_m / 4), bounds, 4096, 64) AS geom
      FROM legs
    ) AS tile
  );
END $$;
