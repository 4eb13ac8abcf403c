"""The verbs of ``gridgis plan`` that make drafts and draw in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridgis.cli.acting import actor, changing
from gridgis.cli.loads import tell_loads
from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.errors import InvalidInput
from gridgis.formats.figures import plain
from gridgis.scope import EVERYTHING
from gridgis.services.drafts import comparing, editing, importing, keeping, viewing
from gridgis.services.drafts.keeping import Planner

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_NAME = "gridgis plan"

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def _planner() -> Planner:
    return Planner(actor(), EVERYTHING, is_administrator=True)


@contextmanager
def _reading() -> Iterator[tuple[Session, Config]]:
    config = Config.from_environment()
    with (
        connected(config, name=_NAME) as engine,
        transaction(engine, read_only=True, scope=EVERYTHING) as session,
    ):
        yield session, config


@contextmanager
def _writing(action: str, target: object) -> Iterator[tuple[Session, Config]]:
    config = Config.from_environment()
    with connected(config, name=_NAME) as engine, changing(engine, f"plan {action}", target) as session:
        yield session, config


@click.command()
@click.argument("name")
@click.option("--from", "source", default="in_force", help="in_force, nothing, or the number of a plan.")
@click.option("--description", default="", help="What it is for.")
def new(name: str, source: str, description: str) -> None:
    """Begin a draft and print its number.

    \b
    gridgis plan new "summer 2027"
    gridgis plan new "a variant" --from 12
    """  # noqa: D301 - \b keeps click from rewrapping the examples
    begin = int(source) if source.isascii() and source.isdecimal() else source
    with _writing("new", name) as (session, _):
        made = keeping.create(session, _planner(), name, description=description, source=begin)
    click.echo(made["id"])


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--name", required=True, help="Of the draft.")
@click.option("--crs", help="System of the coordinates. Default: what the file says.")
def import_(file: Path, name: str, crs: str | None) -> None:
    """Begin a draft with the grids of FILE in place of all grids of its communities; print its number."""
    with _writing("import", file.name) as (session, config):
        made = importing.import_(session, _planner(), config, file, name, datetime.now(UTC), crs=crs)
    click.echo(made["id"])


@click.command("list")
@_json
def list_(as_json: bool) -> None:
    """List the plans: drafts first, then the one in force, then those before it."""
    with _reading() as (session, _):
        plans = keeping.list_(session, _planner())
    if as_json:
        _print_json({"plans": plans})
        return
    for plan in plans:
        state = "submitted" if plan["submitted_by"] and plan["state"] == "draft" else plan["state"]
        click.echo(
            f"{plan['id']:>5} {state:<9} {plan['edits']:>4} edits  {plan['name']}, {plan['created_by']}"
        )


@click.command()
@click.argument("plan", type=int)
@click.option("--division", help="Its grids too, of this division.")
@_json
def show(plan: int, division: str | None, as_json: bool) -> None:
    """Tell about one plan."""
    with _reading() as (session, config):
        found = keeping.get(session, _planner(), plan)
        if division:
            found["grids"] = viewing.grids(
                session, _planner(), config, plan, datetime.now(UTC), division=division
            )
    if as_json:
        _print_json(found)
        return
    grids = found.pop("grids", None)
    _print_plan(found)
    for grid in grids["features"] if grids else ():
        facts = grid["properties"]
        click.echo(
            f"{facts['key']:<17} {facts['households'] or 0:>6} households  {facts['worker_code'] or '-'}"
        )


@click.command()
@click.argument("plan", type=int)
@click.option("--name", help="Another name.")
@click.option("--description", help="What it is for.")
@click.option("--shared/--private", default=None, help="Whether other planners see it, read only.")
@click.option(
    "--editors", metavar="LOGIN,…", help="Who edits it beside its owner, all of them; '' for nobody else."
)
@_json
def change(plan: int, editors: str | None, as_json: bool, **given: Any) -> None:
    """Rename, describe or share a draft, or name who else edits it; what is left out stays.

    \b
    gridgis plan change 12 --name "summer 2027" --editors li,wang
    gridgis plan change 12 --private
    """  # noqa: D301 - \b keeps click from rewrapping the examples
    if editors is None and all(value is None for value in given.values()):
        raise click.UsageError("give what to change: --name, --description, --shared, --private or --editors")
    named = None if editors is None else [login.strip() for login in editors.split(",") if login.strip()]
    with _writing("change", plan) as (session, _):
        done = keeping.update(session, _planner(), plan, editors=named, **given)
    _print_json(done) if as_json else _print_plan(done)


@click.command()
@click.argument("plan", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(plan: int, yes: bool) -> None:
    """Delete a draft with all its edits; this cannot be undone."""
    if not yes:
        with _reading() as (session, _):
            found = keeping.get(session, _planner(), plan)
        click.confirm(f"delete draft {plan}, {found['name']}, with {found['edits']} edits?", abort=True)
    with _writing("delete", plan) as (session, _):
        keeping.delete(session, _planner(), plan)
    click.echo(f"draft {plan} is deleted")


@click.command()
@click.argument("plan", type=int)
@_json
def log(plan: int, as_json: bool) -> None:
    """List the edits of a draft, the newest first, with those that were undone."""
    with _reading() as (session, _):
        edits = editing.list_edits(session, _planner(), plan)
    if as_json:
        _print_json({"edits": edits})
        return
    for one in edits:
        undone = ", undone" if one["undone"] else ""
        click.echo(
            f"{one['seq']:>5} {one['at']:%Y-%m-%d %H:%M:%S} UTC  {one['actor']}: {one['operation']}{undone}"
        )
    if not edits:
        click.echo("no edits")


def _print_plan(plan: dict[str, Any]) -> None:
    for name, value in plan.items():
        click.echo(f"{name}: {', '.join(value) if isinstance(value, list) else plain(value)}")


def _print_json(told: dict[str, Any]) -> None:
    """Print an object; instants as RFC 3339, as the HTTP API has them."""
    click.echo(json.dumps(told, ensure_ascii=False, default=plain))


def _edit(plan: int, operation: str, arguments: dict[str, Any], as_json: bool) -> None:
    with _writing(operation, plan) as (session, config):
        done = editing.edit(session, _planner(), config, plan, operation, arguments, {}, datetime.now(UTC))
    _print(done, as_json)


def _print(done: dict[str, Any], as_json: bool) -> None:
    if as_json:
        _print_json(done)
        return
    edit = done["edit"]
    click.echo(f"edit {edit['seq']}, {edit['operation']}: gone {', '.join(done['removed']) or 'none'}")
    for grid in done["loads"]["after"]:
        minutes = "" if grid["minutes"] is None else f", {grid['minutes']:,.0f} min a week"
        click.echo(f"{grid['key']}: {grid['households']} households{minutes}")


def _coordinates(text: str) -> list[list[float]]:
    """Read ``lon lat, lon lat``."""
    try:
        return [[float(number) for number in pair.split()] for pair in text.split(",")]
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not like '114.05 22.55, 114.06 22.55'") from error


def _line(text: str) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": _coordinates(text)}


def _polygon(file: Path) -> Any:
    """Read the first geometry of a GeoJSON file."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        found = found["features"][0] if found.get("type") == "FeatureCollection" else found
        return found["geometry"] if found.get("type") == "Feature" else found
    except (ValueError, KeyError, IndexError, AttributeError) as error:
        raise InvalidInput(f"{file} is no GeoJSON with a polygon") from error


