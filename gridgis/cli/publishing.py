"""``gridgis plan publish``, ``rollback`` and ``due``: plans into force, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click
from tqdm import tqdm

from gridgis.cli.acting import actor, changing
from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.formats.figures import plain
from gridgis.scope import EVERYTHING
from gridgis.services import publishing
from gridgis.services.coming_into_force import Published
from gridgis.services.drafts.keeping import Planner
from gridgis.services.rehoming import Progress

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command()
@click.argument("plan", type=int)
@click.option(
    "--at",
    "effective_at",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"]),
    help="Local time from which it shall hold; `gridgis serve`, or `gridgis plan due`, then publishes it.",
)
@_JSON
def publish(plan: int, effective_at: datetime | None, as_json: bool) -> None:
    """Put draft PLAN into force, now or at an instant to come.

    \b
    gridgis plan publish 7
    gridgis plan publish 7 --at 2026-09-01
    """  # noqa: D301 - \b keeps click from rewrapping the examples
    config = Config.from_environment()
    hour = effective_at.replace(tzinfo=config.zone) if effective_at else None
    with (
        _progress() as progress,
        connected(config, name="gridgis plan publish") as engine,
        changing(engine, "publishing.publish", plan, effective_at=plain(hour)) as session,
    ):
        done = publishing.publish(
            session, _planner(), config, plan, at=datetime.now(UTC), effective_at=hour, progress=progress
        )
    if done is not None:
        _tell(done, as_json)
    elif as_json:
        click.echo(json.dumps({"plan_id": plan, "effective_at": plain(hour)}))
    else:
        click.echo(f"plan {plan} is submitted and comes into force at {hour:%Y-%m-%d %H:%M %Z}")


@click.command()
@click.argument("plan", type=int)
@_JSON
def rollback(plan: int, as_json: bool) -> None:
    """Take PLAN, which is in force, back: the former borders and the former people's work.

    Codes are never used again: the former grids come back under new codes, as a plan of its own.
    """
    config = Config.from_environment()
    with (
        _progress() as progress,
        connected(config, name="gridgis plan rollback") as engine,
        changing(engine, "publishing.rollback", plan) as session,
    ):
        done = publishing.rollback(session, _planner(), config, plan, progress=progress)
    _tell(done, as_json)


@click.command()
@_JSON
def due(as_json: bool) -> None:
    """Publish the submitted drafts whose hour has come, one after another, as `gridgis serve` does."""
    config, found = Config.from_environment(), []
    with _progress() as progress, connected(config, name="gridgis plan due") as engine:
        while True:
            with transaction(engine) as session:
                one = publishing.publish_due(session, config, datetime.now(UTC), progress=progress)
            if one is None:
                break
            found.append(one)
    if as_json:
        click.echo(
            json.dumps(
                [_facts(one.published) | {"plan_id": one.plan_id, "refused": one.refused} for one in found]
            )
        )
        return
    for one in found:
        if one.published is not None:
            _tell(one.published, as_json=False)
        else:
            click.echo(f"plan {one.plan_id} is refused and waits for a person: {one.refused}")
    if not found:
        click.echo("no plan is due")


def _planner() -> Planner:
    return Planner(actor(), EVERYTHING, is_administrator=True)


@contextmanager
def _progress() -> Iterator[Progress]:
    bars: dict[str, tqdm[Any]] = {}

    def show(layer: str, done: int, total: int) -> None:
        if layer not in bars:
            bars[layer] = tqdm(total=total, desc=layer, unit="row", leave=False, disable=None)
        bars[layer].update(done - bars[layer].n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()


def _facts(done: Published | None) -> dict[str, Any]:
    return {} if done is None else {name: plain(value) for name, value in asdict(done).items()}


def _tell(done: Published, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_facts(done)))
        return
    click.echo(
        f"plan {done.plan_id} is in force since {done.valid_from:%Y-%m-%d %H:%M:%S %Z}: {done.new:,} new"
        f" grids, {done.retired:,} retired, {done.reshaped:,} with further vertices; moved {done.buildings:,}"
        f" buildings, {done.components:,} components and {done.incidents:,} open incidents"
    )
