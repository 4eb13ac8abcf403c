"""``gridgis demo`` and ``gridgis serve`` as processes: up, answering, and gone without a trace."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

import pytest

from gridgis.cluster import Cluster
from gridgis.config import Config
from gridgis.database import make_engine, transaction
from gridgis.services import demonstration, migrating


@pytest.fixture(scope="module")
def folder(config: Config) -> Iterator[Path]:
    """A data folder with a migrated, empty embedded database, stopped."""
    folder = Path(tempfile.mkdtemp(prefix="gridgis-serve-"))
    folder.chmod(0o755)
    cluster = Cluster(folder)
    with cluster.in_use():
        engine = make_engine(cluster.url())
        with transaction(engine) as session:
            migrating.migrate(session, config)
        engine.dispose()
    yield folder
    cluster.down()
    shutil.rmtree(folder)


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start `gridgis ARGUMENTS` with settings, in a process group that does not outlive the test."""
    with ExitStack() as cleaning:

        def run(*arguments: str, **settings: str) -> subprocess.Popen[str]:
            inherited = {name: value for name, value in os.environ.items() if not name.startswith("GRIDGIS_")}
            process = subprocess.Popen(
                [sys.executable, "-m", "gridgis", *arguments],
                env=inherited | settings,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            cleaning.enter_context(process)
            cleaning.callback(process.kill)
            return process

        yield run


def wait_until_served(process: subprocess.Popen[str], phrase: str) -> None:
    assert process.stdout is not None
    while line := process.stdout.readline():
        if phrase in line:
            return
    raise AssertionError(process.communicate()[1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of_session(session: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[3]) == session:
            found.append(int(status.parent.name))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_no_process_and_no_lock(start: Start, folder: Path, number: signal.Signals) -> None:
    port = free_port()
    process = start("serve", "--port", str(port), GRIDGIS_DATA_DIR=str(folder))
    wait_until_served(process, "serving on")
    with urlopen(f"http://127.0.0.1:{port}/health/live", timeout=30) as answer:
        assert json.load(answer) == {"status": "live"}
    os.killpg(process.pid, number)  # as a terminal does: to the command and all it started
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert not processes_of_session(process.pid)
    assert not Cluster(folder).is_running()
    assert not (folder / "pg" / "postmaster.pid").exists()


@pytest.mark.slow
def test_a_killed_server_leaves_nothing_in_the_way_of_the_next(start: Start, folder: Path) -> None:
    port = free_port()
    killed = start("serve", "--port", str(port), GRIDGIS_DATA_DIR=str(folder))
    wait_until_served(killed, "serving on")
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate(timeout=60)
    again = start("serve", "--port", str(port), GRIDGIS_DATA_DIR=str(folder))
    wait_until_served(again, "serving on")
    os.killpg(again.pid, signal.SIGINT)
    again.communicate(timeout=60)
    assert not Cluster(folder).is_running()


@pytest.mark.slow
def test_a_database_that_holds_a_city_is_served_as_it_is(start: Start, city_url: str, tmp_path: Path) -> None:
    port = free_port()
    process = start(
        *("demo", "--port", str(port)), GRIDGIS_DATABASE_URL=city_url, GRIDGIS_DATA_DIR=str(tmp_path / "data")
    )
    wait_until_served(process, f"GridGIS serves 深圳市 at http://127.0.0.1:{port}")
    with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=30) as answer:
        assert json.load(answer)["status"] == "ready"
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout is not None
    said = process.stdout.read()
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert (tmp_path / "data" / "secrets" / "admin_token").read_text().strip() in said
    assert not (tmp_path / "data" / "pg").exists()


@pytest.mark.slow
def test_a_taken_port_is_one_line_before_anything_is_started(start: Start, tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        process = start("demo", "--port", str(port), GRIDGIS_DATA_DIR=str(tmp_path / "data"))
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert complaint.startswith(f"error: cannot listen on 127.0.0.1:{port}: ")
    assert complaint.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_the_sample_city_is_whole(sample_city) -> None:
    assert not demonstration.is_empty(sample_city)
