"""The verbs of ``gridgis plan`` on the way into force: faults, submit, approve, publish, take back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

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
from gridgis.services.drafts import checking
from gridgis.services.drafts.keeping import Planner
from gridgis.services.rehoming import Progress

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_HOUR = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"])
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command()
@click.argument("plan", type=int)
@click.option("--division", help="Look at all communities of it. Default: at those that the draft changes.")
@_JSON
def faults(plan: int, division: str | None, as_json: bool) -> None:
    """List what is wrong with a plan; exits 1 while something keeps it from being published.

    \b
    gridgis plan faults 12
    gridgis plan faults 12 --division 440303
    """  # noqa: D301 - \b keeps click from rewrapping the examples
    config = Config.from_environment()
    with (
        connected(config, name="gridgis plan faults") as engine,
        transaction(engine, read_only=True, scope=EVERYTHING) as session,
    ):
        found = checking.check(session, _planner(), config, plan, datetime.now(UTC), division=division)
    breaking = sum(one.breaking for one in found)
    if as_json:
        click.echo(json.dumps({"findings": [one.told() for one in found]}, ensure_ascii=False))
    else:
        for one in found:
            click.echo(f"{'refused' if one.breaking else 'note':<7}  {one.kind}: {one.sentence}")
        click.echo(f"{breaking} of {len(found)} findings keep it from being published")
    if breaking:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("plan", type=int)
@click.option(
    "--at", "effective_at", type=_HOUR, help="Local time at which it shall come into force by itself."
)
def submit(plan: int, effective_at: datetime | None) -> None:
    """Hand draft PLAN in: it is checked, and takes no edits until it is withdrawn."""
    config = Config.from_environment()
    hour = _local(effective_at, config)
    with _on_its_way(config, "submit", plan, effective_at=plain(hour)) as session:
        publishing.submit(session, _planner(), config, plan, at=datetime.now(UTC), effective_at=hour)
    click.echo(f"draft {plan} is submitted" + (f", for {hour:%Y-%m-%d %H:%M %Z}" if hour else ""))


@click.command()
@click.argument("plan", type=int)
def approve(plan: int) -> None:
    """Say that submitted draft PLAN may come into force, as somebody other than who submitted it."""
    config = Config.from_environment()
    with _on_its_way(config, "approve", plan) as session:
        publishing.approve(session, _planner(), config, plan)
    click.echo(f"draft {plan} is approved")


@click.command()
@click.argument("plan", type=int)
def withdraw(plan: int) -> None:
    """Take submitted draft PLAN back, to go on drawing; also how an approval is refused."""
    with _on_its_way(Config.from_environment(), "withdraw", plan) as session:
        publishing.withdraw(session, _planner(), plan)
    click.echo(f"draft {plan} is withdrawn, and takes edits again")


@click.command()
@click.argument("plan", type=int)
@click.option(
    "--at",
    "effective_at",
    type=_HOUR,
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
    hour = _local(effective_at, config)
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


def _local(at: datetime | None, config: Config) -> datetime | None:
    return at.replace(tzinfo=config.zone) if at else None


@contextmanager
def _on_its_way(config: Config, verb: str, plan: int, **details: Any) -> Iterator[Session]:
    with (
        connected(config, name=f"gridgis plan {verb}") as engine,
        changing(engine, f"publishing.{verb}", plan, **details) as session,
    ):
        yield session


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


VERBS = (faults, submit, approve, withdraw, publish, rollback, due)
