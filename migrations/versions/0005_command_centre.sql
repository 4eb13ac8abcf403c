-- What the command centre asks of a million incidents and of every building's name, answered from small tables.
-- What each column and index is for stands beside it in gridgis/models/.

-- A day is a local one, so the counts hold for one time zone. Cities from before this had no other.
ALTER TABLE city ADD COLUMN time_zone TEXT DEFAULT 'Asia/Shanghai' NOT NULL;

CREATE TABLE incident_days (
    level TEXT NOT NULL,
    division_code TEXT NOT NULL,
    day DATE NOT NULL,
    reported BIGINT NOT NULL,
    closed BIGINT NOT NULL,
    late BIGINT NOT NULL,
    CONSTRAINT pk_incident_days PRIMARY KEY (level, division_code, day),
    CONSTRAINT ck_incident_days_level CHECK (level IN ('street', 'community'))
);

-- What a trigger keeps from now on, for the incidents that came before it.
INSERT INTO incident_days (level, division_code, day, reported, closed, late)
SELECT l.level, left(i.grid_code, l.width), (i.reported_at AT TIME ZONE COALESCE(c.time_zone, 'Asia/Shanghai'))::date,
       count(*), count(i.closed_at), count(*) FILTER (WHERE i.closed_at > i.due_at)
FROM incidents AS i LEFT JOIN city AS c ON true
CROSS JOIN (VALUES ('street', 9), ('community', 12)) AS l (level, width)
WHERE i.grid_code IS NOT NULL
GROUP BY 1, 2, 3;

CREATE INDEX ix_incidents_reported_at ON incidents (reported_at);

-- Every one and every two neighbouring characters: Chinese is searched by two, which trigrams cannot find.
CREATE FUNCTION text_pieces(name text, address text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_agg(DISTINCT substr(words, at, size))
  FROM (SELECT COALESCE(name, '') || ' ' || COALESCE(address, '') AS words) AS both_lines,
       generate_series(1, length(words)) AS at, generate_series(1, 2) AS size
  WHERE at + size <= length(words) + 1
$$;

CREATE INDEX ix_buildings_pieces ON buildings USING gin (text_pieces(name, address));
