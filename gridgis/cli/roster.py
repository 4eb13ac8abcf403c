"""``gridgis roster``: who has which grid, from when to when, and who sees to it meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridgis.cli.acting import noted
from gridgis.cli.loads import tell_loads
from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.errors import InvalidInput, Unavailable
from gridgis.formats.figures import plain
from gridgis.planning.rosters import PRIMARY, ROLES, Change
from gridgis.scope import EVERYTHING
from gridgis.services.map_pictures import print_sheet
from gridgis.services.rosters import absences, beat_sheets, changing, files, suggesting
from gridgis.services.rosters.absences import Cover, Wish
from gridgis.services.rosters.changing import Outcome, RowsRefused

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class _Day(click.ParamType):
    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2026-07-01", param, ctx)


_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_DIVISION = click.option("--division", help="Code of a division of any level; the whole city when left out.")
_ON = click.option("--on", type=_Day(), help="Local day; today when left out.")
_DRY_RUN = click.option(
    "--dry-run", is_flag=True, help="Say what would be, with everyone's load; save nothing."
)
_CORRECT = click.option(
    "--correct", "correction", metavar="WHY",
    help="Alter days that are past too; the reason and the lines as they were go into the audit log.",
)  # fmt: skip
_SHOWN = 40


@click.group()
def command() -> None:
    """Give grids to workers, cover leave, and take the roster out; every change goes into the audit log.

    A change never touches the days before it begins, and begins today or later.
    """


@command.command("list")
@_DIVISION
@_ON
@click.option(
    "--unassigned", is_flag=True, help="Only grids without a primary worker, or that nobody sees to."
)
@_AS_JSON
def list_roster(division: str | None, on: date | None, unassigned: bool, as_json: bool) -> None:
    """List who has which grid on a day, the grids nobody has or sees to, and leave that is not over."""
    with _reading() as work:
        found = changing.roster(
            work.session,
            EVERYTHING,
            work.config,
            division or work.config.root_division,
            at=datetime.now(UTC),
            on=on,
        )
    if as_json:
        _print_json(asdict(found))
        return
    for row in [] if unassigned else found.rows:
        until = f" to {row['to']}" if row["to"] else ""
        click.echo(f"{row['grid_code']}  {row['worker_code']}  {row['role']}  from {row['from']}{until}")
    for row in found.unassigned:
        click.echo(f"{row['grid_code']}  has no primary worker")
    for row in found.uncovered:
        click.echo(f"{row['grid_code']}  {row['worker_code']} is away, and no deputy there")
    for row in found.absences:
        click.echo(
            f"leave {row['id']}: {row['worker_code']} from {row['from']} to {row['to'] or 'an open day'}, "
            f"{row['grids']} grids, {row['uncovered']} without cover"
        )
    click.echo(
        f"{found.division} on {found.day}: {len(found.rows)} lines, {len(found.unassigned)} grids without a "
        f"primary worker, {len(found.uncovered)} without cover"
    )


@command.command("assign")
@click.argument("grids", nargs=-1, required=True, metavar="GRID...")
@click.option("--worker", help="Code of the worker.")
@click.option("--nobody", is_flag=True, help="Make the grids nobody's.")
@click.option("--role", type=click.Choice(ROLES), default=PRIMARY, show_default=True)
@click.option("--from", "start", type=_Day(), help="First day; today when left out.")
@click.option("--to", "end", type=_Day(), help="First day on which it no longer holds.")
@_CORRECT
@_DRY_RUN
@_AS_JSON
def assign(
    grids: tuple[str, ...],
    worker: str | None,
    correction: str | None,
    dry_run: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Give grids to a worker from a day on; whoever had them has them no longer from that day."""
    if (worker is None) != asked["nobody"]:
        raise click.UsageError("give --worker CODE or --nobody")
    at = datetime.now(UTC)
    with _writing("rosters.change_roster", " ".join(grids[:5]), dry_run=dry_run) as work, _named():
        start = asked["start"] or at.astimezone(work.config.zone).date()
        changes = [Change(grid, worker, asked["role"], start, asked["end"]) for grid in grids]
        done = changing.change(
            work.session, EVERYTHING, work.config, changes, at=at, correction=correction, preview=dry_run
        )
        _note(work, done, correction)
    _tell_outcome(done, as_json)