_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command()
@click.argument("plan", type=int)
@click.argument("key")
@click.option("--line", help="Along it, e.g. '114.05 22.55, 114.06 22.55'.")
@click.option("--roads", is_flag=True, help="Along the roads in it.")
@click.option("--into", type=click.IntRange(2, 99), help="Into so many parts of equal households.")
@_json
def split(plan: int, key: str, line: str | None, roads: bool, into: int | None, as_json: bool) -> None:
    """Divide grid KEY of a draft."""
    if (line is not None) + roads + (into is not None) != 1:
        raise click.UsageError("give one of --line, --roads and --into")
    if line is not None:
        _edit(plan, "split", {"key": key, "line": _line(line)}, as_json)
    elif roads:
        _edit(plan, "split_by_roads", {"key": key}, as_json)
    else:
        _edit(plan, "split_into", {"key": key, "n": into}, as_json)


@click.command()
@click.argument("plan", type=int)
@click.argument("keys", nargs=-1, required=True)
@_json
def merge(plan: int, keys: tuple[str, ...], as_json: bool) -> None:
    """Make grids of one community into one."""
    _edit(plan, "merge", {"keys": list(keys)}, as_json)


@click.command()
@click.argument("plan", type=int)
@click.option("--vertex", help="The corner to move, 'lon lat'.")
@click.option("--to", help="Where to, 'lon lat'.")
@click.option("--between", nargs=2, help="Two grids whose common border moves.")
@click.option("--path", help="Its new course, 'lon lat, lon lat, …'.")
@_json
def move(
    plan: int,
    vertex: str | None,
    to: str | None,
    between: tuple[str, str] | None,
    path: str | None,
    as_json: bool,
) -> None:
    """Move a corner (--vertex, --to) or a border (--between, --path); both neighbours follow."""
    if vertex and to and not between and not path:
        _edit(plan, "move_vertex", {"vertex": _coordinates(vertex)[0], "to": _coordinates(to)[0]}, as_json)
    elif between and path and not vertex and not to:
        _edit(plan, "move_edge", {"keys": list(between), "path": _line(path)}, as_json)
    else:
        raise click.UsageError("give --vertex and --to, or --between and --path")


