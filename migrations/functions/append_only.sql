-- The log of incidents (invariant 4) and the audit log are append-only. The one exception is the undoing of a whole
-- load, which names itself in the setting gridgis.undo_import and can take back only the rows that this load brought.

-- Argument: what people call the log.
CREATE OR REPLACE FUNCTION refuse_log_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND to_jsonb(OLD) ->> 'import_id' = current_setting('gridgis.undo_import', true) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only: % of row % is refused', TG_ARGV[0], lower(TG_OP), OLD.id
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION refuse_log_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: truncate is refused', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END $$;

DO $$
DECLARE
  log record;
BEGIN
  FOR log IN SELECT * FROM (VALUES ('incident_log', 'the log of incidents'), ('audit', 'the audit log')) AS l (tab, name) LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I
                    FOR EACH ROW EXECUTE FUNCTION refuse_log_change(%L)', log.tab, log.name);
    EXECUTE format('CREATE OR REPLACE TRIGGER append_only_truncate BEFORE TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_log_truncate(%L)', log.tab, log.name);
  END LOOP;
END $$;
