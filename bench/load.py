"""Loading against geopandas.to_postgis and against a bare COPY, in one run, into tables of one kind.

    python bench/load.py [--rows 1000000] [--city DIR] [--url postgresql://…]

Each contender writes the same components into the migrated `components` table (keys, constraints, indexes
and triggers included), emptied in between. `gridgis load` reads, checks and locates them as well. Without
--url an embedded cluster of its own is started and removed. Prints rows a second, ratios and peak memory.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pyarrow.parquet as pq
from sqlalchemy import Engine, text

from gridgis.cluster import Cluster
from gridgis.config import Config
from gridgis.database import make_engine, transaction
from gridgis.services import migrating
from gridgis.services.loading.load import load
from gridgis.services.loading.options import Options

HIDDEN = ("id", "kind", "geom_3857", "updated_at")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--city", type=Path, required=True, help="folder written by `gridgis sample`")
    parser.add_argument("--url", default="")
    parser.add_argument("--one", help=argparse.SUPPRESS)  # a contender of its own process, for its memory
    given = parser.parse_args()
    if given.one:
        _load_alone(given.url, Path(given.one))
    elif given.url:
        compare(given.url, given.city, given.rows)
    else:
        with tempfile.TemporaryDirectory(prefix="gridgis-bench-") as folder:
            Path(folder).chmod(0o755)
            cluster = Cluster(Path(folder) / "data")
            with cluster.in_use():
                compare(cluster.url(), given.city, given.rows)


def compare(url: str, city: Path, rows: int) -> None:
    engine, config = make_engine(url), Config()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "components.parquet"
        found = pq.read_table(city / "components.parquet").slice(0, rows)
        pq.write_table(found, path, row_group_size=65_536)
        del found
        with transaction(engine) as session:
            migrating.migrate(session, config)
        for layer in ("divisions", "grids"):
            with transaction(engine) as session:
                load(session, config, layer, city / f"{layer}.parquet", Options())
        engine.dispose()  # alone in the database, as a first load is
        seconds = {"gridgis load": _timed(lambda: _own_process(url, city, path))}
        final = _final_rows(engine)
        columns = ", ".join(final.columns)
        bare = io.StringIO()
        with closing(engine.raw_connection()) as raw:
            raw.cursor().copy_expert(f"COPY (SELECT {columns} FROM components) TO STDOUT", bare)
        _empty(engine)
        seconds["to_postgis"] = _timed(lambda: final.to_postgis("components", engine, if_exists="append"))
        _empty(engine)
        bare.seek(0)
        seconds["bare COPY"] = _timed(lambda: _copy(engine, columns, bare))
        rows = _count(engine)
        _empty(engine)
    for name, taken in seconds.items():
        print(f"{name:<14}{taken:8.1f} s {rows / taken:12,.0f} rows/s")
    against = {name: taken / seconds["gridgis load"] for name, taken in seconds.items()}
    print(f"gridgis load has {against['to_postgis']:.2f} x the rate of to_postgis,", end=" ")
    print(f"{against['bare COPY']:.2f} x that of a bare COPY")


def _own_process(url: str, city: Path, path: Path) -> None:
    command = [sys.executable, __file__, "--url", url, "--city", str(city), "--one", str(path)]
    print(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def _load_alone(url: str, path: Path) -> None:
    with transaction(make_engine(url)) as session:
        report = load(session, Config(), "components", path, Options())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(dict(report.counts)), f"peak {peak:,.0f} MiB")


def _final_rows(engine: Engine) -> gpd.GeoDataFrame:
    frame = gpd.read_postgis("SELECT * FROM components", engine, geom_col="geom")
    return frame.drop(columns=list(HIDDEN))


def _copy(engine: Engine, columns: str, rows: io.StringIO) -> None:
    with closing(engine.raw_connection()) as raw:
        raw.cursor().copy_expert(f"COPY components ({columns}) FROM STDIN", rows)
        raw.commit()


def _empty(engine: Engine) -> None:
    with transaction(engine) as session:
        session.execute(text("TRUNCATE components CASCADE"))


def _count(engine: Engine) -> int:
    with transaction(engine) as session:
        return int(session.execute(text("SELECT count(*) FROM components")).scalar_one())


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
