-- How the layers' functions (tiles/layers/) read their last argument.

-- Division prefixes of the caller's scope; without the member, the whole city.
CREATE OR REPLACE FUNCTION tile_prefixes(query json) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN query -> 'prefixes' IS NULL THEN '{""}'
    ELSE ARRAY(SELECT json_array_elements_text(query -> 'prefixes')) END
$$;

-- The instant whose grids are asked for: a plan's first, `as_of`, or the present.
CREATE OR REPLACE FUNCTION tile_moment(query json) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN query ->> 'plan' IS NOT NULL
    THEN (SELECT valid_from FROM plans WHERE id = (query ->> 'plan')::bigint)
    ELSE COALESCE((query ->> 'as_of')::timestamptz, now()) END
$$;

-- Rows of a layer per community, at the mean of its grids' anchors. All grids are read at once: policies make the
-- planner expect a few, for which it would look up one after the other.
CREATE OR REPLACE FUNCTION community_counts(counted text, prefixes text[])
RETURNS TABLE (id bigint, items bigint, households bigint, middle geometry)
LANGUAGE plpgsql STABLE PARALLEL SAFE SET enable_nestloop = off AS $$
BEGIN
  RETURN QUERY
    SELECT located.community::bigint, sum(located.items)::bigint, sum(located.households)::bigint,
      ST_SetSRID(ST_MakePoint(avg(ST_X(anchor)), avg(ST_Y(anchor))), 3857)
    FROM (
      SELECT left(c.grid_code, 12) AS community, c.items, c.households,
        COALESCE(s.anchor, (SELECT ST_PointOnSurface(g.geom_3857) FROM grids AS g WHERE g.code = c.grid_code)) AS anchor
      FROM grid_counts AS c LEFT JOIN grid_shapes AS s ON s.code = c.grid_code
      WHERE c.layer = counted AND c.items > 0 AND c.grid_code ^@ ANY (prefixes)
    ) AS located
    GROUP BY located.community;
END $$;