@command.command("load")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_CORRECT
@_DRY_RUN
@_AS_JSON
def load(file: Path, correction: str | None, dry_run: bool, as_json: bool) -> None:
    """Work a table in, all rows or none: grid_code, worker_code, and if need be role, from and to."""
    with _writing("rosters.load_roster", file.name, dry_run=dry_run) as work, _named():
        done = files.load(
            work.session,
            EVERYTHING,
            work.config,
            file,
            at=datetime.now(UTC),
            correction=correction,
            preview=dry_run,
        )
        _note(work, done, correction)
    _tell_outcome(done, as_json)


@command.command("suggest")
@click.option("--grid", help="Code of one grid; all without a primary worker when left out.")
@_DIVISION
@_ON
@click.option("--limit", type=click.IntRange(1, 20), default=3, show_default=True, help="Of each grid.")
@_AS_JSON
def suggest(grid: str | None, division: str | None, on: date | None, limit: int, as_json: bool) -> None:
    """Suggest workers for grids, each with what speaks for it: station, neighbours, knowledge and load."""
    with _reading() as work:
        found = suggesting.suggest(
            work.session,
            EVERYTHING,
            work.config,
            at=datetime.now(UTC),
            grid=grid,
            division=division,
            on=on,
            most=limit,
        )
    if as_json:
        _print_json({"suggestions": found})
        return
    for one in found:
        click.echo(f"{one['grid_code']}, {one['minutes'] or 0:.0f} min a week")
        for row in one["workers"]:
            click.echo(f"  {row['worker_code']}  {row['mark']:.2f}: {'; '.join(_reasons(row))}")
    if not found:
        click.echo("every grid has a primary worker")


