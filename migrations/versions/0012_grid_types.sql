-- Types are data of the installation (GRIDGIS_GRID_TYPES), so the tables hold any text.

ALTER TABLE grids
    ADD COLUMN kind TEXT,
    ADD COLUMN sub_status TEXT,
    ADD CONSTRAINT ck_grids_sub_status CHECK (sub_status IS NULL OR kind IS NOT NULL);

ALTER TABLE draft_grids ADD COLUMN sub_status TEXT;
