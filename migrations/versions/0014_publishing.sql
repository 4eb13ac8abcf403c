-- A plan that changes every grid of a city writes every building and component anew. What that costs is what each
-- row writes besides itself: an index on the shape in degrees beside the one on the same shape in EPSG:3857, which
-- answers the same questions, and a look at the grid for each row.

DROP INDEX ix_buildings_geom;
DROP INDEX ix_components_geom;

-- The look at the grid is made for each grid instead: a statement that puts rows into grids counts them in
-- grid_counts, one row a grid, and these rows refer to the grids. A grid without any has no row.
DELETE FROM grid_counts WHERE items = 0;

ALTER TABLE grid_counts
    DROP CONSTRAINT fk_grid_counts_grid_code,
    DROP CONSTRAINT pk_grid_counts;

ALTER TABLE grid_counts
    ADD CONSTRAINT pk_grid_counts PRIMARY KEY (grid_code, layer),
    ADD CONSTRAINT fk_grid_counts_grid_code FOREIGN KEY(grid_code) REFERENCES grids (code);

ALTER TABLE buildings DROP CONSTRAINT fk_buildings_grid_code;
ALTER TABLE components DROP CONSTRAINT fk_components_grid_code;

-- What a plan said of grids that stayed, as it was before: taking the plan back restores it.
CREATE TABLE plan_words (
    plan_id BIGINT NOT NULL,
    grid_code TEXT NOT NULL,
    classified BOOLEAN NOT NULL,
    kind TEXT,
    sub_status TEXT,
    assigned BOOLEAN NOT NULL,
    worker_code TEXT,
    CONSTRAINT pk_plan_words PRIMARY KEY (plan_id, grid_code),
    CONSTRAINT fk_plan_words_plan_id FOREIGN KEY(plan_id) REFERENCES plans (id),
    CONSTRAINT fk_plan_words_grid_code FOREIGN KEY(grid_code) REFERENCES grids (code),
    CONSTRAINT fk_plan_words_worker_code FOREIGN KEY(worker_code) REFERENCES workers (code)
);
