-- Days since the last inspection, a theme of the map, were asked of all inspections ever made: 3 s in a full city.

ALTER TABLE grid_measures ADD COLUMN latest_at TIMESTAMP WITH TIME ZONE;

UPDATE grid_measures AS m SET latest_at = found.latest_at
FROM (
    SELECT o.grid_code, max(i.inspected_at) AS latest_at
    FROM inspections AS i
    JOIN LATERAL (
        SELECT b.grid_code FROM buildings AS b WHERE b.id = i.building_id
        UNION ALL
        SELECT c.grid_code FROM components AS c WHERE c.id = i.component_id
    ) AS o ON true
    WHERE i.result <> 'no_access'
    GROUP BY 1
) AS found
WHERE found.grid_code = m.grid_code;
