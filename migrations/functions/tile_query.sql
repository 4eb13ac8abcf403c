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
