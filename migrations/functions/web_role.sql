-- The role that web requests run under, and what it may see: the second lock behind the scope in every query.
--
-- gridgis_web owns nothing and cannot bypass row security. A request says which divisions it may see in the
-- setting gridgis.scope, an array of code prefixes; without the setting it sees no scoped row at all.
-- This file runs last, because it also changes functions that the other files write anew.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gridgis_web') THEN
    CREATE ROLE gridgis_web NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  END IF;
  IF NOT pg_has_role(current_user, 'gridgis_web', 'MEMBER') THEN
    EXECUTE format('GRANT gridgis_web TO %I', current_user);
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server was faster
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'this database role may not create roles; an administrator does it once: CREATE ROLE gridgis_web; GRANT gridgis_web TO %',
      quote_ident(current_user);
END $$;

-- Row security lets an index be searched for a condition only if its operator is leakproof, so that no row outside
-- the scope can be told from an error or a message. The overlap of two boxes raises none and tells none; PostGIS
-- merely does not say so. Only a superuser may: without it everything is as safe, and maps are slow.
DO $$
DECLARE
  overlap regprocedure := 'geometry_overlaps(geometry, geometry)';
BEGIN
  IF NOT (SELECT proleakproof FROM pg_proc WHERE oid = overlap) THEN
    EXECUTE format('ALTER FUNCTION %s LEAKPROOF', overlap);
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'row security keeps maps from using their index; a superuser mends it: ALTER FUNCTION % LEAKPROOF', overlap;
END $$;

-- What the database does by itself must not depend on what the caller may see, or the caller could not make a
-- partition and its changes would be counted among its own rows only.
DO $$
DECLARE
  own regprocedure;
BEGIN
  FOREACH own IN ARRAY ARRAY[
    'ensure_partitions(text, timestamptz, timestamptz)', 'bump_layer_version()', 'note_tile_change()',
    'record_tile_changes(text, box2d[])', 'count_boxes(text[])', 'drop_stale_shapes()',
    'keep_worker_positions()', 'note_measure_change()', 'note_track_change()',
    'keep_incident_days()', 'keep_building_pieces()', 'keep_community_measures()', 'keep_grid_contents()'
  ]::regprocedure[] LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp', own);
  END LOOP;
END $$;

-- Partitions and the migrations' own table are nobody's to touch: of a partition its parent's policy would not hold.
DO $$
DECLARE
  tab regclass;
BEGIN
  FOR tab IN
    SELECT c.oid FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
  LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO gridgis_web', tab);
  END LOOP;
  REVOKE INSERT, UPDATE, DELETE ON alembic_version, city, classes, layer_versions, tile_versions, tile_changes,
    grid_counts, grid_contents, worker_positions, cycles, workload_parameters, track_days, patrol_days, grid_measures, community_land,
    measure_changes, measure_state, incident_days, building_pieces,
    handling_times, community_measures, community_loads, incident_months FROM gridgis_web;
  REVOKE UPDATE, DELETE ON audit, incident_log FROM gridgis_web;
  GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO gridgis_web;
END $$;

-- A policy reads the setting once a statement (it is a sub-select), and rows that stand nowhere are the whole
-- city's alone: their code is taken to be empty, and only the whole city's one prefix is.
DO $$
DECLARE
  -- cast inside, once a statement, and outside, where it costs nothing but keeps ANY from taking it for rows
  prefixes text := '((SELECT NULLIF(current_setting(''gridgis.scope'', true), '''')::text[])::text[])';
  -- the digits of a division that say something, and every division on the way down to the scope
  division text := format(
    'code ^@ ANY (%1$s) OR EXISTS (SELECT FROM unnest(%1$s) AS own WHERE own ^@
       CASE WHEN code LIKE ''__0000'' THEN left(code, 2) WHEN code LIKE ''____00'' THEN left(code, 4) ELSE code END)',
    prefixes);
  rule record;
BEGIN
  FOR rule IN SELECT * FROM (VALUES
    ('divisions', division),
    ('division_shapes', division),
    ('grids', format('code ^@ ANY (%s)', prefixes)),
    ('grid_shapes', format('code ^@ ANY (%s)', prefixes)),
    ('grid_counts', format('grid_code ^@ ANY (%s)', prefixes)),
    ('grid_contents', format('grid_code ^@ ANY (%s)', prefixes)),
    ('draft_grids', format('community_code ^@ ANY (%s)', prefixes)),
    ('draft_edits', format(
       '''''  = ANY (%1$s) OR EXISTS (SELECT FROM unnest(communities) AS c WHERE c ^@ ANY (%1$s))', prefixes)),
    ('plan_jobs', format('community_code ^@ ANY (%s)', prefixes)),
    ('grid_lineage', format('predecessor ^@ ANY (%s)', prefixes)),
    ('plan_words', format('grid_code ^@ ANY (%s)', prefixes)),
    ('buildings', format('COALESCE(grid_code, '''') ^@ ANY (%s)', prefixes)),
    ('building_pieces', format('''''  = ANY (%s) OR EXISTS (SELECT FROM buildings AS b WHERE b.id = building_id)', prefixes)),
    ('components', format('COALESCE(grid_code, '''') ^@ ANY (%s)', prefixes)),
    ('incidents', format('COALESCE(grid_code, '''') ^@ ANY (%s)', prefixes)),
    ('incident_days', format('division_code ^@ ANY (%s)', prefixes)),
    -- a look at the one incident: EXISTS would be planned as a hash of all that are in sight
    ('incident_log', format('''''  = ANY (%s) OR COALESCE((
       SELECT true FROM incident_keys AS k JOIN incidents AS i ON (i.id, i.reported_at) = (k.id, k.reported_at)
       WHERE k.id = incident_id), false)', prefixes)),
    ('inspections', format('''''  = ANY (%s) OR EXISTS (SELECT FROM buildings AS b WHERE b.id = building_id)
       OR EXISTS (SELECT FROM components AS c WHERE c.id = component_id)', prefixes)),
    ('workers', format('COALESCE(division_code, '''') ^@ ANY (%s)', prefixes)),
    ('beats', format('grid_code ^@ ANY (%s)', prefixes)),
    ('tracks', format('''''  = ANY (%s) OR worker_code IN (SELECT code FROM workers)', prefixes)),
    ('absences', format('''''  = ANY (%s) OR worker_code IN (SELECT code FROM workers)', prefixes)),
    ('track_days', format('''''  = ANY (%s) OR worker_code IN (SELECT code FROM workers)', prefixes)),
    ('patrol_days', format('grid_code ^@ ANY (%s)', prefixes)),
    ('grid_measures', format('grid_code ^@ ANY (%s)', prefixes)),
    ('community_land', format('community_code ^@ ANY (%s)', prefixes)),
    ('community_measures', format('community_code ^@ ANY (%s)', prefixes)),
    ('community_loads', format('community_code ^@ ANY (%s)', prefixes)),
    ('worker_positions', format('''''  = ANY (%s) OR worker_code IN (SELECT code FROM workers)', prefixes))
  ) AS r (tab, seen) LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', rule.tab);
    EXECUTE format('DROP POLICY IF EXISTS scope ON %I', rule.tab);
    EXECUTE format('CREATE POLICY scope ON %I USING (%s)', rule.tab, rule.seen);
  END LOOP;
END $$;
