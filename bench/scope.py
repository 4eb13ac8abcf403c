"""What a scope costs a tile: the same tiles for the whole city and for one that sees it by its prefix alone.

    python bench/scope.py [--tiles 40] [--rounds 7]

Reads the database of the settings. Each tile is cut three ways in turn, in the role of the web: as the
tables' owner, whom row security does not touch; under row security with the whole city in sight; and under
row security with the one prefix of the city in sight, so that the same rows come back and every one of them
was checked twice, by the query and by the policy. Printed per layer: the median over all tiles of the best
round's milliseconds, and the two ratios. The claim is that a scoped tile costs at most 1.15 times an
unscoped one.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time

from sqlalchemy import text

from gridgis.cluster import running
from gridgis.codes import divisions
from gridgis.config import Config
from gridgis.database import WEB_ROLE, make_engine, transaction
from gridgis.geometry.tile import at
from gridgis.scope import EVERYTHING, Scope
from gridgis.sql.tiles import TileReader

LAYERS = {
    "grids": range(10, 17),
    "buildings": range(10, 18),
    "components": range(10, 18),
    "incidents": range(10, 17),
}
MOST = 1.15


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tiles", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    config = Config.from_environment()
    with running(config) as url:
        return measure(
            url, Scope.of(divisions.prefix(config.root_division)), arguments.tiles, arguments.rounds
        )


def measure(url: str, city: Scope, tiles: int, rounds: int) -> int:
    owner, web = make_engine(url, name="bench owner"), make_engine(url, name="bench web", role=WEB_ROLE)
    with transaction(owner, read_only=True) as session:
        places = session.execute(
            text(
                "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(geom) AS p FROM grids"
                " ORDER BY code) AS points"
            )
        ).all()
    chosen = random.Random(1).sample([tuple(place) for place in places], tiles)
    readers = {"owner": TileReader(owner), "whole": TileReader(web), "scoped": TileReader(web)}
    worst = 0.0
    print(
        f"{'layer':<12}{'owner ms':>10}{'whole ms':>10}{'scoped ms':>10}"
        f"{'scoped/whole':>14}{'scoped/owner':>14}"
    )
    for layer, zooms in LAYERS.items():
        spent = {way: [] for way in readers}
        for number, (lon, lat) in enumerate(chosen):
            z = zooms[number % len(zooms)]
            for way, seconds in _cut(readers, city, (layer, z, *at(lon, lat, z)), rounds).items():
                spent[way].append(seconds * 1000)
        told = {way: statistics.median(values) for way, values in spent.items()}
        ratio = statistics.median(s / w for s, w in zip(spent["scoped"], spent["whole"], strict=True))
        plain = statistics.median(s / w for s, w in zip(spent["scoped"], spent["owner"], strict=True))
        worst = max(worst, ratio)
        print(
            f"{layer:<12}{told['owner']:>10.2f}{told['whole']:>10.2f}{told['scoped']:>10.2f}"
            f"{ratio:>14.3f}{plain:>14.3f}"
        )
    for reader in readers.values():
        reader.close()
    print(f"worst scoped/whole {worst:.3f}, at most {MOST}: {'holds' if worst <= MOST else 'FAILS'}")
    return 0 if worst <= MOST else 1


def _cut(
    readers: dict[str, TileReader], city: Scope, tile: tuple[str, int, int, int], rounds: int
) -> dict[str, float]:
    """Return the best of some rounds of each way, which take turns so that all meet the same machine."""
    queries = {
        "owner": ("{}", EVERYTHING),
        "whole": ("{}", EVERYTHING),
        "scoped": (json.dumps({"prefixes": city.prefixes}), city),
    }
    best = dict.fromkeys(readers, float("inf"))
    for _ in range(rounds):
        for way, reader in readers.items():
            started = time.perf_counter()
            reader.tile(*tile, *queries[way])
            best[way] = min(best[way], time.perf_counter() - started)
    return best


if __name__ == "__main__":
    raise SystemExit(main())
