-- Cover of a leave: lines of the roster that are there for it, and one leave of a worker at a time.

ALTER TABLE absences ADD CONSTRAINT ex_absences_worker
    EXCLUDE USING gist (worker_code WITH =, daterange(valid_from, valid_to) WITH &&);

ALTER TABLE beats ADD COLUMN absence_id BIGINT;
ALTER TABLE beats ADD CONSTRAINT fk_beats_absence_id FOREIGN KEY(absence_id) REFERENCES absences (id) ON DELETE CASCADE;
ALTER TABLE beats ADD CONSTRAINT ck_beats_cover CHECK (absence_id IS NULL OR role = 'deputy');
CREATE INDEX ix_beats_absence_id ON beats (absence_id) WHERE absence_id IS NOT NULL;
CREATE INDEX ix_workers_station ON workers USING gist (station);
CREATE INDEX ix_beats_grid_code ON beats (grid_code);
