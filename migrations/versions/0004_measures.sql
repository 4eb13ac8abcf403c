-- Coverage and workload. The cycles are for demonstration: a city sets its own.

CREATE TABLE cycles (
    layer TEXT NOT NULL,
    class_prefix TEXT NOT NULL,
    days BIGINT NOT NULL,
    CONSTRAINT pk_cycles PRIMARY KEY (layer, class_prefix),
    CONSTRAINT ck_cycles_layer CHECK (layer IN ('buildings', 'components')),
    CONSTRAINT ck_cycles_class_prefix CHECK (class_prefix ~ '^[0-9]{0,5}$'),
    CONSTRAINT ck_cycles_days CHECK (days > 0)
);

CREATE TABLE workload_parameters (
    name TEXT NOT NULL,
    value FLOAT(53) NOT NULL,
    CONSTRAINT pk_workload_parameters PRIMARY KEY (name),
    CONSTRAINT ck_workload_parameters_value CHECK (value >= 0 AND value < 'infinity')
);

CREATE TABLE absences (
    id BIGSERIAL NOT NULL,
    worker_code TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    CONSTRAINT pk_absences PRIMARY KEY (id),
    CONSTRAINT ck_absences_validity CHECK (valid_to > valid_from),
    CONSTRAINT fk_absences_worker_code FOREIGN KEY(worker_code) REFERENCES workers (code) ON DELETE CASCADE
);

CREATE INDEX ix_absences_worker_code ON absences (worker_code);

CREATE TABLE track_days (
    day DATE NOT NULL,
    worker_code TEXT NOT NULL,
    report JSONB NOT NULL,
    west_m FLOAT(53) NOT NULL,
    south_m FLOAT(53) NOT NULL,
    east_m FLOAT(53) NOT NULL,
    north_m FLOAT(53) NOT NULL,
    CONSTRAINT pk_track_days PRIMARY KEY (day, worker_code),
    CONSTRAINT fk_track_days_worker_code FOREIGN KEY(worker_code) REFERENCES workers (code) ON DELETE CASCADE
);

CREATE TABLE patrol_days (
    grid_code TEXT NOT NULL,
    day DATE NOT NULL,
    seconds FLOAT(53) NOT NULL,
    length_m FLOAT(53) NOT NULL,
    reached BYTEA NOT NULL,
    CONSTRAINT pk_patrol_days PRIMARY KEY (grid_code, day),
    CONSTRAINT fk_patrol_days_grid_code FOREIGN KEY(grid_code) REFERENCES grids (code) ON DELETE CASCADE
);

CREATE TABLE grid_measures (
    grid_code TEXT NOT NULL,
    area_m2 FLOAT(53) NOT NULL,
    households BIGINT NOT NULL,
    firms BIGINT NOT NULL,
    buildings BIGINT NOT NULL,
    components BIGINT NOT NULL,
    cycled BIGINT NOT NULL,
    current BIGINT NOT NULL,
    never BIGINT NOT NULL,
    oldest_at TIMESTAMP WITH TIME ZONE,
    buildings_a_week FLOAT(53) NOT NULL,
    components_a_week FLOAT(53) NOT NULL,
    fields_wanted BIGINT NOT NULL,
    fields_filled BIGINT NOT NULL,
    inspections BIGINT NOT NULL,
    inspections_due BIGINT NOT NULL,
    inspections_in_time BIGINT NOT NULL,
    rechecks BIGINT NOT NULL,
    rechecks_agreeing BIGINT NOT NULL,
    incident_weeks BIGINT[] NOT NULL,
    roads_m FLOAT(53) NOT NULL,
    bare_m2 FLOAT(53) NOT NULL,
    marks REAL[] NOT NULL,
    mark_components BIGINT NOT NULL,
    reached_roads_m FLOAT(53) NOT NULL,
    reached_bare_m2 FLOAT(53) NOT NULL,
    reached_components BIGINT NOT NULL,
    patrol_s FLOAT(53) NOT NULL,
    patrol_m FLOAT(53) NOT NULL,
    x_m FLOAT(53) NOT NULL,
    y_m FLOAT(53) NOT NULL,
    neighbours TEXT[] NOT NULL,
    incidents_a_week FLOAT(53) NOT NULL,
    tour_m FLOAT(53) NOT NULL,
    patrol_min FLOAT(53) NOT NULL,
    inspections_min FLOAT(53) NOT NULL,
    incidents_min FLOAT(53) NOT NULL,
    travel_min FLOAT(53) NOT NULL,
    visits_min FLOAT(53) NOT NULL,
    CONSTRAINT pk_grid_measures PRIMARY KEY (grid_code),
    CONSTRAINT fk_grid_measures_grid_code FOREIGN KEY(grid_code) REFERENCES grids (code) ON DELETE CASCADE
);

CREATE INDEX ix_grid_measures_grid_code ON grid_measures (grid_code text_pattern_ops);

CREATE TABLE community_land (
    community_code TEXT NOT NULL,
    area_m2 FLOAT(53),
    gap_m2 FLOAT(53) NOT NULL,
    overlap_m2 FLOAT(53) NOT NULL,
    outside_m2 FLOAT(53) NOT NULL,
    slivers BIGINT NOT NULL,
    findings JSONB NOT NULL,
    CONSTRAINT pk_community_land PRIMARY KEY (community_code),
    CONSTRAINT fk_community_land_community_code FOREIGN KEY(community_code) REFERENCES divisions (code) ON DELETE CASCADE
);

CREATE TABLE measure_changes (
    id BIGSERIAL NOT NULL,
    kind TEXT NOT NULL,
    code TEXT,
    since TIMESTAMP WITH TIME ZONE,
    until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_measure_changes PRIMARY KEY (id)
);

CREATE TABLE measure_state (
    single BOOLEAN DEFAULT 'true' NOT NULL,
    day DATE NOT NULL,
    within_m FLOAT(53) NOT NULL,
    measured_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_measure_state PRIMARY KEY (single),
    CONSTRAINT ck_measure_state_one_row CHECK (single)
);

INSERT INTO cycles (layer, class_prefix, days) VALUES
  ('buildings', '', 180), ('components', '', 365), ('components', '01', 180);