@command.command("leave")
@click.argument("worker")
@click.option("--from", "start", type=_Day(), help="First day; today when left out.")
@click.option("--to", "end", type=_Day(), help="Day of return; open when left out.")
@click.option("--no-cover", is_flag=True, help="Do not let neighbours take over.")
@_CORRECT
@_DRY_RUN
@_AS_JSON
def leave(
    worker: str, start: date | None, end: date | None, no_cover: bool, correction: str | None, dry_run: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Record that WORKER is away; neighbours see to the grids by load, until the day of return."""
    at = datetime.now(UTC)
    with _writing("rosters.create_absence", f"worker {worker}", dry_run=dry_run) as work:
        wish = Wish(worker, start or at.astimezone(work.config.zone).date(), end, not no_cover)
        done = absences.leave(
            work.session, EVERYTHING, work.config, wish, at=at, correction=correction, preview=dry_run
        )
        work.details["correction"] = correction
    _tell_cover(done, as_json)


@command.command("cover")
@click.argument("number", type=int)
@_DRY_RUN
@_AS_JSON
def cover(number: int, dry_run: bool, as_json: bool) -> None:
    """Cover what is left of leave NUMBER anew, by the roster and loads of now."""
    with _writing("rosters.cover_absence", f"leave {number}", dry_run=dry_run) as work:
        done = absences.cover(
            work.session, EVERYTHING, work.config, number, at=datetime.now(UTC), preview=dry_run
        )
    _tell_cover(done, as_json)


@command.command("return")
@click.argument("worker")
@click.option("--on", type=_Day(), help="First day back; today when left out.")
@_DRY_RUN
@_AS_JSON
def come_back(worker: str, on: date | None, dry_run: bool, as_json: bool) -> None:
    """End the leave of WORKER on a day; its cover ends with it."""
    with _writing("rosters.return_worker", f"worker {worker}", dry_run=dry_run) as work:
        done = absences.come_back(
            work.session, EVERYTHING, work.config, worker, on, at=datetime.now(UTC), preview=dry_run
        )
    _tell_cover(done, as_json)


@command.command("cancel")
@click.argument("number", type=int)
@_DRY_RUN
@_AS_JSON
def cancel(number: int, dry_run: bool, as_json: bool) -> None:
    """Take back leave NUMBER that has not begun, or end today one that has."""
    with _writing("rosters.cancel_absence", f"leave {number}", dry_run=dry_run) as work:
        done = absences.cancel(
            work.session, EVERYTHING, work.config, number, at=datetime.now(UTC), preview=dry_run
        )
    _tell_cover(done, as_json)


@command.command("export")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A .csv or .geojson."
)
@_DIVISION
@_ON
def export(out: Path, division: str | None, on: date | None) -> None:
    """Write the roster of a day: as CSV, which `load` reads back, or the assignment as GeoJSON."""
    file_format = out.suffix.lower()[1:]
    with _writing(f"rosters.export_{file_format}", division or "the city") as work:
        code = division or work.config.root_division
        chunks = files.export(
            work.session, EVERYTHING, work.config, code, file_format, at=datetime.now(UTC), on=on
        )
        try:
            size = out.write_bytes(b"".join(chunks))
        except OSError as error:
            raise Unavailable(f"{out} cannot be written: {error.strerror}") from error
    click.echo(f"{out}: {size / 1e6:.1f} MB")


@command.command("map")
@click.argument("worker")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A .pdf or .html."
)
@_ON
@click.option("--language", type=click.Choice(beat_sheets.LANGUAGES), default="zh", show_default=True)
def draw(worker: str, out: Path, on: date | None, language: str) -> None:
    """Draw the grids of WORKER on one sheet of A3, true to scale; a PDF needs Chromium on this machine."""
    if out.suffix.lower() not in {".pdf", ".html"}:
        raise InvalidInput(f"the ending of {out.name} names no format; accepted are .pdf, .html", field="out")
    with _writing("rosters.draw_beat", f"worker {worker}") as work:
        page = beat_sheets.draw(
            work.session, EVERYTHING, work.config, worker, at=datetime.now(UTC), on=on, language=language
        )
    try:
        out.write_bytes(print_sheet(page) if out.suffix.lower() == ".pdf" else page.encode())
    except OSError as error:
        raise Unavailable(f"{out} cannot be written: {error.strerror}") from error
    click.echo(f"{out}: {out.stat().st_size / 1e6:.1f} MB")


@dataclass(frozen=True, slots=True)
class _Work:
    """The one transaction of a command, and what the audit log is told of it."""

    session: Session
    config: Config
    details: dict[str, Any]


@contextmanager
def _reading() -> Iterator[_Work]:
    config = Config.from_environment()
    with connected(config, name="gridgis roster") as engine, transaction(engine, read_only=True) as session:
        yield _Work(session, config, {})


@contextmanager
def _writing(action: str, target: str, *, dry_run: bool = False) -> Iterator[_Work]:
    if dry_run:
        with _reading() as work:
            yield work
        return
    config = Config.from_environment()
    with connected(config, name="gridgis roster") as engine, transaction(engine) as session:
        work = _Work(session, config, {})
        yield work
        noted(session, action, target, **work.details)


@contextmanager
def _named() -> Iterator[None]:
    """Print every row that is refused, before the command ends with the first."""
    try:
        yield
    except RowsRefused as refused:
        for fault in refused.faults[1:]:
            click.secho(f"error: {fault}", fg="red", err=True)
        raise


def _note(work: _Work, done: Outcome, correction: str | None) -> None:
    past = [{name: plain(value) for name, value in line.items()} for line in done.past]
    work.details.update(
        added=done.added, altered=done.altered, deleted=done.deleted, correction=correction, past=past
    )


def _reasons(row: dict[str, Any]) -> Iterator[str]:
    if row["station_m"] is not None:
        yield f"station {row['station_m']:.0f} m away"
    if row["beside"]:
        yield f"has {', '.join(row['beside'])} beside it"
    if row["held_days"]:
        yield f"had it for {row['held_days']} days"
    if row["walked_days"]:
        yield f"walked in it on {row['walked_days']} days"
    yield f"{row['before']:.0f} min a week, {row['after']:.0f} with it"


def _tell_outcome(done: Outcome, as_json: bool) -> None:
    if as_json:
        _print_json(asdict(done))
        return
    tell_loads(f"minutes a week on {done.day}", done.loads)
    for grid in done.unassigned[:_SHOWN]:
        click.echo(f"{grid} has no primary worker then")
    verb = "saved" if done.saved else "nothing saved"
    click.echo(
        f"{verb}: {done.added} lines begin, {done.altered} end or change, {done.deleted} fall away, "
        f"{done.already_so} were so already"
    )


def _tell_cover(done: Cover, as_json: bool) -> None:
    if as_json:
        _print_json(asdict(done))
        return
    for row in done.lines:
        click.echo(
            f"{row['grid_code']}  {row['worker_code']}  from {row['from']} to {row['to'] or 'the return'}"
        )
    for row in done.deputised:
        click.echo(f"{row['grid_code']}  {row['worker_code']}, who is its deputy anyhow")
    for row in done.uncovered:
        click.echo(f"{row['grid_code']}  without cover: {row['why']}")
    tell_loads(f"minutes a week on {done.day}", done.loads)
    number = "no leave is left" if done.id is None else f"leave {done.id}"
    days = f"{done.worker_code} from {done.start} to {done.end or 'an open day'}"
    click.echo(f"saved: {number}, {days}" if done.saved else f"nothing saved: {days}")


def _print_json(answer: dict[str, Any]) -> None:
    click.echo(json.dumps(answer, default=plain, ensure_ascii=False))
