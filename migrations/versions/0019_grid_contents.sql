-- A building or component that gets another grid keeps its shape and its codes, yet wrote an entry into every index it
-- has, because one of them is on its grid: most of what publishing a whole city took. PostgreSQL leaves all of a row's
-- indexes alone when nothing indexed changes and the row's page has room for the new version. So which rows stand in a
-- grid is listed, a row for each grid, and pages are filled by half.

CREATE TABLE grid_contents (
    grid_code TEXT NOT NULL,
    layer TEXT NOT NULL,
    ids BIGINT[] NOT NULL,
    CONSTRAINT pk_grid_contents PRIMARY KEY (grid_code, layer)
);

INSERT INTO grid_contents (grid_code, layer, ids)
SELECT grid_code, 'buildings', array_agg(id ORDER BY id) FROM buildings WHERE grid_code IS NOT NULL GROUP BY grid_code
UNION ALL
SELECT grid_code, 'components', array_agg(id ORDER BY id) FROM components WHERE grid_code IS NOT NULL GROUP BY grid_code;

DROP INDEX ix_buildings_grid_code;
DROP INDEX ix_components_grid_code;

ALTER TABLE buildings SET (fillfactor = 50);
ALTER TABLE components SET (fillfactor = 50);
ALTER TABLE grids SET (fillfactor = 50);

-- writes the rows that are there anew, half a page each
CLUSTER buildings USING pk_buildings;
CLUSTER components USING pk_components;
CLUSTER grids USING pk_grids;
ALTER TABLE buildings SET WITHOUT CLUSTER;
ALTER TABLE components SET WITHOUT CLUSTER;
ALTER TABLE grids SET WITHOUT CLUSTER;

-- how many there are is counted by the trigger that keeps the lists (functions/grid_contents.sql)
DROP FUNCTION IF EXISTS keep_grid_counts() CASCADE;
