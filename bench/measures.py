"""Coverage and workload of a whole city: from nothing, after one change, answered, and beside geopandas.

    python bench/measures.py --url postgresql://… [--city DIR] [--at 2026-06-30T18:00+08:00]

The database holds the city (`gridgis load`); it is migrated, and a server is started on it. Prints seconds
and peak memory of making every figure; seconds of making again what one change touches (each rolled back);
how counts by grid compare with the same join in geopandas, row by row; what the server takes for the
answers of every district, in milliseconds and against `/health/live`; and the seconds until an inspection
that is committed is told by the server (and removed again). Ends with 1 where a limit is passed.
"""

from __future__ import annotations

import argparse
import os
import resource
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from summary import Server
from whole_city import served

from gridgis.config import Config
from gridgis.database import make_engine, transaction
from gridgis.geometry.location import GridSet
from gridgis.geometry.measurement import point_on_surface
from gridgis.services.measuring.refresh import refresh
from gridgis.services.migrating import migrate

_LOOK = """
    INSERT INTO inspections (component_id, inspected_at)
    SELECT id, :at FROM components WHERE grid_code = :grid AND state <> 'removed' ORDER BY id LIMIT 1
"""
_CHANGES = {
    "incident": "UPDATE incidents SET state = state WHERE id = (SELECT max(id) FROM incident_keys)",
    "inspection": _LOOK,
    "track batch": """
        UPDATE tracks SET accuracy_m = accuracy_m
        WHERE worker_code = (SELECT worker_code FROM tracks ORDER BY fixed_at DESC, worker_code LIMIT 1)
          AND fixed_at > CAST(:at AS timestamptz) - interval '10 minutes'""",
    "roster": """
        UPDATE beats SET worker_code = (SELECT max(code) FROM workers)
        WHERE grid_code = :grid AND role = 'primary'""",
    "published plan": """
        WITH old AS (
          UPDATE grids SET valid_to = CAST(:at AS timestamptz) - interval '1 hour',
            retired_by = (SELECT max(id) FROM plans) WHERE code = :grid RETURNING *)
        INSERT INTO grids (code, community_code, area_m2, introduced_by, valid_from, geom)
        SELECT community_code || '999', community_code, area_m2, introduced_by, valid_to, geom FROM old""",
}
_ROUNDS = 15
_FROM_NOTHING_S, _MOST_GIB, _AFTER_CHANGE_S, _ANSWER_MS, _TIMES_FASTER = 60.0, 3.0, 2.0, 50.0, 3.0


