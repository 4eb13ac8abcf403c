"""The embedded PostgreSQL under kill -9, Ctrl-C, racing starts, wrong folders and missing programs."""

from __future__ import annotations

import multiprocessing
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from gridgis import cluster as cluster_module
from gridgis import programs
from gridgis.cluster import Cluster, running
from gridgis.config import Config
from gridgis.credentials import admin_token
from gridgis.errors import Unavailable

FAST = {"fsync": "off", "shared_buffers": "16MB"}
AS_ROOT = os.geteuid() == 0

# Uses the cluster in sys.argv[1] and says so, until its input closes or a signal ends it.
USER = """
import signal, sys
from pathlib import Path
from gridgis.cluster import Cluster
from gridgis.__main__ import _end
signal.signal(signal.SIGTERM, _end)
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests that run in the background have it ignored
with Cluster(Path(sys.argv[1]), {"fsync": "off", "shared_buffers": "16MB"}).in_use():
    print("in use", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A cluster made once for this module; each test finds it stopped."""
    folder = Path(tempfile.mkdtemp(prefix="gridgis-cluster-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder, FAST)
    yield cluster
    cluster.down()


def ask(cluster: Cluster, question: str) -> object:
    with closing(psycopg2.connect(cluster.url())) as connection, connection.cursor() as cursor:
        cursor.execute(question)
        answer = cursor.fetchone() if cursor.description else None
        connection.commit()
    return answer[0] if answer else None


def user(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", USER, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wait_until_in_use(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "in use\n"


def end(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=60)
    return process.returncode


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}/cwd").exists():
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.01)


def test_it_listens_on_a_private_socket_only_and_knows_chinese(cluster: Cluster) -> None:
    with cluster.in_use():
        assert ask(cluster, "SHOW listen_addresses") == ""
        assert ask(cluster, "SHOW server_encoding") == "UTF8"
        ask(cluster, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
        assert ask(cluster, "SELECT similarity('下水道井盖', '下水道盖')") > 0.3
        assert stat.S_IMODE((cluster.folder / "run").stat().st_mode) == 0o700
        assert (cluster.folder / "pg").stat().st_uid != 0
    assert not cluster.is_running()
    assert not list((cluster.folder / "run").iterdir())


def test_a_killed_server_recovers_with_what_was_committed(cluster: Cluster) -> None:
    cluster.up()
    ask(cluster, "CREATE TABLE IF NOT EXISTS kept (n int)")
    ask(cluster, "INSERT INTO kept VALUES (42)")
    pid = cluster.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until_gone(pid)
    assert not cluster.is_running()
    with cluster.in_use():
        assert ask(cluster, "SELECT n FROM kept") == 42
    assert not cluster.is_running()


def test_a_long_log_is_put_aside_and_a_new_one_begun(cluster: Cluster) -> None:
    with cluster.in_use():
        pass
    os.truncate(cluster.log, 17 * 2**20)
    with cluster.in_use():
        assert ask(cluster, "SELECT 1") == 1
    assert 0 < cluster.log.stat().st_size < 2**20
    cluster.log.with_suffix(".log.1").unlink()


def test_a_pid_file_whose_number_is_another_process_is_not_believed(cluster: Cluster) -> None:
    with cluster.in_use():
        pid_file = (cluster.data / "postmaster.pid").read_text().split("\n")
    (cluster.data / "postmaster.pid").write_text("\n".join([str(os.getppid()), *pid_file[1:]]))
    assert not cluster.is_running()
    with cluster.in_use():
        assert ask(cluster, "SELECT 1") == 1


def test_the_last_user_stops_it_even_when_the_one_who_started_it_was_killed(cluster: Cluster) -> None:
    first, second = user(cluster.folder), user(cluster.folder)
    wait_until_in_use(first)
    wait_until_in_use(second)
    first.kill()
    end(first)
    assert cluster.is_running()
    assert end(second) == 0
    assert not cluster.is_running()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_ended_user_leaves_no_server(cluster: Cluster, number: signal.Signals) -> None:
    process = user(cluster.folder)
    wait_until_in_use(process)
    process.send_signal(number)
    assert end(process) != 0
    assert not cluster.is_running()


def test_racing_starts_share_one_server(cluster: Cluster) -> None:
    processes = [user(cluster.folder) for _ in range(3)]
    for process in processes:
        wait_until_in_use(process)
    assert cluster.is_running()
    assert [end(process) for process in processes] == [0, 0, 0]
    assert not cluster.is_running()


def test_up_stays_until_down(cluster: Cluster) -> None:
    assert cluster.up()
    assert not cluster.up()
    with cluster.in_use():
        pass
    assert cluster.stays()
    assert cluster.down()
    assert not cluster.down()


def test_a_server_brought_up_while_in_use_outlives_its_users(cluster: Cluster) -> None:
    with cluster.in_use():
        cluster.up()
    assert cluster.is_running()


def test_an_initialisation_that_was_killed_starts_again() -> None:
    folder = Path(tempfile.mkdtemp(prefix="gridgis-half-"))
    try:
        folder.chmod(0o755)
        (folder / "pg.new").mkdir()
        (folder / "pg.new" / "PG_VERSION").write_text("15\n")
        with Cluster(folder, FAST).in_use():
            assert not (folder / "pg.new").exists()
    finally:
        shutil.rmtree(folder)


def test_a_path_too_long_for_a_socket_gets_a_short_private_one() -> None:
    top = Path(tempfile.mkdtemp(prefix="gridgis-long-"))
    top.chmod(0o755)
    cluster = Cluster(top / ("深" * 60), FAST)
    try:
        with cluster.in_use():
            assert ask(cluster, "SELECT 1") == 1
            socket = Path(str(ask(cluster, "SHOW unix_socket_directories")))
            assert stat.S_IMODE(socket.stat().st_mode) == 0o700
        socket.rmdir()
        socket.mkdir(mode=0o755)
        with pytest.raises(Unavailable, match="is not a private folder of"), cluster.in_use():
            pass
    finally:
        socket.rmdir()
        shutil.rmtree(top)


@pytest.mark.skipif(not AS_ROOT, reason="only root can become another user")
def test_an_ordinary_user_runs_it_as_themselves() -> None:
    nobody = pwd.getpwnam("nobody")
    folder = Path(tempfile.mkdtemp(prefix="gridgis-nobody-"))
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    # A fork, not a new interpreter: nobody may be kept out of the folder this one is installed in.
    process = multiprocessing.get_context("fork").Process(target=_use_as, args=(nobody, folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child execs or ends at once
        process.start()
    process.join(60)
    assert process.exitcode == 0
    assert (folder / "pg").stat().st_uid == nobody.pw_uid
    assert not Cluster(folder).is_running()
    shutil.rmtree(folder)


def _use_as(who: pwd.struct_passwd, folder: Path) -> None:
    os.setgroups([])
    os.setgid(who.pw_gid)
    os.setuid(who.pw_uid)
    cluster = Cluster(folder, FAST)
    with cluster.in_use():
        assert ask(cluster, "SELECT current_user") == "gridgis"


@pytest.mark.skipif(not AS_ROOT, reason="an ordinary user's server runs as that user")
def test_root_is_told_when_the_servers_user_cannot_reach_the_folder() -> None:
    home = Path(tempfile.mkdtemp(prefix="gridgis-closed-"))
    home.chmod(0o700)
    with pytest.raises(Unavailable, match=f"may not enter {home}; set GRIDGIS_DATA_DIR"):
        Cluster(home / "data").up()
    assert not list(home.iterdir())
    home.rmdir()


def test_another_servers_url_leaves_the_embedded_one_alone(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path / "never", database_url="postgresql://elsewhere/city")
    with running(config) as url:
        assert url == "postgresql://elsewhere/city"
    assert not config.data_dir.exists()


def test_a_full_disk_is_one_line(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(cluster_module.shutil, "disk_usage", lambda _: usage._replace(free=2**20))
    with pytest.raises(Unavailable, match=r"^the disk of .* is full: less than 256 MB are free$"):
        cluster.up()


def test_a_failed_start_says_why(cluster: Cluster) -> None:
    with pytest.raises(Unavailable, match=r"did not start, see .*postgresql\.log: configuration file"):
        Cluster(cluster.folder, {"max_wal_size": "plenty"}).up()


def test_missing_programs_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(programs, "_SERVER_FOLDERS", (str(tmp_path / "*").lstrip("/"),))
    with pytest.raises(Unavailable, match=r"PostgreSQL is not installed; .*apt-get install"):
        programs.find_server()
    _pretend(tmp_path / "13", "postgres (PostgreSQL) 13.4")
    with pytest.raises(Unavailable, match=r"PostgreSQL 13 in .* is too old, 15 or newer is needed"):
        programs.find_server()
    _pretend(tmp_path / "16", "postgres (PostgreSQL) 16.1 (Debian 16.1-1)")
    monkeypatch.setattr(programs, "_has_postgis", lambda _: False)
    with pytest.raises(Unavailable, match=r"without PostGIS.*postgresql-16-postgis-3"):
        programs.find_server()
    monkeypatch.setattr(programs, "_has_postgis", lambda _: True)
    assert programs.find_server().major == 16
    with pytest.raises(Unavailable, match="made by PostgreSQL 15, which is not installed"):
        programs.find_server(15)


def _pretend(folder: Path, version: str) -> None:
    folder.mkdir()
    (folder / "postgres").write_text(f"#!/bin/sh\necho '{version}'\n")
    (folder / "postgres").chmod(0o755)


def test_the_admin_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path / "data")
    token = admin_token(config)
    assert len(token) >= 32
    assert admin_token(config) == token
    assert stat.S_IMODE((config.data_dir / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((config.data_dir / "secrets" / "admin_token").stat().st_mode) == 0o600
    assert admin_token(Config(data_dir=config.data_dir, admin_token="given")) == "given"
