-- The first store: every table of DESIGN's nouns, in the order they refer to each other.
-- What each column and index is for stands beside it in gridgis/models/.

CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS btree_gist;  -- exclusion of overlapping validity per grid
CREATE EXTENSION IF NOT EXISTS pg_trgm;     -- search by part of a name or address

CREATE SEQUENCE incident_id_seq;

CREATE SEQUENCE incident_log_id_seq;

CREATE TABLE city (
    single BOOLEAN DEFAULT 'true' NOT NULL,
    root_division TEXT NOT NULL,
    metric_srid BIGINT NOT NULL,
    code_profile TEXT NOT NULL,
    CONSTRAINT pk_city PRIMARY KEY (single),
    CONSTRAINT ck_city_one_row CHECK (single)
);

CREATE TABLE classes (
    profile TEXT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    major TEXT NOT NULL,
    major_zh TEXT NOT NULL,
    major_en TEXT NOT NULL,
    minor TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    geometry TEXT NOT NULL,
    accuracy TEXT NOT NULL,
    evidence TEXT NOT NULL,
    reserved BOOLEAN DEFAULT 'false' NOT NULL,
    CONSTRAINT pk_classes PRIMARY KEY (profile, kind, code),
    CONSTRAINT ck_classes_kind CHECK (kind IN ('component', 'event')),
    CONSTRAINT ck_classes_code CHECK (code = major || minor AND code ~ '^[0-9]{4,5}$'),
    CONSTRAINT ck_classes_geometry CHECK (geometry IN ('point', 'line', 'polygon')),
    CONSTRAINT ck_classes_accuracy CHECK (accuracy IN ('A', 'B', 'C'))
);

CREATE TABLE imports (
    id BIGSERIAL NOT NULL,
    layer TEXT NOT NULL,
    file_name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    source TEXT,
    source_crs TEXT,
    mapping JSONB DEFAULT '{}' NOT NULL,
    counts JSONB DEFAULT '{}' NOT NULL,
    loaded_by TEXT NOT NULL,
    loaded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    undone_at TIMESTAMP WITH TIME ZONE,
    undone_by TEXT,
    CONSTRAINT pk_imports PRIMARY KEY (id),
    CONSTRAINT ck_imports_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$')
);
CREATE UNIQUE INDEX uq_imports_layer_sha256 ON imports (layer, sha256) WHERE undone_at IS NULL;

CREATE TABLE incident_keys (
    id BIGINT DEFAULT nextval('incident_id_seq') NOT NULL,
    number TEXT NOT NULL,
    client_uuid UUID,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_incident_keys PRIMARY KEY (id),
    CONSTRAINT ck_incident_keys_number CHECK (number ~ '^[CE]([0-9]{4}|[0-9]{5})[0-9]{12}$'),
    CONSTRAINT uq_incident_keys_number UNIQUE (number),
    CONSTRAINT uq_incident_keys_client_uuid UNIQUE (client_uuid)
);

CREATE TABLE layer_versions (
    layer TEXT NOT NULL,
    version BIGINT DEFAULT '0' NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_layer_versions PRIMARY KEY (layer)
);

CREATE TABLE serials (
    prefix TEXT NOT NULL,
    highest BIGINT NOT NULL,
    CONSTRAINT pk_serials PRIMARY KEY (prefix),
    CONSTRAINT ck_serials_highest CHECK (highest > 0)
);

CREATE TABLE plans (
    id BIGSERIAL NOT NULL,
    name TEXT NOT NULL,
    description TEXT DEFAULT '' NOT NULL,
    state TEXT DEFAULT 'draft' NOT NULL,
    based_on BIGINT,
    valid_from TIMESTAMP WITH TIME ZONE,
    valid_to TIMESTAMP WITH TIME ZONE,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_plans PRIMARY KEY (id),
    CONSTRAINT ck_plans_state CHECK (state IN ('draft', 'published', 'retired')),
    CONSTRAINT ck_plans_in_force CHECK ((state = 'draft') = (valid_from IS NULL)),
    CONSTRAINT ck_plans_validity CHECK (valid_to > valid_from),
    CONSTRAINT ex_plans_validity EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (state <> 'draft'),
    CONSTRAINT fk_plans_based_on FOREIGN KEY(based_on) REFERENCES plans (id)
);

