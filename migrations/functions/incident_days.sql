-- How many incidents were reported in each street and community on each local day, and what became of them.
-- By statement: a load pays once a batch, and a step that moves no count writes nothing. And how many are open of each
-- month (UTC, as the partitions are), so that nobody looks for them in ten years of partitions.

CREATE OR REPLACE FUNCTION keep_incident_days() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moved text := CASE TG_OP
    WHEN 'INSERT' THEN 'SELECT *, 1 AS by_one FROM new_rows'
    WHEN 'DELETE' THEN 'SELECT *, -1 AS by_one FROM old_rows'
    ELSE 'SELECT *, 1 AS by_one FROM new_rows UNION ALL SELECT *, -1 FROM old_rows'
  END;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM incident_days;
    DELETE FROM incident_months;
    RETURN NULL;
  END IF;
  EXECUTE format(
    'WITH moved AS (%s), net AS (
       SELECT grid_code, (reported_at AT TIME ZONE (SELECT time_zone FROM city))::date AS day,
              sum(by_one) AS reported, sum(by_one) FILTER (WHERE closed_at IS NOT NULL) AS closed,
              sum(by_one) FILTER (WHERE closed_at > due_at) AS late
       FROM moved WHERE grid_code IS NOT NULL GROUP BY 1, 2
     )
     INSERT INTO incident_days AS d (level, division_code, day, reported, closed, late)
     SELECT level, left(grid_code, width), day, sum(reported), COALESCE(sum(closed), 0), COALESCE(sum(late), 0)
     FROM net CROSS JOIN (VALUES (''street'', 9), (''community'', 12)) AS l (level, width)
     GROUP BY 1, 2, 3
     HAVING sum(reported) <> 0 OR COALESCE(sum(closed), 0) <> 0 OR COALESCE(sum(late), 0) <> 0
     ORDER BY 1, 2, 3  -- two writers take the same rows in the same order
     ON CONFLICT (level, division_code, day) DO UPDATE
     SET reported = d.reported + excluded.reported, closed = d.closed + excluded.closed, late = d.late + excluded.late',
    moved);
  EXECUTE format(
    'INSERT INTO incident_months AS m (month, open)
     SELECT date_trunc(''month'', reported_at, ''UTC''), sum(by_one) FROM (%s) AS moved
     WHERE state NOT IN (''closed'', ''rejected'', ''declined'', ''void'', ''merged'')
     GROUP BY 1 HAVING sum(by_one) <> 0 ORDER BY 1
     ON CONFLICT (month) DO UPDATE SET open = m.open + excluded.open',
    moved);
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER incident_days_insert AFTER INSERT ON incidents
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION keep_incident_days();
CREATE OR REPLACE TRIGGER incident_days_update AFTER UPDATE ON incidents
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION keep_incident_days();
CREATE OR REPLACE TRIGGER incident_days_delete AFTER DELETE ON incidents
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION keep_incident_days();
CREATE OR REPLACE TRIGGER incident_days_truncate AFTER TRUNCATE ON incidents
  FOR EACH STATEMENT EXECUTE FUNCTION keep_incident_days();
