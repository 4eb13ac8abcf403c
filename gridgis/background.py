"""What goes on beside the web server: each chore in a process of its own, begun again when it dies.

To add one, write a service ``look(session, config, at)`` that does what is due and returns, and list it in
`CHORES` of gridgis/cli/serve.py; it is called again and again, each time in a transaction of its own.

A keeper process starts the chores and starts them again. It lives exactly as long as the pipe to the server
is open, which is closed when the server ends, however it ends.
"""

from __future__ import annotations

import logging
import logging.config
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from gridgis.config import Config
from gridgis.database import make_engine, transaction
from gridgis.errors import GridgisError

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from sqlalchemy.orm import Session

_GRACE_S = 5.0  # for a chore to be rolled back
_LONGEST_PAUSE_S = 60.0

_log = logging.getLogger("gridgis.background")
_spawn = get_context("spawn")


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be looked after.

    Attributes
    ----------
    name
        Shown in the log and, after "gridgis", in ``pg_stat_activity``.
    look
        A service; it is committed when it returns, and says by itself whether there is anything to do.
    every_s
        Between the end of a look and the next.
    """

    name: str
    look: Callable[[Session, Config, datetime], object]
    every_s: float


@contextmanager
def beside(config: Config, chores: Sequence[Chore], logging_settings: Mapping[str, Any]) -> Iterator[None]:
    """Have the chores done for the length of a block, unless `Config.background` is off.

    Parameters
    ----------
    config
        With the URL of a database that is up.
    logging_settings
        For `logging.config.dictConfig`, in every process.
    """
    if not config.background:
        yield
        return
    owner = os.getpid()
    # a session of its own: Ctrl-C is for the server, which then ends what it began
    keeper = subprocess.Popen(
        [sys.executable, "-c", "from gridgis.background import keep; keep()"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    assert keeper.stdin is not None  # noqa: S101 - for the type checker
    keeper.stdin.write(pickle.dumps((config, tuple(chores), dict(logging_settings))))
    keeper.stdin.flush()
    try:
        yield
    finally:
        if os.getpid() == owner:  # processes that the server forked come by here too when they end
            keeper.stdin.close()
            try:
                keeper.wait(2 * _GRACE_S)
            except subprocess.TimeoutExpired:
                keeper.kill()


def keep() -> None:
    """Keep the chores going that are named on standard input, until it is closed."""
    config, chores, logging_settings = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by `beside`
    logging.config.dictConfig(dict(logging_settings))
    kept = [_Kept(config, chore, logging_settings) for chore in chores]
    server, ended = sys.stdin.fileno(), False
    while not ended:
        pause_s = min((one.mend() for one in kept), default=None)
        dying = [one.process.sentinel for one in kept if one.process is not None]
        ended = server in wait([server, *dying], pause_s)
    for one in kept:
        one.end()


class _Kept:
    """A chore and the process that does it."""

    def __init__(self, config: Config, chore: Chore, logging_settings: Mapping[str, Any]) -> None:
        self._arguments = (config, chore, logging_settings)
        self._name = chore.name
        self._begun_s, self._due_s, self._pause_s = 0.0, 0.0, 1.0
        self.process: SpawnProcess | None = None

    def mend(self) -> float:
        """Begin the chore where it is due, and return the seconds until it has to be looked at again."""
        now = time.monotonic()
        if self.process is not None:
            if self.process.is_alive():
                return _LONGEST_PAUSE_S
            # twice as long each time, so that a chore which cannot work does not fill the log
            self._pause_s = 1.0 if now - self._begun_s > _LONGEST_PAUSE_S else min(
                2 * self._pause_s, _LONGEST_PAUSE_S
            )  # fmt: skip
            _log.error("%s ended and begins again in %d s", self._name, self._pause_s)
            self.process, self._due_s = None, now + self._pause_s
        if now < self._due_s:
            return self._due_s - now
        self._begun_s = now
        self.process = _spawn.Process(target=_do, args=self._arguments, name=self._name, daemon=True)
        self.process.start()
        return _LONGEST_PAUSE_S

    def end(self) -> None:
        """End the process; what it has not committed is undone."""
        if self.process is not None:
            self.process.terminate()
            self.process.join(_GRACE_S)
            if self.process.is_alive():
                self.process.kill()


def _do(config: Config, chore: Chore, logging_settings: Mapping[str, Any]) -> None:
    """Do a chore until the keeper is gone."""
    logging.config.dictConfig(dict(logging_settings))
    keeper = parent_process()
    assert keeper is not None  # noqa: S101 - for the type checker
    engine = make_engine(config.database_url, pool_size=1, name=f"gridgis {chore.name}")
    while True:
        try:
            with transaction(engine) as session:
                chore.look(session, config, datetime.now(UTC))
        except GridgisError as error:  # such as a database that is being started again
            _log.warning("%s: %s", chore.name, error.message)
        if wait([keeper.sentinel], chore.every_s):
            return
