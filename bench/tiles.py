"""Requests and processor time of our tiles beside tipg's: the same database, places, properties; zooms 10-16.

    python -m venv /tmp/tipg && /tmp/tipg/bin/pip install tipg uvicorn
    python bench/tiles.py --tipg /tmp/tipg/bin [--seconds 6] [--layers grids,buildings,components]

Reads the database of the settings (GRIDGIS_DATABASE_URL must be set: tipg asks it too). Each server has
two processes and no parallel queries; `wrk` asks over loopback. Printed per layer and zooms: requests per
second of tipg, of ours without memory, of ours warm, and of our answer of as many bytes that does nothing;
the ratios of these; and milliseconds of processor per tile, of the server's processes and their database
sessions, which a busy machine disturbs less.

What differs: to zoom 13 (components: 14) our buildings and components are counts and tipg's are up to 10,000
rows each; from there on both draw every row. Our grids are simplified to zoom 13, and have points for labels
from 14. Ours asks who calls, keeps to row security and counts requests; tipg does neither. Both
read the column in Web Mercator, which has the index.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, text

from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.geometry.tile import at

ZOOMS = range(10, 17)
BANDS = (range(10, 17), range(10, 12), range(12, 14), range(14, 17))
TOKEN = "token-of-this-bench"
PROPERTIES = {
    "grids": lambda z: "code,name,area_m2" if z >= 12 else "code" if z == 11 else "community_code",
    "buildings": lambda z: "use,floors,height_m" + (",code,name" if z >= 16 else ""),
    "components": lambda z: "class_code,state",
}
WARMING_S = 8
TICKS = os.sysconf("SC_CLK_TCK")
Place = tuple[int, int, int]


class Server(NamedTuple):
    """Where it listens, the first of its processes, and what its database sessions are called."""

    root: str
    pid: int
    sessions: str


class Figures(NamedTuple):
    """What a server did in one run of wrk."""

    per_s: float
    cpu_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tipg", type=Path, help="Folder with the programs of an environment that has tipg.")
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--layers", default=",".join(PROPERTIES))
    parser.add_argument("--tiles", type=int, default=20, help="Of each zoom.")
    parser.add_argument("--serve", nargs=2, type=int, metavar=("PORT", "CACHE_MB"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(*options.serve)
        return
    print(
        f"{'':<19}{'requests/s':^38}{'ratios':^33}{'ms of processor':^32}\n{'layer':<12}{'zooms':<7}"
        f"{'tipg':>8}{'uncached':>10}{'warm':>9}{'no-op':>9}{'un/tipg':>10}{'warm/tipg':>11}{'warm/no-op':>12}"
        f"{'tipg':>8}{'uncached':>10}{'warm':>8}{'no-op':>8}"
    )
    with (
        connected(Config.from_environment(), name="gridgis bench") as engine,
        ExitStack() as stack,
    ):
        tipg = stack.enter_context(tipg_server(options.tipg)) if options.tipg else None
        uncached, warm = (stack.enter_context(our_server(cache_mb)) for cache_mb in (0, 256))
        for layer in options.layers.split(","):
            places = sample(engine, options.tiles)
            for band in BANDS:
                asked = [place for place in places if place[0] in band]
                figures = measure(engine, (tipg, uncached, warm), layer, asked, options.seconds)
                report(layer, band, *figures)


def report(layer: str, band: range, tipg: Figures, uncached: Figures, warm: Figures, noop: Figures) -> None:
    """Print one line."""
    print(
        f"{layer:<12}{f'{band[0]}-{band[-1]}':<7}"
        f"{tipg.per_s:>8.0f}{uncached.per_s:>10.0f}{warm.per_s:>9.0f}{noop.per_s:>9.0f}"
        f"{uncached.per_s / tipg.per_s:>10.2f}{warm.per_s / tipg.per_s:>11.1f}"
        f"{warm.per_s / noop.per_s:>12.2f}"
        f"{tipg.cpu_ms:>8.2f}{uncached.cpu_ms:>10.2f}{warm.cpu_ms:>8.2f}{noop.cpu_ms:>8.2f}",
        flush=True,
    )


def sample(engine: Engine, tiles: int) -> list[Place]:
    """Return tiles of each zoom around random buildings: where people look."""
    with transaction(engine) as session:
        rows = session.execute(
            text(
                "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(geom) AS p FROM buildings"
                " TABLESAMPLE SYSTEM (5) REPEATABLE (1) ORDER BY md5(code) LIMIT :rows) AS points"
            ),
            {"rows": tiles * len(ZOOMS)},
        ).all()
    places = [(z, *at(lon, lat, z)) for (lon, lat), z in zip(rows, list(ZOOMS) * tiles, strict=False)]
    random.Random(1).shuffle(places)
    return places


def measure(
    engine: Engine,
    servers: tuple[Server | None, Server, Server],
    layer: str,
    places: list[Place],
    seconds: int,
) -> tuple[Figures, Figures, Figures, Figures]:
    tipg, uncached, warm = servers
    ours = [f"tiles/{layer}/{z}/{x}/{y}.mvt" for z, x, y in places]
    sizes = [size(f"{uncached.root}/{path}") for path in ours]
    theirs = Figures(float("nan"), float("nan"))
    if tipg is not None:
        names = [tipg_path(layer, *place) for place in places]
        for name in names:  # what both read is in the database's memory from here on
            size(f"{tipg.root}/{name}")
        theirs = run(engine, tipg, names, seconds)
    cold = run(engine, uncached, ours, seconds)
    # each process has a memory of its own: this long, from this many connections, it gets every tile
    wrk(warm.root, ours, WARMING_S, connections=32)
    return (
        theirs,
        cold,
        run(engine, warm, ours, seconds),
        run(engine, warm, [f"noop/{length}" for length in sizes], seconds),
    )


def run(engine: Engine, server: Server, paths: list[str], seconds: int) -> Figures:
    before = processor_s(engine, server)
    answers, per_s = wrk(server.root, paths, seconds, connections=8)
    return Figures(per_s, (processor_s(engine, server) - before) * 1000 / answers)


def processor_s(engine: Engine, server: Server) -> float:
    """Return the processor seconds that a server's processes and their database sessions have used.

    The database must run on this machine.
    """
    with transaction(engine) as session:
        pids = session.scalars(
            text(
                "SELECT pid FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = :sessions"
            ),
            {"sessions": server.sessions},
        ).all()
    stats = [Path(f"/proc/{pid}/stat") for pid in pids] + [
        file for file in Path("/proc").glob("[0-9]*/stat") if fields(file)[3:4] == [str(server.pid)]
    ]
    return sum(sum(map(int, fields(file)[11:13])) for file in stats) / TICKS


def fields(stat: Path) -> list[str]:
    """Return the fields of a process after its name: [3] is its session, [11] and [12] its ticks."""
    try:
        return stat.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):  # it has ended
        return []


def tipg_path(layer: str, z: int, x: int, y: int) -> str:
    tile = f"collections/public.{layer}/tiles/WebMercatorQuad/{z}/{x}/{y}"
    return f"{tile}?geom-column=geom_3857&properties={PROPERTIES[layer](z)}"


@contextmanager
def tipg_server(programs: Path) -> Iterator[Server]:
    port = free_port()
    url = os.environ["GRIDGIS_DATABASE_URL"]
    tables = '["' + '","'.join(f"public.{layer}" for layer in PROPERTIES) + '"]'
    environ = {
        **os.environ,
        "DATABASE_URL": f"{url}{'&' if '?' in url else '?'}application_name=tipg"
        "&max_parallel_workers_per_gather=0&jit=off",
        "TIPG_DB_TABLES": tables,
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "TIPG_DB_DATETIME_EXTENT": "false",
        "TIPG_CATALOG_TTL": "86400",
    }
    command = [
        programs / "uvicorn",
        "tipg.main:app",
        "--workers",
        "2",
        "--port",
        str(port),
        "--log-level",
        "warning",
    ]
    with running([str(part) for part in command], environ) as pid:
        root = f"http://127.0.0.1:{port}"
        wait(f"{root}/healthz")
        wait(f"{root}/collections")
        yield Server(root, pid, "tipg")


@contextmanager
def our_server(cache_mb: int) -> Iterator[Server]:
    port = free_port()
    with running([sys.executable, __file__, "--serve", str(port), str(cache_mb)], dict(os.environ)) as pid:
        root = f"http://127.0.0.1:{port}"
        wait(f"{root}/health/live")
        yield Server(root, pid, "gridgis web")


def serve(port: int, cache_mb: int) -> None:
    """Run the real server with one endpoint more, which answers as many bytes as asked for."""
    from flask import Blueprint, Response  # noqa: PLC0415 - only this process is a server

    from gridgis import app  # noqa: PLC0415
    from gridgis.cli.serve import serve as run  # noqa: PLC0415
    from gridgis.routes import access  # noqa: PLC0415

    noop = Blueprint("noop", __name__)
    bodies: dict[int, bytes] = {}

    @noop.get("/noop/<int:length>")
    def answer(length: int) -> Response:
        body = bodies.setdefault(length, bytes(length))
        return Response(body, mimetype="application/vnd.mapbox-vector-tile")

    app.BLUEPRINTS = (*app.BLUEPRINTS, noop)
    access.RULES["noop.answer"] = access.RULES["tiles.tile"]
    config = replace(
        Config.from_environment(),
        port=port,
        workers=2,
        tile_cache_mb=cache_mb,
        admin_token=TOKEN,
        log_level="WARNING",
    )
    run(config, lambda: None)


@contextmanager
def running(command: list[str], environ: dict[str, str]) -> Iterator[int]:
    process = subprocess.Popen(command, env=environ, start_new_session=True)
    try:
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def request(url: str) -> urllib.request.Request:
    return urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})


def wait(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(request(url), timeout=20).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    sys.exit(f"{url} does not answer")


def size(url: str) -> int:
    with urllib.request.urlopen(request(url), timeout=60) as answer:
        return len(answer.read())


def wrk(root: str, paths: list[str], seconds: int, *, connections: int) -> tuple[int, float]:
    """Return how many answers wrk got of `paths` in turn, and how many per second; an error is the end."""
    listed = ",".join(f'"/{path}"' for path in paths)
    script = f"""
local paths = {{{listed}}}
local at = math.random(#paths)
request = function()
  at = at % #paths + 1
  return wrk.format("GET", paths[at], {{["Authorization"] = "Bearer {TOKEN}"}})
end
"""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = [
            "wrk",
            "-t2",
            f"-c{connections}",
            f"-d{seconds}s",
            "--timeout",
            "20s",
            "-s",
            file.name,
            root,
        ]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(out)
    answers, per_s = (
        re.findall(rf"{pattern}", out)[0] for pattern in (r"(\d+) requests in", r"Requests/sec:\s+([\d.]+)")
    )
    return int(answers), float(per_s)


if __name__ == "__main__":
    main()
