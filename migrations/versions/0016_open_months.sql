-- Where open incidents are to be looked for: of ten years most months have none, and each month is a partition that
-- costs time to plan for. A trigger keeps it (functions/incident_days.sql).

CREATE TABLE incident_months (
    month TIMESTAMP WITH TIME ZONE NOT NULL,
    open BIGINT NOT NULL,
    CONSTRAINT pk_incident_months PRIMARY KEY (month)
);

INSERT INTO incident_months
SELECT date_trunc('month', reported_at, 'UTC'), count(*) FROM incidents
WHERE state NOT IN ('closed', 'rejected', 'declined', 'void', 'merged') GROUP BY 1;
