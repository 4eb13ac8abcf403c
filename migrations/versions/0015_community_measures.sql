-- A district has thousands of grids and a hundred communities: its figures are added up from the communities'. A
-- trigger keeps the first table (functions/community_measures.sql), each refresh of the figures the second.

CREATE TABLE community_measures (
    community_code TEXT NOT NULL,
    grids BIGINT NOT NULL,
    area_m2 FLOAT(53) NOT NULL,
    roads_m FLOAT(53) NOT NULL,
    reached_roads_m FLOAT(53) NOT NULL,
    bare_m2 FLOAT(53) NOT NULL,
    reached_bare_m2 FLOAT(53) NOT NULL,
    mark_components BIGINT NOT NULL,
    reached_components BIGINT NOT NULL,
    patrol_s FLOAT(53) NOT NULL,
    patrol_m FLOAT(53) NOT NULL,
    patrolled BIGINT NOT NULL,
    buildings BIGINT NOT NULL,
    components BIGINT NOT NULL,
    cycled BIGINT NOT NULL,
    current BIGINT NOT NULL,
    never BIGINT NOT NULL,
    oldest_at TIMESTAMP WITH TIME ZONE,
    inspections BIGINT NOT NULL,
    inspections_due BIGINT NOT NULL,
    inspections_in_time BIGINT NOT NULL,
    fields_wanted BIGINT NOT NULL,
    fields_filled BIGINT NOT NULL,
    rechecks BIGINT NOT NULL,
    rechecks_agreeing BIGINT NOT NULL,
    patrol_min FLOAT(53) NOT NULL,
    inspections_min FLOAT(53) NOT NULL,
    incidents_min FLOAT(53) NOT NULL,
    travel_min FLOAT(53) NOT NULL,
    visits_min FLOAT(53) NOT NULL,
    incidents_last_week BIGINT NOT NULL,
    incidents BIGINT NOT NULL,
    CONSTRAINT pk_community_measures PRIMARY KEY (community_code)
);

CREATE TABLE community_loads (
    community_code TEXT NOT NULL,
    worker_code TEXT NOT NULL,
    minutes FLOAT(53) NOT NULL,
    elsewhere BOOLEAN NOT NULL,
    CONSTRAINT pk_community_loads PRIMARY KEY (community_code, worker_code)
);

CREATE INDEX ix_community_loads_worker_code ON community_loads (worker_code);

INSERT INTO community_measures
SELECT left(grid_code, 12), count(*), sum(area_m2), sum(roads_m), sum(reached_roads_m), sum(bare_m2),
       sum(reached_bare_m2), sum(mark_components), sum(reached_components), sum(patrol_s), sum(patrol_m),
       count(*) FILTER (WHERE patrol_s > 0), sum(buildings), sum(components), sum(cycled), sum(current), sum(never),
       min(oldest_at), sum(inspections), sum(inspections_due), sum(inspections_in_time), sum(fields_wanted),
       sum(fields_filled), sum(rechecks), sum(rechecks_agreeing), sum(patrol_min), sum(inspections_min),
       sum(incidents_min), sum(travel_min), sum(visits_min), sum(incident_weeks[1]),
       sum(incident_weeks[1] + incident_weeks[2] + incident_weeks[3] + incident_weeks[4])
FROM grid_measures GROUP BY 1;

INSERT INTO community_loads
SELECT community_code, worker_code, minutes, count(*) OVER (PARTITION BY worker_code) > 1
FROM (
  SELECT left(b.grid_code, 12) AS community_code, b.worker_code,
         sum(patrol_min + inspections_min + incidents_min + travel_min + visits_min) AS minutes
  FROM beats b JOIN grid_measures m USING (grid_code) CROSS JOIN measure_state s
  WHERE b.role = 'primary' AND b.valid_from <= s.day AND (b.valid_to IS NULL OR b.valid_to > s.day)
  GROUP BY 1, 2
) AS parts;
