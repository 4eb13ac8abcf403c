-- The figures of communities, which are sums over their grids: whoever writes grids writes their communities too, so
-- that the two never disagree.

CREATE OR REPLACE FUNCTION keep_community_measures() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  touched text[];
BEGIN
  -- two writers would each add up without the other's grids
  PERFORM pg_advisory_xact_lock(hashtext('gridgis measures'));
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM community_measures;
    RETURN NULL;
  END IF;
  EXECUTE CASE TG_OP
    WHEN 'INSERT' THEN 'SELECT array_agg(DISTINCT left(grid_code, 12)) FROM new_rows'
    WHEN 'DELETE' THEN 'SELECT array_agg(DISTINCT left(grid_code, 12)) FROM old_rows'
    ELSE 'SELECT array_agg(DISTINCT left(grid_code, 12)) FROM (SELECT grid_code FROM new_rows UNION ALL
          SELECT grid_code FROM old_rows) AS r'
  END INTO touched;
  DELETE FROM community_measures WHERE community_code = ANY (touched);
  INSERT INTO community_measures (
    community_code, grids, area_m2, roads_m, reached_roads_m, bare_m2, reached_bare_m2, mark_components,
    reached_components, patrol_s, patrol_m, patrolled, buildings, components, cycled, current, never, oldest_at,
    inspections, inspections_due, inspections_in_time, fields_wanted, fields_filled, rechecks, rechecks_agreeing,
    patrol_min, inspections_min, incidents_min, travel_min, visits_min, incidents_last_week, incidents)
  SELECT c.code, count(*), sum(area_m2), sum(roads_m), sum(reached_roads_m), sum(bare_m2), sum(reached_bare_m2),
         sum(mark_components), sum(reached_components), sum(patrol_s), sum(patrol_m),
         count(*) FILTER (WHERE patrol_s > 0), sum(buildings), sum(components), sum(cycled), sum(current),
         sum(never), min(oldest_at), sum(inspections), sum(inspections_due), sum(inspections_in_time),
         sum(fields_wanted), sum(fields_filled), sum(rechecks), sum(rechecks_agreeing), sum(patrol_min),
         sum(inspections_min), sum(incidents_min), sum(travel_min), sum(visits_min), sum(incident_weeks[1]),
         sum(incident_weeks[1] + incident_weeks[2] + incident_weeks[3] + incident_weeks[4])
  FROM unnest(touched) AS c (code)
  JOIN grid_measures m ON m.grid_code BETWEEN c.code AND c.code || '999'  -- with `left` no index would be used
  GROUP BY c.code;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER community_measures_insert AFTER INSERT ON grid_measures
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION keep_community_measures();
CREATE OR REPLACE TRIGGER community_measures_update AFTER UPDATE ON grid_measures
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION keep_community_measures();
CREATE OR REPLACE TRIGGER community_measures_delete AFTER DELETE ON grid_measures
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION keep_community_measures();
CREATE OR REPLACE TRIGGER community_measures_truncate AFTER TRUNCATE ON grid_measures
  FOR EACH STATEMENT EXECUTE FUNCTION keep_community_measures();
