"""Every measured claim, one after the other, on a city made and loaded for it: ``make bench``.

    python bench/whole_city.py [--size full|demo] [--tipg FOLDER] [--only NAME …]

Starts an embedded cluster of its own in a temporary folder, makes the sample city, loads it with
`gridgis load` (time and peak memory of each layer are printed), serves it, runs the other benches against
it, and removes everything. Nothing else should run beside it; the full size takes two cores about an hour.
"""

from __future__ import annotations

import argparse
import os
import resource
import secrets
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
from pathlib import Path

from gridgis.cluster import Cluster

BENCH = Path(__file__).parent
LAYERS = (
    "divisions", "departments", "grids", "roads", "buildings", "components", "workers", "incidents",
    "inspections", "tracks",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=("demo", "full"), default="full")
    parser.add_argument("--tipg", help="folder with the programs of an environment that has tipg")
    parser.add_argument("--only", nargs="*", default=[], help="names of benches; loading is always done")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gridgis-bench-") as folder:
        Path(folder).chmod(0o755)
        city = Path(folder) / "city"
        cluster = Cluster(Path(folder) / "data")
        with cluster.in_use():
            environment = os.environ | {
                "GRIDGIS_DATABASE_URL": cluster.url(),
                "GRIDGIS_DATA_DIR": str(Path(folder) / "data"),
                "GRIDGIS_ADMIN_TOKEN": secrets.token_urlsafe(),
                "GRIDGIS_BACKGROUND": "false",  # figures are of the day that a bench asks for
            }
            make(city, given.size, environment)
            with served(environment) as url:
                token = environment["GRIDGIS_ADMIN_TOKEN"]
                for name, arguments in benches(city, cluster.url(), url, token, given.tipg):
                    if not given.only or name in given.only:
                        print(f"\n== bench/{name}.py {' '.join(arguments)}", flush=True)
                        command = [sys.executable, BENCH / f"{name}.py", *arguments]
                        subprocess.run(command, env=environment, check=False)  # the others still count


def benches(
    city: Path, database: str, url: str, token: str, tipg: str | None
) -> Iterator[tuple[str, list[str]]]:
    """Yield each bench with its arguments."""
    yield "codes", []
    yield "locate", ["--grids", str(city / "grids.parquet")]
    yield "load", ["--city", str(city)]
    yield "export", []
    yield "locate_http", ["--url", url, "--token", token]
    yield "tiles_walk", []
    yield "tiles", ["--tipg", tipg] if tipg else []
    yield "scope", []
    yield "summary", ["--url", url, "--token", token]
    yield "measures", ["--url", database, "--city", str(city)]
    yield "cluster", ["--url", database]
    yield "forecast", ["--city", str(city)]
    yield "design", ["--city", str(city), "--whole-city"]
    yield "editing", []
    yield "drafts", ["--url", database]
    yield "stream", ["--url", url, "--token", token]
    yield "first_picture", ["--url", url, "--token", token]
    yield "publish", []  # the last of those that need the city as it was loaded


def make(city: Path, size: str, environment: dict[str, str]) -> None:
    """Make the city's files and load them, a line a layer."""
    subprocess.run([sys.executable, BENCH / "sample.py", size, "--keep", city], env=environment, check=True)
    gridgis = [sys.executable, "-m", "gridgis"]
    subprocess.run([*gridgis, "db", "migrate"], env=environment, check=True)
    for layer in LAYERS:
        started = time.perf_counter()
        done = subprocess.Popen(
            [*gridgis, "load", layer, str(city / f"{layer}.parquet")],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(done.pid, 0)
        done.returncode = os.waitstatus_to_exitcode(status)
        if done.returncode:
            raise SystemExit(f"loading {layer} failed")
        print_load(layer, time.perf_counter() - started, used)


def print_load(layer: str, seconds: float, used: resource.struct_rusage) -> None:
    processor = used.ru_utime + used.ru_stime
    print(
        f"load {layer:<12}{seconds:8.1f} s{processor:8.1f} s processor{used.ru_maxrss / 1024:8.0f} MiB",
        flush=True,
    )


@contextmanager
def served(environment: dict[str, str]) -> Iterator[str]:
    """Serve the city on a free port; yields the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gridgis", "serve", "--port", str(port)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            while server.poll() is None and not is_ready(url):
                time.sleep(0.2)
            yield url
        finally:
            server.send_signal(signal.SIGINT)


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/ready") as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


if __name__ == "__main__":
    main()
