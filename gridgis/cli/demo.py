"""``gridgis demo``: a sample city from nothing to served, in one command."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gridgis.cli.serve import address, check_port, serve
from gridgis.cluster import running
from gridgis.config import Config
from gridgis.credentials import admin_token
from gridgis.database import make_engine, transaction
from gridgis.services import demo_accounts, demonstration, migrating
from gridgis.services.accounts import Account, told

if TYPE_CHECKING:
    from sqlalchemy import Engine


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
        people = _prepare(config, lambda text: _say(started, text))
        if not load_only:
            serve(config, lambda: _welcome(config, people, time.monotonic() - started))


def _prepare(config: Config, say: Callable[[str], None]) -> list[tuple[Account, str]]:
    """Fill an empty database; return the demonstration's accounts with their new passwords, if it has any."""
    engine = make_engine(config.database_url, name="gridgis demo")
    try:
        with transaction(engine) as session:
            done = migrating.migrate(session, config)
        say(f"schema is at {done.after}")
        with transaction(engine, read_only=True) as session:
            is_empty, has_people = demonstration.is_empty(session), demo_accounts.exist(session)
        if is_empty:
            _fill(engine, config, say)
        else:
            say("the database holds a city already")
        if not (is_empty or has_people):
            return []  # somebody's own city: nobody is let into it unasked
        with transaction(engine) as session:
            return demo_accounts.settle(session)
    finally:
        engine.dispose()


def _fill(engine: Engine, config: Config, say: Callable[[str], None]) -> None:
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with tempfile.TemporaryDirectory(prefix="gridgis-demo-") as folder, transaction(engine) as session:
        demonstration.fill(session, config, Path(folder), until, say)


def _say(started: float, text: str) -> None:
    click.echo(f"{time.monotonic() - started:5.1f} s  {text}")


def _welcome(config: Config, people: list[tuple[Account, str]], took_s: float) -> None:
    place = address(config)
    title = click.style(f"GridGIS serves {config.city_name} at {place}", bold=True)
    logins = "".join(
        f"    {account.login:<20}{password}   {' '.join(told(account.prefixes))}\n"
        for account, password in people
    )
    click.echo(
        f"\n{title}  (ready in {took_s:.0f} s)\n"
        + (
            f"  Log in as one of these; the passwords are made anew at every start:\n{logins}"
            if people
            else ""
        )
        + "  More accounts:  gridgis accounts create LOGIN --role ROLE --division CODE\n"
        f"  The API is described at {place}/docs; programs send\n"
        f"    Authorization: Bearer {admin_token(config)}\n"
        "  Ctrl-C stops the server and everything it started."
    )
