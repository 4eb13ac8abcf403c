"""``gridgis serve``: the web server, on the embedded database or on the one that is set."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any

import click
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from gridgis.background import Chore, beside
from gridgis.cluster import running
from gridgis.config import Config
from gridgis.errors import Unavailable
from gridgis.services.measuring.refresh import refresh
from gridgis.services.publishing import publish_due

#: Done beside the server as long as it runs; figures are to be right within two seconds.
CHORES = (Chore("measures", refresh, every_s=1.0), Chore("plans", publish_due, every_s=2.0))

_GRACE_S = 10  # for requests under way when the server is told to stop


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", type=click.IntRange(1), help="Server processes.")
def command(host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the map, the API and the tiles until Ctrl-C."""
    given: dict[str, Any] = {"host": host, "port": port, "workers": workers}
    config = replace(
        Config.from_environment(), **{name: value for name, value in given.items() if value is not None}
    )
    check_port(config)
    with running(config) as url:
        serve(replace(config, database_url=url), lambda: click.echo(f"serving on {address(config)}"))


def address(config: Config) -> str:
    """Return the URL a person on this machine opens."""
    host = "127.0.0.1" if config.host in {"0.0.0.0", "::"} else config.host  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{config.port}" if ":" in host else f"http://{host}:{config.port}"


def check_port(config: Config) -> None:
    """Find out before anything is started whether the address is free.

    Raises
    ------
    Unavailable
        It is taken or cannot be listened on; the message says which.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            raise Unavailable(
                f"cannot listen on {config.host}:{config.port}: {error.strerror}; "
                "choose another with --port or GRIDGIS_PORT"
            ) from error


def serve(config: Config, when_ready: Callable[[], None]) -> None:
    """Serve until interrupted; the database of `config` must be up, and its URL be set.

    Parameters
    ----------
    when_ready
        Called once, when the port is open.
    """
    with (
        beside(config, CHORES, _logging(config.log_level)),
        TemporaryDirectory(prefix="gridgis-metrics-") as metrics,
    ):
        # prometheus_client reads it once, when it is imported: the application is, below, only later.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        try:
            _Server(config, when_ready).run()
        except SystemExit as end:  # gunicorn's way to return
            if end.code:
                raise
        finally:
            del os.environ["PROMETHEUS_MULTIPROC_DIR"]


class _Server(BaseApplication):
    """Gunicorn with our settings instead of its files and arguments."""

    def __init__(self, config: Config, when_ready: Callable[[], None]) -> None:
        self._config = config
        self._when_ready = when_ready
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings().items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return the application; it opens no connection, so the processes forked from here share none.

        It is named, not imported: commands stand below the application.
        """
        app = importlib.import_module("gridgis.app").create_app(self._config)
        # what lives as long as the server is not looked through at every collection
        gc.collect()
        gc.freeze()
        return app

    def _settings(self) -> dict[str, Any]:
        host = f"[{self._config.host}]" if ":" in self._config.host else self._config.host
        return {
            "bind": f"{host}:{self._config.port}",
            "workers": self._config.workers,
            "worker_class": "gthread",
            # an open stream keeps a thread for itself, and sleeps
            "threads": self._config.threads + self._config.stream_places,
            "preload_app": True,
            "keepalive": 30,
            "timeout": 60,
            "graceful_timeout": _GRACE_S,
            "control_socket_disable": True,
            "logconfig_dict": _logging(self._config.log_level),
            "when_ready": lambda _server: self._when_ready(),
            "post_worker_init": _end_streams,
            "child_exit": _forget_process,
        }


def _end_streams(worker: Any) -> None:
    """Let live pages go as soon as the process is told to stop; they would hold it for the whole grace."""
    stop = signal.getsignal(signal.SIGTERM)

    def let_go(number: int, frame: Any) -> None:
        worker.wsgi.extensions["gridgis.stream"].close()
        if callable(stop):  # gunicorn's own handler
            stop(number, frame)

    signal.signal(signal.SIGTERM, let_go)


def _forget_process(_server: Any, worker: Any) -> None:
    """Drop the gauges of a process that ended; its counters stay in the sums."""
    multiprocess = importlib.import_module("prometheus_client.multiprocess")
    multiprocess.mark_process_dead(worker.pid)


def _logging(level: str) -> dict[str, Any]:
    """Return logging's settings: everything is one JSON line on stderr."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"class": "gridgis.routes.observing.JsonFormatter"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "gridgis": {"level": level},
            "gunicorn.error": {"handlers": [], "level": "WARNING", "propagate": True},
            "gunicorn.access": {"handlers": [], "propagate": False},
        },
    }