class Limits:
    """What was measured, line by line, and whether a limit was passed."""

    def __init__(self) -> None:
        self.passed = False

    def tell(self, line: str, *, kept: bool) -> None:
        self.passed |= not kept
        print(line if kept else f"{line}  MISSED", flush=True)


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
    engine, config, limits = make_engine(given.url), Config(), Limits()
    with transaction(engine) as session:
        migrate(session, config)
    with transaction(engine) as session:
        taken_s, found = _timed(lambda: refresh(session, config, given.at, everything=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    limits.tell(
        f"from nothing: {found.grids:,} grids in {taken_s:.1f} s, {peak:.2f} GiB at most",
        kept=taken_s < _FROM_NOTHING_S and peak < _MOST_GIB,
    )
    district, grid = _largest(engine)
    for name in _CHANGES:
        _change(engine, config, given.at, name, grid, limits)
    if given.city:
        _beside_geopandas(given.city, config, limits)
    _served(given.url, engine, district, grid, limits)
    raise SystemExit(limits.passed)


def _largest(engine: Engine) -> tuple[str, str]:
    """Return the district with the most grids, and one of them that holds components."""
    with transaction(engine, read_only=True) as session:
        district = session.scalar(
            text("SELECT left(grid_code, 6) FROM grid_measures GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
        )
        grid = session.scalar(
            text("""
                SELECT grid_code FROM grid_measures
                WHERE grid_code ^@ :district AND components > 0 ORDER BY grid_code LIMIT 1
            """),
            {"district": district},
        )
    return str(district), str(grid)


def _change(engine: Engine, config: Config, at: datetime, name: str, grid: str, limits: Limits) -> None:
    with Session(engine) as session:
        session.execute(text(_CHANGES[name]), {"at": at, "grid": grid})
        taken_s, found = _timed(lambda: refresh(session, config, at))
        limits.tell(
            f"after one {name}: {found.grids} grids in {taken_s:.2f} s", kept=taken_s < _AFTER_CHANGE_S
        )
        session.rollback()


def _beside_geopandas(city: Path, config: Config, limits: Limits) -> None:
    grids = gpd.read_parquet(city / "grids.parquet").sort_values("code", ignore_index=True)
    things = gpd.read_parquet(city / "components.parquet", columns=["geometry"])
    frame = gpd.GeoDataFrame(geometry=point_on_surface(things.geometry.to_numpy()), crs=4326)

    def ours() -> np.ndarray:
        known = GridSet(grids["code"], grids.geometry.to_numpy(), srid=config.metric_srid, tolerance_m=0.0)
        x, y = shapely.get_coordinates(frame.geometry.to_numpy()).T
        return np.bincount(known.cell_index.covering(x, y) + 1, minlength=len(grids) + 1)[1:]

    def theirs() -> np.ndarray:
        joined = gpd.sjoin(frame, grids[["geometry"]], predicate="covered_by")
        first = joined["index_right"].groupby(level=0).min()  # the lowest code, as the one rule has it
        return np.bincount(first, minlength=len(grids))

    ours()  # compiles
    turns = [(_timed(ours), _timed(theirs)) for _ in range(3)]  # in turn, so that other work slows both
    ours_s, theirs_s = (statistics.median(turn[k][0] for turn in turns) for k in (0, 1))
    same = all(np.array_equal(a, b) for (_, a), (_, b) in turns)
    limits.tell(
        f"{len(frame):,} counted by grid: {ours_s:.2f} s, geopandas {theirs_s:.2f} s, "
        f"{theirs_s / ours_s:.1f} times, {'the same' if same else 'OTHER'} numbers",
        kept=same and theirs_s >= _TIMES_FASTER * ours_s,
    )


def _served(url: str, engine: Engine, district: str, grid: str, limits: Limits) -> None:
    """Measure a server: it first makes everything anew, since its day is not that of the figures."""
    with tempfile.TemporaryDirectory(prefix="gridgis-bench-") as folder:
        token = secrets.token_urlsafe()
        environment = os.environ | {
            "GRIDGIS_DATABASE_URL": url.replace("+psycopg2", ""),
            "GRIDGIS_DATA_DIR": folder,
            "GRIDGIS_ADMIN_TOKEN": token,
            "GRIDGIS_BACKGROUND": "true",
        }
        with served(environment) as address:
            server = Server(address, token)
            _wait_for_today(server, district, f"{datetime.now(UTC):%Y-%m-%d}")
            live_ms = 1000 * server.median_s("/health/live", 5 * _ROUNDS)
            print(f"/health/live: p50 {live_ms:.1f} ms")
            for asked in _districts(engine):
                for name in ("coverage", "workload"):
                    _answer(server, f"/api/{name}?division={asked}&level=street", live_ms, limits)
            _until_told(server, engine, grid, limits)


def _districts(engine: Engine) -> list[str]:
    with transaction(engine, read_only=True) as session:
        found = session.scalars(text("SELECT code FROM divisions WHERE level = 'district' ORDER BY code"))
        return list(found)


def _answer(server: Server, asked: str, live_ms: float, limits: Limits) -> None:
    taken_ms = 1000 * server.median_s(asked, _ROUNDS)
    limits.tell(
        f"{asked}: p50 {taken_ms:.1f} ms, {taken_ms / live_ms:.1f} times /health/live",
        kept=taken_ms < _ANSWER_MS,
    )


def _wait_for_today(server: Server, district: str, day: str) -> None:
    began, asked = time.perf_counter(), f"/api/coverage?division={district}&level=district"
    while server.get(asked)["measured_at"][:10] < day:
        if time.perf_counter() - began > 300:
            sys.exit("the server did not make the figures of its day within five minutes")
        time.sleep(1)
    print(f"the server made a new day's figures, while answering, in {time.perf_counter() - began:.0f} s")


def _until_told(server: Server, engine: Engine, grid: str, limits: Limits) -> None:
    asked = f"/api/coverage?division={grid[:12]}&level=grid"

    def told() -> int:
        return next(row["inspections"] for row in server.get(asked)["rows"] if row["code"] == grid)

    before, at = told(), datetime.now(UTC)
    with transaction(engine) as session:
        session.execute(text(_LOOK), {"at": at, "grid": grid})
    began = time.perf_counter()
    try:
        while told() == before and time.perf_counter() - began < 30:
            pass
        taken_s = time.perf_counter() - began
    finally:
        with transaction(engine) as session:
            session.execute(text("DELETE FROM inspections WHERE inspected_at = :at"), {"at": at})
    limits.tell(f"an inspection is told {taken_s:.2f} s after its commit", kept=taken_s < _AFTER_CHANGE_S)


def _timed(run: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    answer = run()
    return time.perf_counter() - began, answer


if __name__ == "__main__":
    main()
