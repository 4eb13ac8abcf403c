-- The log of incidents is append-only (invariant 4). The one exception is the undoing of a whole load, which
-- names itself in the setting gridgis.undo_import and can take back only the rows that this load brought.

CREATE OR REPLACE FUNCTION refuse_log_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.import_id::text = current_setting('gridgis.undo_import', true) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the log of incidents is append-only: % of row % is refused', lower(TG_OP), OLD.id
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION refuse_log_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the log of incidents is append-only: truncate is refused' USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON incident_log
  FOR EACH ROW EXECUTE FUNCTION refuse_log_change();
CREATE OR REPLACE TRIGGER append_only_truncate BEFORE TRUNCATE ON incident_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_log_truncate();
