"""A real Dask cluster on this machine: a scheduler and two workers, each a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class DaskCluster:
    """Its address and its workers."""

    url: str
    workers: list[subprocess.Popen]


@contextmanager
def dask_cluster(folder: Path, workers: int = 2) -> Iterator[DaskCluster]:
    """Start the processes, wait until the scheduler says where it is, and end them."""
    told = folder / "scheduler.json"
    loopback = ["--host", "127.0.0.1"] if sys.platform == "linux" else []
    with ExitStack() as processes:
        scheduler = _start(processes, folder, "scheduler", *loopback, "--port", "0", "--no-dashboard",
                           "--scheduler-file", str(told))  # fmt: skip
        url = _address(told, scheduler)
        started = [
            _start(processes, folder, "worker", url, *loopback, "--nthreads", "1", "--no-nanny",
                   "--no-dashboard", "--death-timeout", "60", "--local-directory", str(folder))
            for _ in range(workers)
        ]  # fmt: skip
        yield DaskCluster(url, started)


def _start(processes: ExitStack, folder: Path, *words: str) -> subprocess.Popen:
    log = processes.enter_context((folder / "dask.log").open("ab"))
    process = subprocess.Popen([sys.executable, "-m", "dask", *words], stdout=log, stderr=log)
    processes.callback(process.wait)
    processes.callback(process.kill)
    return process


def _address(told: Path, scheduler: subprocess.Popen) -> str:
    while scheduler.poll() is None:
        try:
            return json.loads(told.read_text(encoding="utf-8"))["address"]
        except (FileNotFoundError, json.JSONDecodeError):
            time.sleep(0.05)
    raise RuntimeError("the Dask scheduler ended before it said where it is")
