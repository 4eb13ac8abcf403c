"""What publishing a plan that redraws every grid of a city costs, and what readers feel of it meanwhile.

    createdb -T full copy
    GRIDGIS_DATABASE_URL=postgresql:///copy python bench/publish.py [--seconds 15] [--kills 20]

The database is changed: give it a copy. Each grid is cut in two and the halves are joined with halves of
their neighbours, so that no grid stays. A server answers all the while: GET /api/locate, asked by four
clients a hundred times a second together, and tiles of grids and of buildings, asked by one client ten times
a second. The bench prints the seconds of the publishing, and p50 and p99 of the answers before it and during
it, with their ratio. With --kills, the publishing process is killed that often at moments spread over its
course before it is let through, and after each kill nothing may have changed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text

from gridgis.config import Config
from gridgis.database import make_engine, transaction
from gridgis.geometry import tile
from gridgis.geometry.measurement import area_m2

TOKEN = "a token for the bench"
#: What is asked for -> clients, and questions a second of all of them together.
CLIENTS = {"/api/locate": (4, 100), "tiles": (1, 10)}
TILE_ZOOM = 14
#: Rows written since the database was copied, by PostgreSQL's own count.
WRITTEN = """
    SELECT relname, n_tup_hot_upd, n_tup_upd FROM pg_stat_user_tables
    WHERE relname IN ('buildings', 'components') ORDER BY relname
"""
#: Everything that publishing writes, as one line that two states share only if they are the same.
STATE = """
    SELECT (SELECT md5(string_agg(concat(code, valid_from, valid_to), ',' ORDER BY code)) FROM grids),
      (SELECT md5(string_agg(concat(state, valid_from, valid_to), ',' ORDER BY id)) FROM plans),
      (SELECT sum(hashtextextended(concat(id, grid_code), 0)) FROM buildings),
      (SELECT sum(hashtextextended(concat(id, grid_code), 0)) FROM components),
      (SELECT sum(hashtextextended(concat(id, grid_code), 0)) FROM incidents),
      (SELECT count(*) FROM incident_log), (SELECT count(*) FROM grid_lineage),
      (SELECT sum(hashtextextended(concat(grid_code, worker_code, valid_from, valid_to), 0)) FROM beats)
"""


def redrawn(polygons: Any, communities: Any) -> tuple[Any, Any]:
    """Return other grids on the same ground, and their communities: halves joined with neighbours' halves."""
    west, south, east, north = shapely.bounds(polygons).T
    middle = shapely.get_coordinates(shapely.point_on_surface(polygons))
    wide = (east - west) > (north - south)
    ends = np.where(
        wide[:, None], np.column_stack((middle[:, 0], south)), np.column_stack((west, middle[:, 1]))
    )
    others = np.where(
        wide[:, None], np.column_stack((middle[:, 0], north)), np.column_stack((east, middle[:, 1]))
    )
    cuts = shapely.intersection(shapely.linestrings(np.stack((ends, others), axis=1)), polygons)
    net = shapely.union_all(np.concatenate((shapely.boundary(polygons), cuts)))
    halves = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    half, grid = shapely.STRtree(polygons).query(shapely.point_on_surface(halves), predicate="covered_by")
    halves, owner = halves[half], grid
    one, other = shapely.STRtree(halves).query(halves, predicate="intersects")
    fit = (
        (one < other) & (owner[one] != owner[other]) & (communities[owner[one]] == communities[owner[other]])
    )
    one, other = one[fit], other[fit]
    edges = shapely.length(shapely.intersection(halves[one], halves[other])) > 0
    mate = np.full(len(halves), -1)
    for a, b in zip(one[edges].tolist(), other[edges].tolist(), strict=True):
        if mate[a] < 0 and mate[b] < 0:
            mate[a], mate[b] = b, a
    rows = [row for row in range(len(halves)) if mate[row] < 0 or row < mate[row]]
    joined = [halves[r] if mate[r] < 0 else shapely.coverage_union_all(halves[[r, mate[r]]]) for r in rows]
    whole = np.array([shapely.get_geometry(shape, 0) for shape in joined], dtype=object)
    return whole, communities[owner[rows]]


def draft(engine: Any, config: Config) -> int:
    """Store a draft that redraws the whole city."""
    with transaction(engine) as session:
        rows = session.execute(
            text("SELECT code, ST_AsBinary(geom) AS wkb FROM grids WHERE valid_to IS NULL ORDER BY code")
        ).all()
        polygons = shapely.from_wkb([bytes(row.wkb) for row in rows])
        shapes, communities = redrawn(polygons, np.array([row.code[:12] for row in rows], dtype=object))
        plan = session.scalar(
            text("INSERT INTO plans (name, created_by) VALUES ('all redrawn', 'bench') RETURNING id")
        )
        session.execute(text("INSERT INTO drafts (plan_id) VALUES (:plan)"), {"plan": plan})
        areas = area_m2(shapes, config.metric_srid)
        new = [
            {"key": f"n{k + 1}", "community": community, "wkb": shape.wkb, "area": float(area)}
            for k, (shape, community, area) in enumerate(zip(shapes, communities, areas, strict=True))
        ]
        gone = [{"key": row.code, "community": row.code[:12], "wkb": None, "area": None} for row in rows]
        session.execute(
            text("""
                INSERT INTO draft_grids (plan_id, key, community_code, geom, area_m2, version)
                VALUES (:plan, :key, :community, ST_GeomFromWKB(:wkb, 4326), :area, 0)
            """),
            [{"plan": plan, **row} for row in new + gone],
        )
        print(f"{len(gone):,} grids redrawn as {len(new):,}")
        return int(plan or 0)


