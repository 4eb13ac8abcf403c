-- Partitions are made on demand, by whoever is about to write rows of that time. A partition is built beside its
-- parent and attached, since that locks out neither readers nor other writers.

CREATE OR REPLACE FUNCTION ensure_partitions(parent text, earliest timestamptz, latest timestamptz)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  unit text := CASE parent WHEN 'incidents' THEN 'month' WHEN 'incident_log' THEN 'month' WHEN 'tracks' THEN 'week' END;
  step interval := ('1 ' || unit)::interval;
  lower_bound timestamptz := date_trunc(unit, earliest, 'UTC');
  part text;
  made integer := 0;
BEGIN
  IF unit IS NULL THEN
    RAISE EXCEPTION 'table % is not partitioned by time', parent;
  END IF;
  WHILE lower_bound <= latest LOOP
    part := parent || to_char(lower_bound AT TIME ZONE 'UTC', '_YYYYMMDD');
    IF to_regclass(part) IS NULL THEN
      -- two writers of a new month meet here; the second finds the first one's partition
      PERFORM pg_advisory_xact_lock(hashtext('gridgis partitions ' || parent));
      IF to_regclass(part) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS)',
                       part, parent);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       parent, part, lower_bound, lower_bound + step);
        made := made + 1;
      END IF;
    END IF;
    lower_bound := lower_bound + step;
  END LOOP;
  RETURN made;
END $$;
