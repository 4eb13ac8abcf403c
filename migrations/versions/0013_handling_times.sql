-- Minutes of handling by class, from the city's own history. Until the figures are made on the next day, none are
-- known and every incident counts with the parameter, as before.

CREATE TABLE handling_times (
    kind TEXT NOT NULL,
    class_prefix TEXT NOT NULL,
    incidents BIGINT NOT NULL,
    timed BIGINT NOT NULL,
    median_min FLOAT(53),
    CONSTRAINT pk_handling_times PRIMARY KEY (kind, class_prefix)
);

ALTER TABLE grid_measures
    ADD COLUMN timed_a_week FLOAT(53) DEFAULT '0' NOT NULL,
    ADD COLUMN timed_min_a_week FLOAT(53) DEFAULT '0' NOT NULL;