CREATE TABLE divisions (
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    level TEXT NOT NULL,
    parent_code TEXT,
    area_m2 FLOAT(53),
    edition TEXT,
    geom geometry(MULTIPOLYGON,4326),
    geom_3857 geometry(MULTIPOLYGON,3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
    import_id BIGINT,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_divisions PRIMARY KEY (code),
    CONSTRAINT ck_divisions_level CHECK (level IN ('province', 'city', 'district', 'street', 'community')),
    CONSTRAINT ck_divisions_code CHECK (CASE level WHEN 'province' THEN code ~ '^[0-9]{2}0000$' WHEN 'city' THEN code ~ '^[0-9]{4}00$' WHEN 'district' THEN code ~ '^[0-9]{6}$' WHEN 'street' THEN code ~ '^[0-9]{9}$' ELSE code ~ '^[0-9]{12}$' END),
    CONSTRAINT ck_divisions_parent CHECK (CASE level WHEN 'province' THEN parent_code IS NULL WHEN 'city' THEN parent_code = left(code, 2) || '0000' WHEN 'district' THEN parent_code = left(code, 4) || '00' WHEN 'street' THEN parent_code = left(code, 6) ELSE parent_code = left(code, 9) END),
    CONSTRAINT ck_divisions_valid CHECK (geom IS NULL OR (ST_IsValid(geom) AND NOT ST_IsEmpty(geom))),
    CONSTRAINT fk_divisions_parent_code FOREIGN KEY(parent_code) REFERENCES divisions (code),
    CONSTRAINT fk_divisions_import_id FOREIGN KEY(import_id) REFERENCES imports (id)
);
CREATE INDEX ix_divisions_geom_3857 ON divisions USING gist (geom_3857);
CREATE INDEX ix_divisions_import_id ON divisions (import_id);
CREATE INDEX ix_divisions_parent_code ON divisions (parent_code);

CREATE TABLE incident_log (
    id BIGINT DEFAULT nextval('incident_log_id_seq') NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    incident_id BIGINT NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    reason TEXT,
    receiver TEXT,
    details JSONB DEFAULT '{}' NOT NULL,
    import_id BIGINT,
    CONSTRAINT pk_incident_log PRIMARY KEY (id, at),
    CONSTRAINT fk_incident_log_incident_id FOREIGN KEY(incident_id) REFERENCES incident_keys (id),
    CONSTRAINT fk_incident_log_import_id FOREIGN KEY(import_id) REFERENCES imports (id)
)
 PARTITION BY RANGE (at);
CREATE INDEX ix_incident_log_import_id ON incident_log USING brin (import_id);
CREATE INDEX ix_incident_log_incident_id_at ON incident_log (incident_id, at);

CREATE TABLE roads (
    id BIGSERIAL NOT NULL,
    code TEXT,
    name TEXT,
    class TEXT DEFAULT 'local' NOT NULL,
    length_m FLOAT(53) NOT NULL,
    geom geometry(MULTILINESTRING,4326) NOT NULL,
    geom_3857 geometry(MULTILINESTRING,3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
    import_id BIGINT,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_roads PRIMARY KEY (id),
    CONSTRAINT ck_roads_class CHECK (class IN ('expressway', 'arterial', 'collector', 'local', 'path')),
    CONSTRAINT ck_roads_valid CHECK (ST_IsValid(geom) AND NOT ST_IsEmpty(geom)),
    CONSTRAINT uq_roads_code UNIQUE (code),
    CONSTRAINT fk_roads_import_id FOREIGN KEY(import_id) REFERENCES imports (id)
);
CREATE INDEX ix_roads_geom ON roads USING gist (geom);
CREATE INDEX ix_roads_geom_3857 ON roads USING gist (geom_3857);
CREATE INDEX ix_roads_import_id ON roads (import_id);

CREATE TABLE departments (
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT DEFAULT 'other' NOT NULL,
    division_code TEXT,
    import_id BIGINT,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_departments PRIMARY KEY (code),
    CONSTRAINT ck_departments_code CHECK (code ~ '^[0-9A-Z-]{1,18}$'),
    CONSTRAINT ck_departments_kind CHECK (kind IN ('bureau', 'street_office', 'company', 'centre', 'other')),
    CONSTRAINT fk_departments_division_code FOREIGN KEY(division_code) REFERENCES divisions (code),
    CONSTRAINT fk_departments_import_id FOREIGN KEY(import_id) REFERENCES imports (id)
);

CREATE TABLE grids (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    code TEXT NOT NULL,
    community_code TEXT NOT NULL,
    name TEXT,
    area_m2 FLOAT(53) NOT NULL,
    initial_date DATE,
    remark TEXT,
    introduced_by BIGINT NOT NULL,
    retired_by BIGINT,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_to TIMESTAMP WITH TIME ZONE,
    geom geometry(POLYGON,4326) NOT NULL,
    geom_3857 geometry(POLYGON,3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
    import_id BIGINT,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_grids PRIMARY KEY (code),
    CONSTRAINT ck_grids_code CHECK (code ~ '^[0-9]{14,16}$' AND substr(code, 13) !~ '^0+$'),
    CONSTRAINT ck_grids_community CHECK (left(code, 12) = community_code),
    CONSTRAINT ck_grids_validity CHECK (valid_to > valid_from),
    CONSTRAINT ck_grids_retired CHECK ((valid_to IS NULL) = (retired_by IS NULL)),
    CONSTRAINT ck_grids_valid CHECK (ST_IsValid(geom) AND NOT ST_IsEmpty(geom)),
    CONSTRAINT ck_grids_area CHECK (area_m2 > 0),
    CONSTRAINT uq_grids_id UNIQUE (id),
    CONSTRAINT fk_grids_community_code FOREIGN KEY(community_code) REFERENCES divisions (code),
    CONSTRAINT fk_grids_introduced_by FOREIGN KEY(introduced_by) REFERENCES plans (id),
    CONSTRAINT fk_grids_retired_by FOREIGN KEY(retired_by) REFERENCES plans (id),
    CONSTRAINT fk_grids_import_id FOREIGN KEY(import_id) REFERENCES imports (id)
);
CREATE INDEX ix_grids_code_prefix ON grids (code text_pattern_ops);
CREATE INDEX ix_grids_geom ON grids USING gist (geom);
CREATE INDEX ix_grids_geom_3857 ON grids USING gist (geom_3857);
CREATE INDEX ix_grids_import_id ON grids (import_id);

CREATE TABLE buildings (
    id BIGSERIAL NOT NULL,
    code TEXT NOT NULL,
    source_id TEXT,
    name TEXT,
    address TEXT,
    use TEXT,
    floors BIGINT,
    height_m FLOAT(53),
    households BIGINT,
    population BIGINT,
    firms BIGINT,
    has_contact BOOLEAN DEFAULT 'false' NOT NULL,
    footprint_m2 FLOAT(53) NOT NULL,
    geom geometry(MULTIPOLYGON,4326) NOT NULL,
    geom_3857 geometry(MULTIPOLYGON,3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
    grid_code TEXT,
    match TEXT DEFAULT 'none' NOT NULL,
    distance_m FLOAT(53),
    import_id BIGINT,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_buildings PRIMARY KEY (id),
    CONSTRAINT ck_buildings_match CHECK (match IN ('covered', 'snapped', 'none')),
    CONSTRAINT ck_buildings_location CHECK (CASE match WHEN 'covered' THEN grid_code IS NOT NULL AND distance_m = 0 WHEN 'snapped' THEN grid_code IS NOT NULL AND distance_m > 0 ELSE grid_code IS NULL END),
    CONSTRAINT ck_buildings_floors CHECK (floors >= 0 AND floors <= 300),
    CONSTRAINT ck_buildings_height CHECK (height_m >= 0 AND height_m <= 1000),
    CONSTRAINT ck_buildings_counts CHECK (households >= 0 AND population >= 0 AND firms >= 0),
    CONSTRAINT ck_buildings_valid CHECK (ST_IsValid(geom) AND NOT ST_IsEmpty(geom)),
    CONSTRAINT uq_buildings_code UNIQUE (code),
    CONSTRAINT fk_buildings_grid_code FOREIGN KEY(grid_code) REFERENCES grids (code),
    CONSTRAINT fk_buildings_import_id FOREIGN KEY(import_id) REFERENCES imports (id)
);
CREATE INDEX ix_buildings_geom ON buildings USING gist (geom);
CREATE INDEX ix_buildings_geom_3857 ON buildings USING gist (geom_3857);
CREATE INDEX ix_buildings_grid_code ON buildings (grid_code text_pattern_ops);
CREATE INDEX ix_buildings_import_id ON buildings USING brin (import_id);

CREATE TABLE components (
    id BIGSERIAL NOT NULL,
    component_code TEXT NOT NULL,
    profile TEXT NOT NULL,
    kind TEXT GENERATED ALWAYS AS ('component') STORED NOT NULL,
    class_code TEXT NOT NULL,
    name TEXT NOT NULL,
    competent_dept_code TEXT,
    competent_dept_name TEXT,
    owner_code TEXT,
    owner_name TEXT,
    maintainer_code TEXT,
    maintainer_name TEXT,
    state TEXT DEFAULT 'intact' NOT NULL,
    initial_date DATE,
    change_date DATE,
    data_source TEXT,
    remark TEXT,
    accuracy_class TEXT,
    source_id TEXT,
    geom geometry(GEOMETRY,4326) NOT NULL,
    geom_3857 geometry(GEOMETRY,3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
    grid_code TEXT,
    match TEXT DEFAULT 'none' NOT NULL,
    distance_m FLOAT(53),
    import_id BIGINT,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_components PRIMARY KEY (id),
    CONSTRAINT ck_components_match CHECK (match IN ('covered', 'snapped', 'none')),
    CONSTRAINT ck_components_location CHECK (CASE match WHEN 'covered' THEN grid_code IS NOT NULL AND distance_m = 0 WHEN 'snapped' THEN grid_code IS NOT NULL AND distance_m > 0 ELSE grid_code IS NULL END),
    CONSTRAINT fk_components_profile_kind_class_code FOREIGN KEY(profile, kind, class_code) REFERENCES classes (profile, kind, code),
    CONSTRAINT ck_components_code CHECK (component_code ~ '^[0-9]{16,17}$'),
    CONSTRAINT ck_components_class CHECK (substr(component_code, 7, length(class_code)) = class_code),
    CONSTRAINT ck_components_state CHECK (state IN ('intact', 'damaged', 'missing', 'abandoned', 'removed')),
    CONSTRAINT ck_components_data_source CHECK (data_source IN ('surveyed', 'topographic_map', 'base_geodata', 'other')),
    CONSTRAINT ck_components_accuracy_class CHECK (accuracy_class IN ('A', 'B', 'C')),
    CONSTRAINT ck_components_change_date CHECK (change_date >= initial_date),
    CONSTRAINT ck_components_valid CHECK (ST_IsValid(geom) AND NOT ST_IsEmpty(geom)),
    CONSTRAINT uq_components_component_code UNIQUE (component_code),
    CONSTRAINT fk_components_grid_code FOREIGN KEY(grid_code) REFERENCES grids (code),
    CONSTRAINT fk_components_import_id FOREIGN KEY(import_id) REFERENCES imports (id)
);
CREATE INDEX ix_components_geom ON components USING gist (geom);
CREATE INDEX ix_components_geom_3857 ON components USING gist (geom_3857);
CREATE INDEX ix_components_grid_code ON components (grid_code text_pattern_ops);
CREATE INDEX ix_components_import_id ON components USING brin (import_id);

CREATE TABLE grid_lineage (
    predecessor TEXT NOT NULL,
    successor TEXT NOT NULL,
    plan_id BIGINT NOT NULL,
    share FLOAT(53) NOT NULL,
    CONSTRAINT pk_grid_lineage PRIMARY KEY (predecessor, successor),
    CONSTRAINT ck_grid_lineage_two_codes CHECK (predecessor <> successor),
    CONSTRAINT ck_grid_lineage_share CHECK (share > 0 AND share <= 1),
    CONSTRAINT fk_grid_lineage_predecessor FOREIGN KEY(predecessor) REFERENCES grids (code),
    CONSTRAINT fk_grid_lineage_successor FOREIGN KEY(successor) REFERENCES grids (code),
    CONSTRAINT fk_grid_lineage_plan_id FOREIGN KEY(plan_id) REFERENCES plans (id)
);
CREATE INDEX ix_grid_lineage_successor ON grid_lineage (successor);

CREATE TABLE incidents (
    id BIGINT NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    number TEXT NOT NULL,
    profile TEXT NOT NULL,
    kind TEXT NOT NULL,
    class_code TEXT NOT NULL,
    source TEXT NOT NULL,
    description TEXT,
    address TEXT,
    accuracy_m FLOAT(53),
    reporter_code TEXT,
    department_code TEXT,
    component_code TEXT,
    state TEXT DEFAULT 'reported' NOT NULL,
    filed_at TIMESTAMP WITH TIME ZONE,
    dispatched_at TIMESTAMP WITH TIME ZONE,
    handled_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    geom geometry(POINT,4326),
    geom_3857 geometry(POINT,3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
    grid_code TEXT,
    match TEXT DEFAULT 'none' NOT NULL,
    distance_m FLOAT(53),
    import_id BIGINT,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_incidents PRIMARY KEY (id, reported_at),
    CONSTRAINT ck_incidents_match CHECK (match IN ('covered', 'snapped', 'none')),
    CONSTRAINT ck_incidents_location CHECK (CASE match WHEN 'covered' THEN grid_code IS NOT NULL AND distance_m = 0 WHEN 'snapped' THEN grid_code IS NOT NULL AND distance_m > 0 ELSE grid_code IS NULL END),
    CONSTRAINT fk_incidents_profile_kind_class_code FOREIGN KEY(profile, kind, class_code) REFERENCES classes (profile, kind, code),
    CONSTRAINT ck_incidents_source CHECK (source IN ('collection', 'patrol', 'dispatch', 'service', 'public')),
    CONSTRAINT ck_incidents_state CHECK (state IN ('reported', 'verifying', 'accepted', 'filed', 'dispatched', 'suspended', 'handled', 'checking', 'checked', 'self_handled', 'problem_bank', 'closed', 'rejected', 'declined', 'void', 'merged')),
    CONSTRAINT ck_incidents_accuracy CHECK (accuracy_m > 0),
    CONSTRAINT ck_incidents_closed CHECK (closed_at >= reported_at),
    CONSTRAINT fk_incidents_id FOREIGN KEY(id) REFERENCES incident_keys (id),
    CONSTRAINT fk_incidents_department_code FOREIGN KEY(department_code) REFERENCES departments (code),
    CONSTRAINT fk_incidents_grid_code FOREIGN KEY(grid_code) REFERENCES grids (code),
    CONSTRAINT fk_incidents_import_id FOREIGN KEY(import_id) REFERENCES imports (id)
)
 PARTITION BY RANGE (reported_at);
CREATE INDEX ix_incidents_geom_3857 ON incidents USING gist (geom_3857);
CREATE INDEX ix_incidents_grid_code_reported_at ON incidents (grid_code, reported_at);
CREATE INDEX ix_incidents_import_id ON incidents USING brin (import_id);
CREATE INDEX ix_incidents_open ON incidents (reported_at) WHERE state NOT IN ('closed', 'rejected', 'declined', 'void', 'merged');

CREATE TABLE workers (
    code TEXT NOT NULL,
    division_code TEXT,
    department_code TEXT,
    active BOOLEAN DEFAULT 'true' NOT NULL,
    station geometry(POINT,4326),
    import_id BIGINT,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_workers PRIMARY KEY (code),
    CONSTRAINT ck_workers_code CHECK (code ~ '^[0-9A-Za-z_-]{1,32}$'),
    CONSTRAINT fk_workers_division_code FOREIGN KEY(division_code) REFERENCES divisions (code),
    CONSTRAINT fk_workers_department_code FOREIGN KEY(department_code) REFERENCES departments (code),
    CONSTRAINT fk_workers_import_id FOREIGN KEY(import_id) REFERENCES imports (id)
);

CREATE TABLE beats (
    id BIGSERIAL NOT NULL,
    worker_code TEXT NOT NULL,
    grid_code TEXT NOT NULL,
    role TEXT DEFAULT 'primary' NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    import_id BIGINT,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_beats PRIMARY KEY (id),
    CONSTRAINT ck_beats_role CHECK (role IN ('primary', 'deputy')),
    CONSTRAINT ck_beats_validity CHECK (valid_to > valid_from),
    CONSTRAINT ex_beats_primary EXCLUDE USING gist (grid_code WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (role = 'primary'),
    CONSTRAINT fk_beats_worker_code FOREIGN KEY(worker_code) REFERENCES workers (code),
    CONSTRAINT fk_beats_grid_code FOREIGN KEY(grid_code) REFERENCES grids (code),
    CONSTRAINT fk_beats_import_id FOREIGN KEY(import_id) REFERENCES imports (id)
);
CREATE INDEX ix_beats_import_id ON beats (import_id);
CREATE INDEX ix_beats_worker_code ON beats (worker_code);

CREATE TABLE inspections (
    id BIGSERIAL NOT NULL,
    building_id BIGINT,
    component_id BIGINT,
    worker_code TEXT,
    inspected_at TIMESTAMP WITH TIME ZONE NOT NULL,
    result TEXT DEFAULT 'unchanged' NOT NULL,
    import_id BIGINT,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_inspections PRIMARY KEY (id),
    CONSTRAINT ck_inspections_one_object CHECK (num_nonnulls(building_id, component_id) = 1),
    CONSTRAINT ck_inspections_result CHECK (result IN ('unchanged', 'corrected', 'gone', 'no_access')),
    CONSTRAINT fk_inspections_building_id FOREIGN KEY(building_id) REFERENCES buildings (id) ON DELETE CASCADE,
    CONSTRAINT fk_inspections_component_id FOREIGN KEY(component_id) REFERENCES components (id) ON DELETE CASCADE,
    CONSTRAINT fk_inspections_worker_code FOREIGN KEY(worker_code) REFERENCES workers (code),
    CONSTRAINT fk_inspections_import_id FOREIGN KEY(import_id) REFERENCES imports (id)
);
CREATE INDEX ix_inspections_building_id_inspected_at ON inspections (building_id, inspected_at);
CREATE INDEX ix_inspections_component_id_inspected_at ON inspections (component_id, inspected_at);

CREATE TABLE tracks (
    worker_code TEXT NOT NULL,
    fixed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    accuracy_m FLOAT(53),
    speed_m_s FLOAT(53),
    geom geometry(POINT,4326) NOT NULL,
    import_id BIGINT,
    CONSTRAINT pk_tracks PRIMARY KEY (worker_code, fixed_at),
    CONSTRAINT ck_tracks_accuracy CHECK (accuracy_m > 0),
    CONSTRAINT fk_tracks_worker_code FOREIGN KEY(worker_code) REFERENCES workers (code),
    CONSTRAINT fk_tracks_import_id FOREIGN KEY(import_id) REFERENCES imports (id)
)
 PARTITION BY RANGE (fixed_at);
CREATE INDEX ix_tracks_import_id ON tracks USING brin (import_id);

