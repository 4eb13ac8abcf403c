-- What tiles are made from: simplified outlines, counts, last positions, and where something changed.
-- What each column and index is for stands beside it in gridgis/models/tiles.py.

CREATE TABLE grid_shapes (
    code TEXT NOT NULL,
    anchor geometry(POINT,3857) NOT NULL,
    geom_z9 geometry(GEOMETRY,3857) NOT NULL,
    geom_z11 geometry(GEOMETRY,3857) NOT NULL,
    geom_z13 geometry(GEOMETRY,3857) NOT NULL,
    CONSTRAINT pk_grid_shapes PRIMARY KEY (code),
    CONSTRAINT fk_grid_shapes_code FOREIGN KEY(code) REFERENCES grids (code) ON DELETE CASCADE
);

CREATE TABLE division_shapes (
    code TEXT NOT NULL,
    anchor geometry(POINT,3857) NOT NULL,
    geom_z9 geometry(GEOMETRY,3857) NOT NULL,
    geom_z11 geometry(GEOMETRY,3857) NOT NULL,
    geom_z13 geometry(GEOMETRY,3857) NOT NULL,
    CONSTRAINT pk_division_shapes PRIMARY KEY (code),
    CONSTRAINT fk_division_shapes_code FOREIGN KEY(code) REFERENCES divisions (code) ON DELETE CASCADE
);

CREATE TABLE grid_counts (
    layer TEXT NOT NULL,
    grid_code TEXT NOT NULL,
    items BIGINT NOT NULL,
    households BIGINT DEFAULT '0' NOT NULL,
    CONSTRAINT pk_grid_counts PRIMARY KEY (layer, grid_code),
    CONSTRAINT fk_grid_counts_grid_code FOREIGN KEY(grid_code) REFERENCES grids (code) ON DELETE CASCADE
);

CREATE TABLE worker_positions (
    worker_code TEXT NOT NULL,
    fixed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    accuracy_m FLOAT(53),
    geom_3857 geometry(POINT,3857) NOT NULL,
    CONSTRAINT pk_worker_positions PRIMARY KEY (worker_code),
    CONSTRAINT fk_worker_positions_worker_code FOREIGN KEY(worker_code) REFERENCES workers (code) ON DELETE CASCADE
);
CREATE INDEX ix_worker_positions_geom_3857 ON worker_positions USING gist (geom_3857);

CREATE TABLE tile_versions (
    source TEXT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT pk_tile_versions PRIMARY KEY (source)
);

CREATE TABLE tile_changes (
    id BIGSERIAL NOT NULL,
    source TEXT NOT NULL,
    version BIGINT NOT NULL,
    box_xmin FLOAT(53),
    box_ymin FLOAT(53),
    box_xmax FLOAT(53),
    box_ymax FLOAT(53),
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_tile_changes PRIMARY KEY (id)
);
CREATE INDEX ix_tile_changes_source_version ON tile_changes (source, version);

CREATE INDEX ix_incidents_open_geom_3857 ON incidents USING gist (geom_3857) WHERE state NOT IN ('closed', 'rejected', 'declined', 'void', 'merged');

-- What triggers keep from now on, for the rows that came before them.
INSERT INTO grid_counts (layer, grid_code, items, households)
SELECT 'buildings', grid_code, count(*), COALESCE(sum(households), 0) FROM buildings
WHERE grid_code IS NOT NULL GROUP BY grid_code
UNION ALL
SELECT 'components', grid_code, count(*), 0 FROM components WHERE grid_code IS NOT NULL GROUP BY grid_code;

INSERT INTO worker_positions (worker_code, fixed_at, accuracy_m, geom_3857)
SELECT DISTINCT ON (worker_code) worker_code, fixed_at, accuracy_m, ST_Transform(geom, 3857)
FROM tracks ORDER BY worker_code, fixed_at DESC;
