"""Walk every tile of a loaded city and report the largest, so that "no tile is too large" is a measurement.

    python bench/tiles_walk.py [--layers grids,buildings] [--deepest 18]

Reads the database of the settings. To zoom 15 every tile over the city is cut; beyond, the children of tiles
above 20 kB, since no other can have anything large in it. Tracks are those of the worker with the most fixes,
from the first to the last. Exit code 1 when a limit is broken.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Iterator

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.geometry.tile import tiles_over
from gridgis.scope import EVERYTHING
from gridgis.sql.tiles import TileReader, select_extent

RAW_LIMIT, GZIPPED_LIMIT = 500_000, 150_000
ALL_TO, WORTH_FOLLOWING = 15, 20_000
QUERIES = {
    "divisions": ["{}"],
    "grids": ["{}"],
    "roads": ["{}"],
    "buildings": ["{}"],
    "components": ["{}"],
    "incidents": ["{}", '{"state":"all"}'],
    "workers": ["{}"],
    "tracks": [],  # asked for by worker and time: see `longest_track`
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layers", default=",".join(QUERIES))
    parser.add_argument("--deepest", type=int, default=18)
    options = parser.parse_args()
    broken = False
    with connected(Config.from_environment(), name="gridgis bench") as engine:
        with transaction(engine, read_only=True) as session:
            extent = select_extent(session)
            track = longest_track(session)
        if extent is None:
            sys.exit("the database has no city")
        reader = TileReader(engine)
        print(f"{'layer':<11}{'query':<18}{'tiles':>7}{'raw p99':>9}{'max':>9}{'gz p99':>9}{'max':>9}  where")
        for layer in options.layers.split(","):
            for query in QUERIES[layer]:
                broken |= report(layer, query, list(walk(reader, layer, query, extent, options.deepest)))
            if layer == "tracks" and track:
                broken |= report(layer, "{…}", list(walk(reader, layer, *track, options.deepest)))
        reader.close()
    return int(broken)


def longest_track(session: Session) -> tuple[str, tuple[float, ...]] | None:
    """Return the query and the bbox of the way of the worker who sent the most fixes, if anybody did."""
    row = session.execute(
        text("""
            SELECT worker_code, begun, ended, ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
            FROM (
                SELECT worker_code, min(fixed_at) AS begun, max(fixed_at) + interval '1 second' AS ended,
                    ST_Extent(geom) AS box
                FROM tracks GROUP BY worker_code ORDER BY count(*) DESC LIMIT 1
            ) AS longest
        """)
    ).one_or_none()
    if row is None:
        return None
    worker, begun, ended, *box = row
    return json.dumps({"worker": worker, "from": str(begun), "to": str(ended)}), tuple(box)


def walk(
    reader: TileReader, layer: str, query: str, extent: tuple[float, ...], deepest: int
) -> Iterator[tuple[int, int, str]]:
    """Yield raw size, gzipped size and name of each tile with something in it."""
    follow: list[tuple[int, int]] = []
    for z in range(8, deepest + 1):
        if z <= ALL_TO:
            x0, y0, x1, y1 = tiles_over(extent, z)
            places = [(x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]
        else:
            places = [(2 * x + i, 2 * y + j) for x, y in follow for i in (0, 1) for j in (0, 1)]
        follow = []
        for x, y in places:
            body, _ = reader.tile(layer, z, x, y, query, EVERYTHING)
            if len(body) > WORTH_FOLLOWING:
                follow.append((x, y))
            if body:
                yield len(body), len(zlib.compress(body, 5)), f"{z}/{x}/{y}"


def report(layer: str, query: str, sizes: list[tuple[int, int, str]]) -> bool:
    """Print one line and tell whether a limit is broken."""
    if not sizes:
        print(f"{layer:<11}{query:<18}{0:>7}")
        return False
    raw, gzipped = np.array([s[0] for s in sizes]), np.array([s[1] for s in sizes])
    print(
        f"{layer:<11}{query:<18}{len(sizes):>7}{np.percentile(raw, 99):>9.0f}{raw.max():>9}"
        f"{np.percentile(gzipped, 99):>9.0f}{gzipped.max():>9}  {max(sizes)[2]}",
        flush=True,
    )
    return bool(raw.max() > RAW_LIMIT or gzipped.max() > GZIPPED_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
