-- Which grid a point is in (invariant 2), by the same rule as gridgis/geometry/location.py: the grids in force
-- that cover it, lowest code first; else the nearest within the tolerance, where distances within 1 mm of the
-- smallest are equal and the lowest code wins; else none. A snapped distance is at least 1 mm.
--
-- The point is wrapped in a collection because PostGIS otherwise decides point-in-polygon by a plain
-- floating-point determinant, which can put a point beside an edge on the wrong side or on neither;
-- wrapped, GEOS's robust predicate decides.

CREATE OR REPLACE FUNCTION locate_grid(
  point geometry, at timestamptz, tolerance_m float8, metric_srid integer,
  OUT grid_code text, OUT match text, OUT distance_m float8
) LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  lon float8 := ST_X(point);
  lat float8 := ST_Y(point);
  -- 5 % more than any metric CRS of a city shrinks distances by; a degree is not shorter than this
  up float8 := tolerance_m * 1.05 / 110500.0;
  across float8;
  reach geometry;
  here geometry;
BEGIN
  match := 'none';
  -- NaN is equal to itself and above infinity in SQL
  IF lon IS NULL OR NOT (abs(lon) < 'infinity' AND abs(lat) < 'infinity') THEN
    RETURN;
  END IF;

  -- OFFSET 0: or min() would walk the primary key
  SELECT min(covering.code) INTO grid_code FROM (
    SELECT g.code FROM grids g
    WHERE g.geom && point AND ST_Covers(g.geom, ST_ForceCollection(point))
      AND g.valid_from <= at AND (g.valid_to IS NULL OR g.valid_to > at)
    OFFSET 0
  ) covering;
  IF grid_code IS NOT NULL THEN
    match := 'covered';
    distance_m := 0;
    RETURN;
  END IF;

  across := tolerance_m * 1.05 / (111300.0 * cos(radians(least(abs(lat) + up, 89.0))));
  reach := ST_MakeEnvelope(lon - across, lat - up, lon + across, lat + up, 4326);
  -- the projection may have no image of a point far from the city: project only beside a grid
  IF NOT EXISTS (
    SELECT FROM grids g
    WHERE g.geom && reach AND g.valid_from <= at AND (g.valid_to IS NULL OR g.valid_to > at)
  ) THEN
    RETURN;
  END IF;
  here := ST_Transform(point, metric_srid);
  WITH near AS MATERIALIZED (
    SELECT g.code, ST_Distance(ST_Transform(g.geom, metric_srid), here) AS far_m FROM grids g
    WHERE g.geom && reach AND g.valid_from <= at AND (g.valid_to IS NULL OR g.valid_to > at)
  )
  SELECT n.code, greatest(n.far_m, 0.001) INTO grid_code, distance_m FROM near n
  WHERE n.far_m <= tolerance_m AND n.far_m <= (SELECT min(m.far_m) FROM near m) + 0.001
  ORDER BY n.code LIMIT 1;
  IF grid_code IS NOT NULL THEN
    match := 'snapped';
  END IF;
END $$;
