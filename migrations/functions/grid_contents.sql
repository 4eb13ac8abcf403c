-- Which buildings and components stand in each grid, and how many. The list is what an index on their grid would tell:
-- with such an index a row could not change its grid without an entry in every other index it has.

-- Argument: the expression of a row's households.
CREATE OR REPLACE FUNCTION keep_grid_contents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  touched text[];
  emptied text[];
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM grid_contents WHERE layer = TG_TABLE_NAME;
    DELETE FROM grid_counts WHERE layer = TG_TABLE_NAME;
    PERFORM record_tile_changes(TG_TABLE_NAME || '_counts', NULL);
    RETURN NULL;
  END IF;
  -- grid by grid and not row by row: to join the rows before with those after would take longer than to write them
  EXECUTE format(
    'WITH changed AS (
       SELECT grid_code, array_agg(id) FILTER (WHERE sign < 0) AS gone, array_agg(id) FILTER (WHERE sign > 0) AS come,
         sum(sign) AS items, sum(sign * households) AS households
       FROM (%1$s) AS moved WHERE grid_code IS NOT NULL GROUP BY grid_code
     ), differing AS (  -- rows come in the same order before and after: where none moved the lists are equal
       SELECT * FROM changed WHERE gone IS DISTINCT FROM come ORDER BY grid_code
     ), kept AS (
       UPDATE grid_contents AS c SET ids = ARRAY(SELECT unnest(c.ids) EXCEPT SELECT unnest(d.gone)) || d.come
       FROM differing AS d WHERE d.gone IS NOT NULL AND c.layer = %2$L AND c.grid_code = d.grid_code
     ), added AS (
       INSERT INTO grid_contents AS c (layer, grid_code, ids)
       SELECT %2$L, grid_code, come FROM differing WHERE gone IS NULL
       ON CONFLICT (grid_code, layer) DO UPDATE SET ids = c.ids || excluded.ids
     ), counted AS (
       INSERT INTO grid_counts AS c (layer, grid_code, items, households)
       SELECT %2$L, grid_code, items, households FROM changed WHERE items <> 0 OR households <> 0 ORDER BY grid_code
       ON CONFLICT (grid_code, layer)
       DO UPDATE SET items = c.items + excluded.items, households = c.households + excluded.households
     )
     -- a filter may count what the total does not show, so that a net of nothing is a change as well
     SELECT array_agg(grid_code), array_agg(grid_code) FILTER (WHERE come IS NULL OR items < 0) FROM changed',
    CASE TG_OP
      WHEN 'INSERT' THEN format('SELECT grid_code, id, 1 AS sign, %s AS households FROM new_rows', TG_ARGV[0])
      WHEN 'DELETE' THEN format('SELECT grid_code, id, -1 AS sign, %s AS households FROM old_rows', TG_ARGV[0])
      ELSE format('SELECT grid_code, id, 1 AS sign, %1$s AS households FROM new_rows
                   UNION ALL SELECT grid_code, id, -1, %1$s FROM old_rows', TG_ARGV[0])
    END, TG_TABLE_NAME) INTO touched, emptied;
  IF touched IS NOT NULL THEN
    DELETE FROM grid_contents WHERE layer = TG_TABLE_NAME AND grid_code = ANY (emptied) AND ids = '{}';
    DELETE FROM grid_counts WHERE layer = TG_TABLE_NAME AND grid_code = ANY (emptied) AND items = 0;
    PERFORM record_tile_changes(TG_TABLE_NAME || '_counts', count_boxes(touched));
  END IF;
  RETURN NULL;
END $$;

DO $$
DECLARE
  wanted record;
  event text;
BEGIN
  FOR wanted IN SELECT * FROM (VALUES ('buildings', 'COALESCE(households, 0)'), ('components', '0')) AS w (tab, households) LOOP
    FOREACH event IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] LOOP
      EXECUTE format(
        'CREATE OR REPLACE TRIGGER %I AFTER %s ON %I %s FOR EACH STATEMENT EXECUTE FUNCTION keep_grid_contents(%L)',
        'grid_contents_' || lower(event), event, wanted.tab,
        CASE event
          WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS new_rows'
          WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS old_rows'
          WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
          ELSE ''
        END, wanted.households);
    END LOOP;
  END LOOP;
END $$;

-- The rows of a layer, buildings or components, that stand in some grids. The planner sees through it.
CREATE OR REPLACE FUNCTION standing_in(things text, codes text[]) RETURNS TABLE (grid_code text, id bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT c.grid_code, i.id FROM grid_contents AS c CROSS JOIN LATERAL unnest(c.ids) AS i (id)
  WHERE c.layer = things AND c.grid_code = ANY (codes)
$$;

-- The same of all grids whose codes begin with one of some prefixes.
CREATE OR REPLACE FUNCTION standing_below(things text, prefixes text[]) RETURNS TABLE (grid_code text, id bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT c.grid_code, i.id FROM grid_contents AS c CROSS JOIN LATERAL unnest(c.ids) AS i (id)
  WHERE c.layer = things AND c.grid_code ^@ ANY (prefixes)
    AND c.grid_code BETWEEN (SELECT min(prefix) FROM unnest(prefixes) AS prefix)
                        AND (SELECT max(prefix) FROM unnest(prefixes) AS prefix) || '99999999999999999999'
$$;
