"""``gridgis db``: the database's life."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gridgis.cluster import Cluster, running
from gridgis.config import Config
from gridgis.database import make_engine, server_version, transaction
from gridgis.errors import Conflict, Unavailable
from gridgis.services import backups, migrating


@click.group()
def command() -> None:
    """Start, stop, migrate, back up and restore the database."""


@command.command()
def up() -> None:
    """Start the embedded database and leave it running until `gridgis db down`."""
    cluster = _embedded()
    started = cluster.up()
    click.echo(f"{'started' if started else 'was running'}: {cluster.url()}")


@command.command()
def down() -> None:
    """Stop the embedded database, whoever started it."""
    click.echo("stopped" if _embedded().down() else "was not running")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(as_json: bool) -> None:
    """Say whether the database is up, which it is, and whether its schema is current.

    Exits 1 when it is down. Starts nothing.
    """
    facts = _facts(Config.from_environment())
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    else:
        for name, value in facts.items():
            click.echo(f"{name + ':':<15}{'' if value is None else value}")
    if not facts["running"]:
        raise click.exceptions.Exit(1)


@command.command()
def url() -> None:
    """Print the database's URL, for psql and other programs."""
    config = Config.from_environment()
    click.echo(config.database_url or Cluster(config.data_dir).url())


@command.command()
def migrate() -> None:
    """Bring the schema, its functions and the class catalogue up to date."""
    config = Config.from_environment()
    with running(config) as address:
        done = _migrate(config, address)
    moved = "already at" if done.before == done.after else f"{done.before or 'empty'} ->"
    click.echo(f"schema {moved} {done.after}; {done.classes} classes")


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole database into FILE, as one snapshot, while others work."""
    with running(Config.from_environment()) as address:
        size = backups.backup(address, file)
    click.echo(f"{file}: {size / 1e6:.1f} MB")


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Overwrite a database that is not empty.")
def restore(file: Path, replace: bool) -> None:
    """Fill the database from FILE and migrate it; a full one is only overwritten with --replace."""
    config = Config.from_environment()
    with running(config) as address:
        tables = backups.restore(address, file, replace=replace, finish=lambda fresh: _migrate(config, fresh))
    click.echo(f"{tables} tables restored from {file}")


def _migrate(config: Config, address: str) -> migrating.Migration:
    engine = make_engine(address, name="gridgis db migrate")
    try:
        with transaction(engine) as session:
            return migrating.migrate(session, config)
    finally:
        engine.dispose()


def _embedded() -> Cluster:
    config = Config.from_environment()
    if config.database_url:
        raise Conflict("GRIDGIS_DATABASE_URL is set: the embedded database is not in use and left alone")
    return Cluster(config.data_dir)


def _facts(config: Config) -> dict[str, Any]:
    cluster = Cluster(config.data_dir)
    embedded = not config.database_url
    engine = make_engine(config.database_url or cluster.url(), pool_size=1, name="gridgis db status")
    facts: dict[str, Any] = {
        "running": cluster.is_running() or not embedded,
        "embedded": embedded,
        "url": str(engine.url.set(drivername="postgresql")),  # without the password
        "pid": cluster.pid() if embedded else None,
        "data_dir": str(config.data_dir) if embedded else None,
    }
    if not facts["running"]:
        return facts
    try:
        with transaction(engine, read_only=True) as session:
            number, postgis = server_version(session)
            return facts | {
                "postgresql": f"{number // 10000}.{number % 10000}",
                "postgis": postgis or None,
                "schema": migrating.revision(session),
                "current": not migrating.pending(session),
            }
    except Unavailable as error:
        return facts | {"running": False, "reason": error.message}
    finally:
        engine.dispose()