@click.command()
@click.argument("plan", type=int)
@click.argument("to")
@click.option("--building", help="Code of a building, whose block goes over.")
@click.option("--polygon", type=_FILE, help="GeoJSON file of the ground that goes over.")
@_json
def transfer(plan: int, to: str, building: str | None, polygon: Path | None, as_json: bool) -> None:
    """Give ground of a neighbour to grid TO."""
    if (building is None) == (polygon is None):
        raise click.UsageError("give either --building or --polygon")
    ground = {"building": building} if polygon is None else {"polygon": _polygon(polygon)}
    _edit(plan, "transfer", {"to": to, **ground}, as_json)


@click.command()
@click.argument("plan", type=int)
@click.argument("community")
@click.option("--polygon", type=_FILE, required=True, help="GeoJSON file of the ground.")
@_json
def draw(plan: int, community: str, polygon: Path, as_json: bool) -> None:
    """Draw a new grid into free land of a community."""
    _edit(plan, "draw", {"community": community, "polygon": _polygon(polygon)}, as_json)


@click.command()
@click.argument("plan", type=int)
@click.argument("worker")
@click.argument("keys", nargs=-1, required=True)
@_json
def assign(plan: int, worker: str, keys: tuple[str, ...], as_json: bool) -> None:
    """Give grids of a draft to WORKER; '-' gives them to nobody."""
    _edit(plan, "assign", {"keys": list(keys), "worker_code": None if worker == "-" else worker}, as_json)


@click.command()
@click.argument("plan", type=int)
@click.argument("operation", type=click.Choice(editing.OPERATIONS))
@click.argument("arguments")
@_json
def edit(plan: int, operation: str, arguments: str, as_json: bool) -> None:
    """Make any edit; ARGUMENTS is a JSON object.

    \b
    gridgis plan edit 12 absorb '{"community": "440303001001", "below_m2": 500}'
    """  # noqa: D301 - \b keeps click from rewrapping the examples
    _edit(plan, operation, _object(arguments), as_json)


def _object(text: str) -> dict[str, Any]:
    """Read a JSON object that the log of a draft can hold: PostgreSQL has no NUL in texts, JSON no NaN."""
    try:
        given = json.loads(text)
        kept = json.dumps(given, ensure_ascii=False, allow_nan=False)
        kept.encode()
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"is no JSON: {error}", param_hint="ARGUMENTS") from error
    if not isinstance(given, dict):
        raise click.BadParameter("is no JSON object", param_hint="ARGUMENTS")
    if "\\u0000" in kept:
        raise click.BadParameter("has a NUL character, which no text here can hold", param_hint="ARGUMENTS")
    return given


def _back(verb: str, turn: Callable[..., dict[str, Any]], text: str) -> click.Command:
    @click.command(verb, help=text)
    @click.argument("plan", type=int)
    @click.option(
        "--seq", type=click.IntRange(min=1), help="The edit that is meant; needed for others' edits."
    )
    @_json
    def command(plan: int, seq: int | None, as_json: bool) -> None:
        with _writing(verb, plan) as (session, config):
            done = turn(session, _planner(), config, plan, datetime.now(UTC), seq=seq)
        _print(done, as_json)

    return command


undo = _back("undo", editing.undo, "Take the newest edit of a draft back.")
redo = _back("redo", editing.redo, "Make the edit that was undone last again.")


@click.command()
@click.argument("plan", type=int)
@click.option("--with", "other", type=int, help="Number of the other plan. Default: the plan in force.")
@_json
def compare(plan: int, other: int | None, as_json: bool) -> None:
    """Say what a plan changes beside another: grids, ground, people, and the spread of work."""
    with _reading() as (session, config):
        found = comparing.compare(session, _planner(), config, plan, other, datetime.now(UTC))
    totals, workers = found["totals"], found["workers"]
    if as_json:
        click.echo(json.dumps(totals | {"workers": workers}, ensure_ascii=False))
        return
    for name, value in totals.items():
        if name != "load":
            click.echo(f"{name.replace('_', ' ')}: {value:,}")
    for when, load in totals["load"].items():
        spread = load["worker_minutes"]["max_to_mean"]
        click.echo(f"{when}: {load['grids']:,} grids; busiest worker / mean {spread or 'unknown'}")
    tell_loads("minutes a week", workers)


VERBS = (
    new, import_, list_, show, change, delete, split, merge, move, transfer, draw, assign, edit, undo, redo,
    log, compare,
)  # fmt: skip
