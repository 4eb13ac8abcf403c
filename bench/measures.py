"""Coverage and workload of a whole city: from nothing, after one change, and counts beside geopandas.

    python bench/measures.py --url postgresql://… [--city DIR] [--at 2026-06-30T18:00+08:00]

The database holds the city (`gridgis load`). Prints seconds and peak memory of making every figure, seconds
of making again what one incident, one inspection and one track touch (rolled back), the milliseconds of a
district's answers, and how counts by grid compare with the same join in geopandas, row by row.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridgis.config import Config
from gridgis.database import make_engine, transaction
from gridgis.geometry.location import GridSet
from gridgis.geometry.measurement import point_on_surface
from gridgis.scope import EVERYTHING
from gridgis.services import coverage, workload
from gridgis.services.measuring.refresh import refresh

_CHANGES = {
    "incident": "UPDATE incidents SET state = state WHERE id = (SELECT max(id) FROM incident_keys)",
    "inspection": """
        INSERT INTO inspections (component_id, inspected_at)
        SELECT min(id), CAST(:at AS timestamptz) - interval '1 hour' FROM components""",
    "track": """
        UPDATE tracks SET accuracy_m = accuracy_m
        WHERE (worker_code, fixed_at) = (
          SELECT worker_code, fixed_at FROM tracks ORDER BY fixed_at DESC, worker_code LIMIT 1)""",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", required=True)
    parser.add_argument("--city", type=Path, help="its files, for the comparison with geopandas")
    parser.add_argument(
        "--at", type=datetime.fromisoformat, default=datetime.fromisoformat("2026-06-30T18:00+08:00")
    )
    given = parser.parse_args()
    engine, config = make_engine(given.url), Config()
    with transaction(engine) as session:
        taken_s, found = _timed(lambda: refresh(session, config, given.at, everything=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"from nothing: {found.grids:,} grids in {taken_s:.1f} s, {peak:.2f} GiB at most")
    for name in _CHANGES:
        _change(engine, config, given.at, name)
    with transaction(engine, read_only=True) as session:
        _answers(session, config, given.at)
    if given.city:
        _beside_geopandas(given.city, config)


def _change(engine: Any, config: Config, at: datetime, name: str) -> None:
    with Session(engine) as session:
        session.execute(text(_CHANGES[name]), {"at": at})
        taken_s, found = _timed(lambda: refresh(session, config, at))
        print(f"after one {name}: {found.grids} grids in {taken_s:.2f} s")
        session.rollback()


def _answers(session: Session, config: Config, at: datetime) -> None:
    largest = session.scalar(
        text("""
            SELECT left(code, 6) FROM grids WHERE valid_to IS NULL
            GROUP BY 1 ORDER BY count(*) DESC LIMIT 1
        """)
    )
    for name, ask in (("coverage", coverage.cover), ("workload", workload.carry)):
        for level in ("street", "grid"):
            taken = [
                _timed(lambda: ask(session, EVERYTHING, config, largest, level=level, at=at))[0]  # noqa: B023
                for _ in range(21)
            ]
            print(f"{name} of {largest} by {level}: p50 {1000 * statistics.median(taken):.1f} ms")


def _beside_geopandas(city: Path, config: Config) -> None:
    grids = gpd.read_parquet(city / "grids.parquet").sort_values("code", ignore_index=True)
    things = gpd.read_parquet(city / "components.parquet", columns=["geometry"])
    points = point_on_surface(things.geometry.to_numpy())
    frame = gpd.GeoDataFrame(geometry=points, crs=4326)

    def ours() -> np.ndarray:
        known = GridSet(grids["code"], grids.geometry.to_numpy(), srid=config.metric_srid, tolerance_m=0.0)
        x, y = frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()
        return np.bincount(known.cell_index.covering(x, y) + 1, minlength=len(grids) + 1)[1:]

    def theirs() -> np.ndarray:
        joined = gpd.sjoin(frame, grids[["geometry"]], predicate="covered_by")
        first = joined["index_right"].groupby(level=0).min()  # the lowest code, as the one rule has it
        return np.bincount(first, minlength=len(grids))

    ours()  # compiles
    (ours_s, a), (theirs_s, b) = _timed(ours), _timed(theirs)
    same = "the same" if np.array_equal(a, b) else "OTHER"
    print(f"{len(frame):,} counted by grid: {ours_s:.2f} s, geopandas {theirs_s:.2f} s, "
          f"{theirs_s / ours_s:.1f} times, {same} numbers")  # fmt: skip


def _timed(run: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    answer = run()
    return time.perf_counter() - began, answer


if __name__ == "__main__":
    main()
