-- Which layers have changed: one number a layer, grown once by every statement that changes it, and one
-- notification a transaction for whoever keeps copies (tiles, the look-up index of every server process).

CREATE OR REPLACE FUNCTION bump_layer_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO layer_versions AS v (layer, version, changed_at) VALUES (TG_TABLE_NAME, 1, now())
  ON CONFLICT (layer) DO UPDATE SET version = v.version + 1, changed_at = now();
  PERFORM pg_notify('gridgis_layers', TG_TABLE_NAME);
  RETURN NULL;
END $$;

DO $$
DECLARE
  layer text;
BEGIN
  FOREACH layer IN ARRAY ARRAY[
    'divisions', 'plans', 'grids', 'buildings', 'components', 'roads', 'departments', 'workers', 'beats', 'tracks',
    'inspections', 'incidents'
  ] LOOP
    EXECUTE format(
      'CREATE OR REPLACE TRIGGER layer_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I
       FOR EACH STATEMENT EXECUTE FUNCTION bump_layer_version()', layer);
    INSERT INTO layer_versions (layer) VALUES (layer) ON CONFLICT DO NOTHING;
  END LOOP;
END $$;

-- Nobody keeps copies of drafts, so an edit of one is told apart: by its number, to the pages that show it.
CREATE OR REPLACE FUNCTION tell_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('gridgis_drafts', NEW.plan_id::text);
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER draft_told AFTER UPDATE ON drafts FOR EACH ROW EXECUTE FUNCTION tell_draft();
