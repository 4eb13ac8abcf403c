"""Chores beside a server: done again and again, begun anew when killed, gone with the server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text

from gridgis.background import Chore, beside
from gridgis.database import transaction
from tests import chores

NOTE = Chore("test", chores.note, every_s=0.05)
LOGGING = {"version": 1, "disable_existing_loggers": False}

_SERVER = """
import signal, sys
from gridgis.background import Chore, beside
from gridgis.config import Config
from tests import chores
with beside(Config(database_url=sys.argv[1]), [Chore("test", chores.note, 0.05)], {"version": 1}):
    signal.pause()
"""


@pytest.fixture
def looks(engine) -> Callable[[], list[int]]:
    """Give the processes that looked, in order."""
    with transaction(engine) as session:
        session.execute(text("CREATE TABLE looks (id serial, pid int)"))

    def pids() -> list[int]:
        with transaction(engine) as session:
            return list(session.execute(text("SELECT pid FROM looks ORDER BY id")).scalars())

    return pids


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not what():
        assert time.monotonic() < end, "it did not come about in 30 s"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_chore_is_done_again_and_ends_with_the_block(looks, config, database_url) -> None:
    with beside(replace(config, database_url=database_url), [NOTE], LOGGING):
        until(lambda: len(looks()) >= 3)
        (pid,) = set(looks())
        assert pid != os.getpid()
        assert is_alive(pid)
    assert not is_alive(pid)


def test_a_killed_chore_begins_again(looks, config, database_url) -> None:
    with beside(replace(config, database_url=database_url), [NOTE], LOGGING):
        until(lambda: bool(looks()))
        first = looks()[0]
        os.kill(first, signal.SIGKILL)
        until(lambda: looks()[-1] != first)
        second = looks()[-1]
    assert not is_alive(second)


def test_nothing_outlives_a_server_that_is_killed(looks, database_url) -> None:
    with subprocess.Popen([sys.executable, "-c", _SERVER, database_url]) as server:
        until(lambda: bool(looks()))
        server.kill()
    until(lambda: not is_alive(looks()[-1]))


def test_what_a_chore_refuses_is_undone_and_logged(looks, config, database_url, capfd) -> None:
    logging = {
        **LOGGING,
        "formatters": {"json": {"class": "gridgis.routes.observing.JsonFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
    }
    said: list[str] = []

    def has_refused() -> bool:
        said.extend(capfd.readouterr().err.splitlines())
        return len(said) > 1

    with beside(replace(config, database_url=database_url), [Chore("test", chores.refuse, 0.05)], logging):
        until(has_refused)
    assert json.loads(said[0])["message"] == "test: not now"
    assert not looks()


def test_off_means_off(config) -> None:
    with beside(replace(config, background=False, database_url="nowhere"), [NOTE], LOGGING):
        pass
