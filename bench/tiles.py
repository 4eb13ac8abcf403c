"""Requests per second of our tiles beside tipg: the same database, places and properties, zooms 10 to 16.

    python -m venv /tmp/tipg && /tmp/tipg/bin/pip install tipg uvicorn
    python bench/tiles.py --tipg /tmp/tipg/bin [--seconds 6] [--layers grids,buildings,components]

Reads the database of the settings (GRIDGIS_DATABASE_URL must be set: tipg asks it too). Each server has
two processes and no parallel queries; `wrk` asks over loopback. Printed per layer: tipg, ours with no memory,
ours warm, our answer of as many bytes that do nothing, and the ratios. tipg reads the geometry column it
finds first.
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
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.geometry.tile import at

ZOOMS = range(10, 17)
TOKEN = "token-of-this-bench"
PROPERTIES = {
    "grids": lambda z: "code,name,area_m2",
    "buildings": lambda z: "use,floors,height_m" + (",code,name,households" if z >= 16 else ""),
    "components": lambda z: "class_code,state",
}
Place = tuple[int, int, int]


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
        f"{'layer':<12}{'tipg':>8}{'uncached':>10}{'warm':>8}{'no-op':>8}{'un/tipg':>9}{'warm/tipg':>11}{'warm/no-op':>12}"
    )
    for layer in options.layers.split(","):
        places = sample(layer, options.tiles)
        rates = measure(layer, places, options)
        tipg, uncached, warm, noop = rates
        print(
            f"{layer:<12}{tipg:>8.0f}{uncached:>10.0f}{warm:>8.0f}{noop:>8.0f}"
            f"{uncached / tipg:>9.1f}{warm / tipg:>11.1f}{warm / noop:>12.2f}",
            flush=True,
        )


def sample(layer: str, tiles: int) -> list[Place]:
    """Return tiles of each zoom around random buildings: where people look."""
    with connected(Config.from_environment(), name="gridgis bench") as engine, transaction(engine) as session:
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
    layer: str, places: list[Place], options: argparse.Namespace
) -> tuple[float, float, float, float]:
    tipg = float("nan")
    if options.tipg:
        with tipg_server(options.tipg) as root:
            names = {place: f"{root}/{tipg_path(layer, *place)}" for place in places}
            tipg = rate(list(names.values()), options.seconds)
    ours = [f"tiles/{layer}/{z}/{x}/{y}.mvt" for z, x, y in places]
    with our_server(0) as root:
        uncached = rate([f"{root}/{path}" for path in ours], options.seconds)
    with our_server(256) as root:
        urls = [f"{root}/{path}" for path in ours]
        # each process has a memory of its own: asked this often, hardly a tile is missing in either
        sizes = [size(url) for _ in range(6) for url in urls][: len(urls)]
        warm = rate(urls, options.seconds)
        noop = rate([f"{root}/noop/{length}" for length in sizes], options.seconds)
    return tipg, uncached, warm, noop


def tipg_path(layer: str, z: int, x: int, y: int) -> str:
    return f"collections/public.{layer}/tiles/WebMercatorQuad/{z}/{x}/{y}?properties={PROPERTIES[layer](z)}"


@contextmanager
def tipg_server(programs: Path) -> Iterator[str]:
    port = free_port()
    url = os.environ["GRIDGIS_DATABASE_URL"]
    tables = '["' + '","'.join(f"public.{layer}" for layer in PROPERTIES) + '"]'
    environ = {
        **os.environ,
        "DATABASE_URL": f"{url}{'&' if '?' in url else '?'}max_parallel_workers_per_gather=0&jit=off",
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
    with running([str(part) for part in command], environ):
        root = f"http://127.0.0.1:{port}"
        wait(f"{root}/healthz")
        wait(f"{root}/collections")
        yield root


@contextmanager
def our_server(cache_mb: int) -> Iterator[str]:
    port = free_port()
    with running([sys.executable, __file__, "--serve", str(port), str(cache_mb)], dict(os.environ)):
        root = f"http://127.0.0.1:{port}"
        wait(f"{root}/health/live")
        yield root


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
def running(command: list[str], environ: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, env=environ, start_new_session=True)
    try:
        yield
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


def rate(urls: list[str], seconds: int) -> float:
    """Return what wrk counts per second over `urls` in turn; an error among the answers ends the bench."""
    root, paths = urls[0].split("/", 3)[:3], [url.split("/", 3)[3] for url in urls]
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
        command = ["wrk", "-t2", "-c8", f"-d{seconds}s", "--timeout", "20s", "-s", file.name, "/".join(root)]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(out)
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", out)[0])


if __name__ == "__main__":
    main()