class Readers:
    """Clients that ask about random points, at an even pace, and write down how long each answer took."""

    def __init__(self, port: int, box: Any) -> None:
        self._port, self._box = port, box
        self._stop = threading.Event()
        self._taken: dict[str, list[tuple[float, float]]] = {what: [] for what in CLIENTS}
        self._failed: list[str] = []
        self._threads = [
            threading.Thread(target=self._ask, args=(what, seed))
            for what, (clients, _) in CLIENTS.items()
            for seed in range(clients)
        ]

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def between(self, what: str, start: float, end: float) -> tuple[int, float, float]:
        """Return how many answers there were, and the p50 and p99 of them in milliseconds."""
        taken = [ms for at, ms in self._taken[what] if start <= at < end]
        if self._failed:
            raise SystemExit(f"a reader was refused: {self._failed[0]}")
        return len(taken), *np.percentile(taken, [50, 99]).tolist()

    def _path(self, what: str, points: np.random.Generator) -> str:
        west, south, east, north = self._box
        lon, lat = points.uniform(west, east), points.uniform(south, north)
        if what == "tiles":
            x, y = tile.at(lon, lat, TILE_ZOOM)
            return f"/tiles/{points.choice(['grids', 'buildings'])}/{TILE_ZOOM}/{x}/{y}.mvt"
        return f"{what}?lon={lon}&lat={lat}"

    def _ask(self, what: str, seed: int) -> None:
        points = np.random.default_rng(seed)
        clients, a_second = CLIENTS[what]
        due = time.perf_counter()
        while not self._stop.is_set():
            due += clients / a_second
            self._stop.wait(max(0.0, due - time.perf_counter()))
            request = urllib.request.Request(
                f"http://127.0.0.1:{self._port}{self._path(what, points)}",
                headers={"Authorization": f"Bearer {TOKEN}"},
            )
            begun = time.perf_counter()
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    answer.read()
            except OSError as error:
                self._failed.append(str(error))
                return
            self._taken[what].append((begun, (time.perf_counter() - begun) * 1000))


@contextmanager
def server() -> Iterator[int]:
    """Run the server on the database for the length of a block; yield its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "GRIDGIS_ADMIN_TOKEN": TOKEN, "GRIDGIS_BACKGROUND": "false"}
    environment["GRIDGIS_LOG_LEVEL"] = "WARNING"
    command = [sys.executable, "-m", "gridgis", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # "serving on …"
        try:
            yield port
        finally:
            process.terminate()


def publishing(plan: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gridgis", "plan", "publish", str(plan), "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kill(engine: Any, plan: int, times: int, lasts_s: float) -> None:
    """Kill the publishing at moments spread over its course; nothing may be another afterwards."""

    def state() -> Any:
        with transaction(engine) as session:
            return session.execute(text(STATE)).one()

    before = state()
    for k in range(times):
        process = publishing(plan)
        time.sleep(lasts_s * (k + 1) / (times + 1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        with transaction(engine) as session:  # the server notices that its client is gone
            session.execute(text("SELECT pg_advisory_xact_lock(hashtext('gridgis publishing'))"))
        if state() != before:
            raise SystemExit(f"kill {k + 1} left something changed")
    print(f"killed {times} times: the plan before it, whole")


def report(
    done: dict[str, Any],
    lasted_s: float,
    felt: dict[str, dict[str, tuple[int, float, float]]],
    heap_only: list[Any],
) -> None:
    """Print what was published in which time, and what readers felt before, during and after it."""
    print(f"{datetime.now(UTC):%Y-%m-%d}: { ({k: v for k, v in done.items() if isinstance(v, int)}) }")
    print(f"published in {lasted_s:.1f} s (at most 60)")
    for table, hot, written in heap_only:
        print(f"{table}: {hot:,} of {written:,} rows written without an index entry")
    for what, spells in felt.items():
        for name, (count, p50, p99) in spells.items():
            print(f"{what} {name}: {count} answers, p50 {p50:.1f} ms, p99 {p99:.1f} ms")
        print(f"{what}: p99 during / before {spells['during'][2] / spells['before'][2]:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=15.0, help="of reading before the publishing")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--lasts", type=float, default=45.0, help="seconds over which the kills are spread")
    arguments = parser.parse_args()
    config = Config.from_environment()
    engine = make_engine(config.database_url, name="bench")
    plan = draft(engine, config)
    if arguments.kills:
        kill(engine, plan, arguments.kills, arguments.lasts)
    with transaction(engine) as session:
        box = session.execute(
            text("""
                SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)
                FROM (SELECT ST_Extent(geom) AS e FROM grids) AS city
            """)
        ).one()
    with server() as port, Readers(port, box) as readers:
        time.sleep(2.0)  # every process reads the grids once
        quiet = time.perf_counter()
        time.sleep(arguments.seconds)
        begun = time.perf_counter()
        process = publishing(plan)
        told = process.communicate()[0]
        ended = time.perf_counter()
        time.sleep(3.0)
        after = time.perf_counter()
        spans = {"before": (quiet, begun), "during": (begun, ended), "after": (ended, after)}
        felt = {
            what: {name: readers.between(what, *span) for name, span in spans.items()} for what in CLIENTS
        }
    if process.returncode:
        raise SystemExit(f"the publishing ended with {process.returncode}")
    with transaction(engine) as session:
        heap_only = list(session.execute(text(WRITTEN)).all())
    report(json.loads(told), ended - begun, felt, heap_only)


if __name__ == "__main__":
    main()
