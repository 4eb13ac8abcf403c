-- What tiles need to know of a change: where it was (tile_changes; of counts: grid_contents.sql), where each worker was
-- seen last (worker_positions), and which simplified outlines no longer hold.
-- All triggers are by statement: a load of a million rows pays once a batch, not once a row.

-- At most 32 boxes that cover all of `boxes`: one for each cell of a zoom-13 tile, or a single one.
CREATE OR REPLACE FUNCTION merged_boxes(boxes box2d[]) RETURNS box2d[] LANGUAGE sql IMMUTABLE AS $$
  WITH cells AS (
    SELECT ST_Extent(box::geometry) AS box
    FROM unnest(boxes) AS box
    WHERE box IS NOT NULL
    GROUP BY floor(ST_XMin(box) / 4891.97), floor(ST_YMin(box) / 4891.97)
  )
  SELECT CASE WHEN count(*) > 32 THEN ARRAY[ST_Extent(box::geometry)] ELSE array_agg(box) END FROM cells
$$;

-- Numbers follow commits, because the row of the source stays locked until its change commits: a reader that has
-- seen version n has seen everything up to n. Of each source the last thousand versions are kept; a change
-- "everywhere" stands for all older ones.
CREATE OR REPLACE FUNCTION record_tile_changes(changed text, boxes box2d[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  now_at bigint;
BEGIN
  IF cardinality(boxes) = 0 THEN  -- null, unlike empty, is everywhere
    RETURN;
  END IF;
  INSERT INTO tile_versions AS v (source, version) VALUES (changed, 1)
  ON CONFLICT (source) DO UPDATE SET version = v.version + 1
  RETURNING version INTO now_at;
  INSERT INTO tile_changes (source, version, box_xmin, box_ymin, box_xmax, box_ymax)
  SELECT changed, now_at, ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
  FROM unnest(COALESCE(boxes, ARRAY[NULL::box2d])) AS box;
  IF now_at % 128 = 0 AND now_at > 1000 THEN
    DELETE FROM tile_changes WHERE source = changed AND version <= now_at - 1000;
    INSERT INTO tile_changes (source, version) VALUES (changed, now_at - 1000);
  END IF;
END $$;

-- Argument: the expression of the geometry, EPSG:3857, in a row.
CREATE OR REPLACE FUNCTION note_tile_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  boxes box2d[];
BEGIN
  IF TG_OP <> 'TRUNCATE' THEN
    EXECUTE format(
      CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT array_agg((%1$s)::box2d) FROM new_rows'
        WHEN 'DELETE' THEN 'SELECT array_agg((%1$s)::box2d) FROM old_rows'
        ELSE 'SELECT array_agg(box) FROM (SELECT (%1$s)::box2d AS box FROM new_rows
              UNION ALL SELECT (%1$s)::box2d FROM old_rows) AS both_rows'
      END, TG_ARGV[0]) INTO boxes;
    boxes := COALESCE(merged_boxes(boxes), '{}');
  END IF;
  PERFORM record_tile_changes(TG_TABLE_NAME, boxes);
  RETURN NULL;
END $$;

-- Counts are drawn at the anchors of their grids and, far out, at the middle of those of a community.
CREATE OR REPLACE FUNCTION count_boxes(grid_codes text[]) RETURNS box2d[] LANGUAGE sql STABLE AS $$
  SELECT COALESCE(merged_boxes(array_agg(box)), '{}')
  FROM (
    SELECT ST_Extent(COALESCE(s.anchor, ST_Centroid(g.geom_3857))) AS box
    FROM (SELECT DISTINCT left(code, 12) AS code FROM unnest(grid_codes) AS code) AS c
    JOIN grids AS g ON g.code BETWEEN c.code AND c.code || '9999'  -- by community_code no index would be used
    LEFT JOIN grid_shapes AS s ON s.code = g.code
    GROUP BY c.code
  ) AS communities
$$;

-- Argument: the table of the simplified outlines.
CREATE OR REPLACE FUNCTION drop_stale_shapes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format(
    'DELETE FROM %I WHERE code IN (
       SELECT code FROM old_rows AS o JOIN new_rows AS n USING (code) WHERE o.geom IS DISTINCT FROM n.geom)',
    TG_ARGV[0]);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION keep_worker_positions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM worker_positions;
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN  -- the newest fix may be among those that went: look again
    DELETE FROM worker_positions WHERE worker_code IN (SELECT worker_code FROM old_rows);
    INSERT INTO worker_positions (worker_code, fixed_at, accuracy_m, geom_3857)
    SELECT t.worker_code, t.fixed_at, t.accuracy_m, ST_Transform(t.geom, 3857)
    FROM (SELECT DISTINCT worker_code FROM old_rows) AS w
    CROSS JOIN LATERAL (
      SELECT * FROM tracks WHERE tracks.worker_code = w.worker_code ORDER BY fixed_at DESC LIMIT 1
    ) AS t;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO worker_positions AS p (worker_code, fixed_at, accuracy_m, geom_3857)
    SELECT DISTINCT ON (worker_code) worker_code, fixed_at, accuracy_m, ST_Transform(geom, 3857)
    FROM new_rows ORDER BY worker_code, fixed_at DESC
    ON CONFLICT (worker_code) DO UPDATE
    SET fixed_at = excluded.fixed_at, accuracy_m = excluded.accuracy_m, geom_3857 = excluded.geom_3857
    WHERE excluded.fixed_at > p.fixed_at;
  END IF;
  RETURN NULL;
END $$;

DO $$
DECLARE
  wanted record;
  event text;
BEGIN
  FOR wanted IN SELECT * FROM (VALUES
    ('tile_change', 'note_tile_change', 'geom_3857', '{INSERT,UPDATE,DELETE,TRUNCATE}'::text[],
     '{divisions,grids,roads,buildings,components,incidents,worker_positions}'::text[]),
    ('tile_change', 'note_tile_change', 'geom_z9', '{INSERT,UPDATE,DELETE,TRUNCATE}', '{grid_shapes,division_shapes}'),
    ('tile_change', 'note_tile_change', 'ST_Transform(geom, 3857)', '{INSERT,UPDATE,DELETE,TRUNCATE}', '{tracks}'),
    ('tile_change', 'note_tile_change', '(SELECT geom_3857 FROM worker_positions WHERE worker_code = code)',
     '{INSERT,UPDATE,DELETE,TRUNCATE}', '{workers}'),
    ('stale_shapes', 'drop_stale_shapes', 'grid_shapes', '{UPDATE}', '{grids}'),
    ('stale_shapes', 'drop_stale_shapes', 'division_shapes', '{UPDATE}', '{divisions}'),
    ('worker_positions', 'keep_worker_positions', '', '{INSERT,UPDATE,DELETE,TRUNCATE}', '{tracks}')
  ) AS w (prefix, function, argument, events, tables)
  LOOP
    FOREACH event IN ARRAY wanted.events LOOP
      FOR i IN 1 .. cardinality(wanted.tables) LOOP
        EXECUTE format(
          'CREATE OR REPLACE TRIGGER %I AFTER %s ON %I %s FOR EACH STATEMENT EXECUTE FUNCTION %I(%L)',
          wanted.prefix || '_' || lower(event), event, wanted.tables[i],
          CASE event
            WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS new_rows'
            WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS old_rows'
            WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
            ELSE ''
          END, wanted.function, wanted.argument);
      END LOOP;
    END LOOP;
  END LOOP;
END $$;
