"""``gridgis cycles``: within how many days things are to be looked at."""

from __future__ import annotations

import json

import click

from gridgis.cli.acting import changing
from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.services import cycles

_LAYER = click.argument("layer", type=click.Choice(cycles.LAYERS))
_CLASS = click.option("--class", "class_prefix", default="", help="First digits of a component class.")


@click.group("cycles")
def command() -> None:
    """Set how often buildings and components are inspected; coverage counts by it.

    \b
    gridgis cycles set buildings 90
    gridgis cycles set components 30 --class 0101
    """  # noqa: D301 - \b keeps click from rewrapping the examples


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(as_json: bool) -> None:
    """List the cycles; of a component's class the longest prefix decides."""
    config = Config.from_environment()
    with connected(config, name="gridgis cycles") as engine, transaction(engine, read_only=True) as session:
        found = cycles.list_cycles(session)
    if as_json:
        click.echo(json.dumps({"cycles": found}))
        return
    for row in found:
        click.echo(f"{row['layer']:<11} {row['class_prefix'] or 'all':<6} every {row['days']} days")


@command.command("set")
@_LAYER
@click.argument("days", type=int)
@_CLASS
def set_(layer: str, days: int, class_prefix: str) -> None:
    """Have a LAYER, or some classes of components, looked at every so many DAYS."""
    config = Config.from_environment()
    with (
        connected(config, name="gridgis cycles") as engine,
        changing(engine, "gridgis cycles set", f"{layer} {class_prefix}".strip(), days=days) as session,
    ):
        cycles.put(session, config, layer, class_prefix, days)
    click.echo(f"{layer} {class_prefix or '(all)'}: every {days} days")


@command.command()
@_LAYER
@_CLASS
def remove(layer: str, class_prefix: str) -> None:
    """Take a cycle away; the next shorter class then decides."""
    config = Config.from_environment()
    with (
        connected(config, name="gridgis cycles") as engine,
        changing(engine, "gridgis cycles remove", f"{layer} {class_prefix}".strip()) as session,
    ):
        cycles.remove(session, layer, class_prefix)
    click.echo(f"{layer} {class_prefix or '(all)'}: no cycle of its own")
