-- What coverage and workload have to look at again (gridgis/services/measuring): one row for each grid, worker or
-- division that a statement touched, or a single one without a code when it touched very many.

CREATE OR REPLACE FUNCTION note_measure_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  kind text := TG_ARGV[0];
  codes text[];
BEGIN
  IF TG_OP <> 'TRUNCATE' AND TG_ARGV[1] <> '' THEN
    EXECUTE format(
      CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT array_agg(code) FROM (SELECT DISTINCT %1$s AS code FROM new_rows AS r) AS c'
        WHEN 'DELETE' THEN 'SELECT array_agg(code) FROM (SELECT DISTINCT %1$s AS code FROM old_rows AS r) AS c'
        ELSE 'SELECT array_agg(code) FROM (SELECT %1$s AS code FROM new_rows AS r
              UNION SELECT %1$s FROM old_rows AS r) AS c'  -- hashed, where DISTINCT in the sum would sort them all
      END, TG_ARGV[1]) INTO codes;
    codes := array_remove(codes, NULL);
    IF codes IS NULL OR cardinality(codes) = 0 THEN
      RETURN NULL;
    END IF;
  END IF;
  INSERT INTO measure_changes (kind, code)
  SELECT kind, code FROM unnest(CASE WHEN cardinality(codes) <= 2000 THEN codes ELSE ARRAY[NULL::text] END) AS code;
  RETURN NULL;
END $$;

-- A track changes the days it has fixes on, from the first to the last of the statement.
CREATE OR REPLACE FUNCTION note_track_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP IN ('INSERT', 'UPDATE') THEN
    INSERT INTO measure_changes (kind, code, since, until)
    SELECT 'tracks', worker_code, min(fixed_at), max(fixed_at) FROM new_rows GROUP BY worker_code;
  END IF;
  IF TG_OP IN ('DELETE', 'UPDATE') THEN
    INSERT INTO measure_changes (kind, code, since, until)
    SELECT 'tracks', worker_code, min(fixed_at), max(fixed_at) FROM old_rows GROUP BY worker_code;
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO measure_changes (kind) VALUES ('tracks');
  END IF;
  RETURN NULL;
END $$;

DO $$
DECLARE
  wanted record;
  event text;
BEGIN
  FOR wanted IN SELECT * FROM (VALUES
    ('buildings', 'standing', 'r.grid_code', 'note_measure_change'),
    ('components', 'components', 'r.grid_code', 'note_measure_change'),
    ('inspections', 'standing', '(SELECT grid_code FROM buildings WHERE id = r.building_id UNION ALL
       SELECT grid_code FROM components WHERE id = r.component_id)', 'note_measure_change'),
    ('incidents', 'incidents', 'r.grid_code', 'note_measure_change'),
    ('beats', 'roster', 'r.worker_code', 'note_measure_change'),
    ('beats', 'standing', 'r.grid_code', 'note_measure_change'),
    ('grids', 'grids', 'r.code', 'note_measure_change'),
    ('divisions', 'land', 'r.code', 'note_measure_change'),
    ('roads', 'roads', '', 'note_measure_change'),
    ('cycles', 'standing', '', 'note_measure_change'),
    ('workload_parameters', 'parameters', '', 'note_measure_change'),
    ('tracks', 'tracks', '', 'note_track_change')
  ) AS w (tab, kind, code, function)
  LOOP
    FOREACH event IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] LOOP
      EXECUTE format(
        'CREATE OR REPLACE TRIGGER %I AFTER %s ON %I %s FOR EACH STATEMENT EXECUTE FUNCTION %I(%L, %L)',
        'measure_' || wanted.kind || '_' || lower(event), event, wanted.tab,
        CASE event
          WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS new_rows'
          WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS old_rows'
          WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
          ELSE ''
        END, wanted.function, wanted.kind, wanted.code);
    END LOOP;
  END LOOP;
END $$;
