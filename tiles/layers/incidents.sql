-- Incidents, open ones unless asked otherwise; below zoom 16 those of one cell are one point with their count.
-- A cell lies in one tile only, so that no incident is counted twice. Planning for every partition takes longer than
-- the tile, so the plan is made once. Contract: ../README.md
CREATE OR REPLACE FUNCTION tile_incidents(z integer, x integer, y integer, query json DEFAULT '{}')
RETURNS bytea LANGUAGE plpgsql STABLE PARALLEL SAFE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  bounds geometry := ST_TileEnvelope(z, x, y);
  prefixes text[] := tile_prefixes(query);
  everything boolean := prefixes = '{""}';
  states text[] := string_to_array(query ->> 'state', ',');
  kinds text[] := string_to_array(query ->> 'kind', ',');
  classes text[] := string_to_array(query ->> 'class', ',');
  earliest timestamptz := COALESCE((query ->> 'from')::timestamptz, '-infinity');
  latest timestamptz := COALESCE((query ->> 'to')::timestamptz, 'infinity');
  cell_m float := CASE WHEN z >= 16 THEN 0 ELSE 40075016.685578488 / 2 ^ z / CASE WHEN z <= 13 THEN 16 ELSE 32 END END;
BEGIN
  RETURN (
    WITH chosen AS (
      SELECT * FROM incidents
      WHERE states IS NULL AND state NOT IN ('closed', 'rejected', 'declined', 'void', 'merged')
        AND geom_3857 && bounds AND reported_at >= earliest AND reported_at < latest
      UNION ALL
      SELECT * FROM incidents
      WHERE states IS NOT NULL AND (states = '{all}' OR state = ANY (states))
        AND geom_3857 && bounds AND reported_at >= earliest AND reported_at < latest
    ), clustered AS (
      SELECT max(id) AS id, count(*) AS count,
        CASE WHEN count(*) = 1 THEN min(kind) END AS kind,
        CASE WHEN count(*) = 1 THEN min(class_code) END AS class,
        CASE WHEN count(*) = 1 THEN min(state) END AS state,
        CASE WHEN count(*) = 1 THEN min(source) END AS source,
        floor(extract(epoch FROM max(reported_at)))::bigint AS reported_at,
        floor(extract(epoch FROM min(due_at)))::bigint AS due_at,
        ST_SetSRID(ST_MakePoint(avg(ST_X(geom_3857)), avg(ST_Y(geom_3857))), 3857) AS geom
      FROM chosen
      WHERE (everything OR grid_code ^@ ANY (prefixes))
        AND (kinds IS NULL OR kind = ANY (kinds)) AND (classes IS NULL OR class_code ^@ ANY (classes))
      GROUP BY CASE WHEN cell_m = 0 THEN id ELSE floor((ST_X(geom_3857) + 20037508.342789244) / cell_m) END,
        CASE WHEN cell_m <> 0 THEN floor((20037508.342789244 - ST_Y(geom_3857)) / cell_m) END
    )
    SELECT ST_AsMVT(tile, 'incidents', 4096, 'geom', 'id')
    FROM (
      SELECT id, count, kind, class, state, source, reported_at, due_at, ST_AsMVTGeom(geom, bounds, 4096, 0) AS geom
      FROM clustered
    ) AS tile
  );
END $$;
