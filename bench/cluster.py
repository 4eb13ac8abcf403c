"""Every figure of a city on Dask clusters of one and of two worker processes, from the same files.

    python bench/cluster.py --url postgresql://… [--partition-by street] [--at 2026-06-30T18:00+08:00]

The database holds the city (`gridgis load`); it is migrated, and else only read. Prints how long writing the
parts takes and how large they are, how long each cluster of one-threaded workers takes for them, what
processor time each worker had meanwhile, and the gain of the second. Ends with 1 where the two disagree.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from distributed import Client, LocalCluster

from gridgis.config import Config
from gridgis.database import make_engine, transaction
from gridgis.measures.part import Made
from gridgis.services.measuring.on_cluster import parts_made
from gridgis.services.measuring.parting import PART_LEVELS, write_parts
from gridgis.services.migrating import migrate


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", required=True)
    parser.add_argument("--partition-by", choices=PART_LEVELS, default="street")
    parser.add_argument(
        "--at", type=datetime.fromisoformat, default=datetime.fromisoformat("2026-06-30T18:00+08:00")
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gridgis-bench-") as folder:
        place = Path(folder)
        began = time.perf_counter()
        engine = make_engine(given.url)
        with transaction(engine) as session:
            migrate(session, Config())
        with transaction(engine, read_only=True) as session:
            names = write_parts(session, Config(), given.at, place, given.partition_by)
        print(f"{len(names)} parts written in {time.perf_counter() - began:.1f} s", flush=True)
        for layer in sorted(path for path in place.iterdir() if path.is_dir()):
            sizes = [file.stat().st_size for file in layer.iterdir()]
            print(f"  {layer.name:<20}{sum(sizes) / 2**20:8.1f} MiB, largest {max(sizes) / 2**20:.1f}")
        taken_s, figures = zip(*(measured(place, workers) for workers in (1, 2)), strict=True)
    print(f"two workers are {taken_s[0] / taken_s[1]:.2f} times as fast as one")
    raise SystemExit(not figures[0].equals(figures[1]))


def measured(folder: Path, workers: int) -> tuple[float, pa.Table]:
    """Return the seconds that a cluster takes, once it is up, and the figures by grid."""
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0
    ) as cluster:
        cluster.wait_for_workers(workers)
        busy_before = busy_s(cluster)
        began = time.perf_counter()
        first_s, parts = 0.0, list[Made]()
        for part in parts_made(cluster.scheduler_address, folder):
            first_s = first_s or time.perf_counter() - began
            parts.append(part)
        taken_s = time.perf_counter() - began
        busy = [after - before for after, before in zip(busy_s(cluster), busy_before, strict=True)]
    grids = pa.concat_tables([part.figures for part in parts]).sort_by("grid_code")
    days = np.sum([part.patrol_days.num_rows for part in parts])
    print(
        f"{workers} workers: {grids.num_rows:,} grids, {days:,} grid days in {taken_s:.1f} s, "
        f"the first part after {first_s:.1f} s; processor time of each: "
        + ", ".join(f"{seconds:.1f} s" for seconds in busy),
        flush=True,
    )
    return taken_s, grids


def busy_s(cluster: LocalCluster) -> list[float]:
    """Return the processor time that each worker has had."""
    with Client(cluster) as client:
        return [seconds for _, seconds in sorted(client.run(time.process_time).items())]


if __name__ == "__main__":
    main()
