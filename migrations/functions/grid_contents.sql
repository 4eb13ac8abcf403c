-- Which buildings and components stand in each grid: what an index on their grid would tell, kept as a list for each
-- grid. With such an index a row could not change its grid without an entry in every other index it has.

CREATE OR REPLACE FUNCTION keep_grid_contents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  emptied text[];
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM grid_contents WHERE layer = TG_TABLE_NAME;
    RETURN NULL;
  END IF;
  -- grid by grid and not row by row: to join the rows before with those after would take longer than to write them
  EXECUTE format(
    'WITH changed AS (
       SELECT grid_code, array_agg(id ORDER BY id) FILTER (WHERE NOT present) AS gone,
         array_agg(id ORDER BY id) FILTER (WHERE present) AS come
       FROM (%s) AS moved WHERE grid_code IS NOT NULL GROUP BY grid_code
     ), differing AS (
       SELECT * FROM changed WHERE gone IS DISTINCT FROM come ORDER BY grid_code
     ), kept AS (
       UPDATE grid_contents AS c SET ids = ARRAY(SELECT unnest(c.ids) EXCEPT SELECT unnest(d.gone)) || d.come
       FROM differing AS d WHERE d.gone IS NOT NULL AND c.layer = %L AND c.grid_code = d.grid_code
     ), added AS (
       INSERT INTO grid_contents AS c (layer, grid_code, ids)
       SELECT %L, grid_code, come FROM differing WHERE gone IS NULL
       ON CONFLICT (grid_code, layer) DO UPDATE SET ids = c.ids || excluded.ids
     )
     SELECT array_agg(grid_code) FROM differing WHERE come IS NULL',
    CASE TG_OP
      WHEN 'INSERT' THEN 'SELECT grid_code, id, true AS present FROM new_rows'
      WHEN 'DELETE' THEN 'SELECT grid_code, id, false AS present FROM old_rows'
      ELSE 'SELECT grid_code, id, true AS present FROM new_rows
            UNION ALL SELECT grid_code, id, false FROM old_rows'
    END, TG_TABLE_NAME, TG_TABLE_NAME) INTO emptied;
  DELETE FROM grid_contents WHERE layer = TG_TABLE_NAME AND grid_code = ANY (emptied) AND ids = '{}';
  RETURN NULL;
END $$;

DO $$
DECLARE
  tab text;
  event text;
BEGIN
  FOREACH tab IN ARRAY ARRAY['buildings', 'components'] LOOP
    FOREACH event IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] LOOP
      EXECUTE format(
        'CREATE OR REPLACE TRIGGER %I AFTER %s ON %I %s FOR EACH STATEMENT EXECUTE FUNCTION keep_grid_contents()',
        'grid_contents_' || lower(event), event, tab,
        CASE event
          WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS new_rows'
          WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS old_rows'
          WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
          ELSE ''
        END);
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
