"""``gridgis demo``: a sample city from nothing to served, in one command."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from gridgis.cli.serve import address, check_port, serve
from gridgis.cluster import running
from gridgis.config import Config
from gridgis.credentials import admin_token
from gridgis.database import make_engine, transaction
from gridgis.services import demonstration, migrating


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--load-only", is_flag=True, help="End when the city is loaded, in place of serving it.")
def command(port: int | None, load_only: bool) -> None:
    """Load a sample city into an empty database and serve it until Ctrl-C.

    A database that already holds grids is served as it is.
    """
    started = time.monotonic()
    config = Config.from_environment()
    config = config if port is None else replace(config, port=port)
    if not load_only:
        check_port(config)
    with running(config) as url:
        config = replace(config, database_url=url)
        _say(started, "database is up")
        _prepare(config, lambda text: _say(started, text))
        if not load_only:
            serve(config, lambda: _welcome(config, time.monotonic() - started))


def _prepare(config: Config, say: Callable[[str], None]) -> None:
    engine = make_engine(config.database_url, name="gridgis demo")
    try:
        with transaction(engine) as session:
            done = migrating.migrate(session, config)
        say(f"schema is at {done.after}")
        with transaction(engine, read_only=True) as session:
            if not demonstration.is_empty(session):
                say("the database holds a city already")
                return
        until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        with tempfile.TemporaryDirectory(prefix="gridgis-demo-") as folder, transaction(engine) as session:
            demonstration.fill(session, config, Path(folder), until, say)
    finally:
        engine.dispose()


def _say(started: float, text: str) -> None:
    click.echo(f"{time.monotonic() - started:5.1f} s  {text}")


def _welcome(config: Config, took_s: float) -> None:
    place = address(config)
    title = click.style(f"GridGIS serves {config.city_name} at {place}", bold=True)
    click.echo(
        f"\n{title}  (ready in {took_s:.0f} s)\n"
        f"  The API is described at {place}/docs. Reading is open to this machine.\n"
        f"  To write, log in with the admin token:  Authorization: Bearer {admin_token(config)}\n"
        "  Ctrl-C stops the server and everything it started."
    )
