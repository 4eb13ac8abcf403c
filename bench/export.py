"""Exporting every grid as GeoJSON against the SQL that makes the same bytes, in one run.

    python bench/export.py [--url postgresql://…] [--runs 7]

Without --url the embedded database is used, which must hold a city (make demo). Prints the best time of each,
the ratio (at most 1.5), the time to the first byte and the peak of memory traced by Python.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.scope import EVERYTHING
from gridgis.services import exporting

SAME_BYTES = """
SELECT '{"type":"FeatureCollection","name":"grids","features":[' || chr(10)
  || string_agg(
  '{"type":"Feature","id":' || to_json(code)::text || ',"geometry":'
  || ST_AsGeoJSON(ST_ForcePolygonCCW(geom), 7, 0) || ',"properties":' || row_to_json((SELECT r FROM (
    SELECT code, name, community_code, area_m2, initial_date,
           to_char(valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS valid_from,
           to_char(valid_to AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS valid_to
  ) r))::text || '}',
  ',' || chr(10) ORDER BY code) || chr(10) || ']}' || chr(10)
FROM grids WHERE valid_from <= now() AND (valid_to IS NULL OR valid_to > now())
"""


def exported(engine: Engine, config: Config) -> tuple[bytes, float]:
    """Return the bytes of the export and the seconds to the first of them."""
    start = time.perf_counter()
    first = 0.0
    chunks = []
    with transaction(engine, read_only=True) as session:
        wish = exporting.Wish("grids", "geojson")
        for chunk in exporting.stream(
            session, exporting.prepare(session, wish, EVERYTHING, config, datetime.now(UTC))
        ):
            if len(chunks) == 1:  # the first with a grid in it
                first = time.perf_counter() - start
            chunks.append(chunk)
    return b"".join(chunks), first


def raw(engine: Engine) -> bytes:
    """Return the same bytes from one statement."""
    with engine.connect() as connection:
        return str(connection.scalar(text(SAME_BYTES))).encode()


def best(runs: int, call: Callable[[], object]) -> float:
    """Return the shortest of several runs, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="")
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    config = Config.from_environment()
    if arguments.url:
        config = replace(config, database_url=arguments.url)
    with connected(config, name="bench") as engine:
        body, first = exported(engine, config)
        assert body == raw(engine), "the two do not make the same bytes"
        ours = best(arguments.runs, lambda: exported(engine, config))
        theirs = best(arguments.runs, lambda: raw(engine))
        tracemalloc.start()
        with transaction(engine, read_only=True) as session:
            wish = exporting.Wish("grids", "geojson")
            export = exporting.prepare(session, wish, EVERYTHING, config, datetime.now(UTC))
            for _ in exporting.stream(session, export):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    print(f"grids as GeoJSON: {len(body) / 1e6:.1f} MB, {body.count(b'Feature') - 1} features")
    print(f"export {ours:.3f} s, raw SQL {theirs:.3f} s, ratio {ours / theirs:.2f} (at most 1.5)")
    print(f"first feature after {first:.3f} s (at most 0.5); peak of Python memory {peak / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
