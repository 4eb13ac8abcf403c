"""``gridgis load``: bring a file into a layer, list loads, take one back."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from gridgis.cli.acting import changing, noted
from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.errors import InvalidInput
from gridgis.formats.layers import LAYERS
from gridgis.formats.mappings import Mapping, read_mapping
from gridgis.services.loading import load as loading
from gridgis.services.loading import undoing
from gridgis.services.loading.doctor import Listing, Refused, Report
from gridgis.services.loading.options import Options, Progress

#: Findings of a kind shown on the terminal; all of them go into --report.
_SHOWN = 10


@click.command()
@click.argument("layer", type=click.Choice(list(LAYERS)), required=False)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--crs", default="", help="CRS of the file: EPSG:4326, EPSG:4490, EPSG:4547, GCJ-02, BD-09, …")
@click.option(
    "--map", "renames", multiple=True, metavar="OLD=NEW", help="Column OLD of the file is field NEW."
)
@click.option(
    "--mapping",
    type=click.Path(dir_okay=False, path_type=Path),
    help="TOML file with columns, values, constants.",
)
@click.option("--source", default="", help="Who the file is from; kept with the load.")
@click.option("--table", default="", help="Layer or sheet, of a file that holds several.")
@click.option("--encoding", default="", help="Encoding of the text; found by looking when not given.")
@click.option("--skip-refused", is_flag=True, help="Load the good rows although others are refused.")
@click.option("--accept-gaps", is_flag=True, help="Load grids although they leave gaps or overlap.")
@click.option("--plan-name", default="", help="Name of the plan that a first load of grids publishes.")
@click.option("--valid-from", type=click.DateTime(["%Y-%m-%d"]), help="Day from which that plan holds.")
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the whole report here, as JSON."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option("--list", "listing", is_flag=True, help="List the newest loads.")
@click.option("--undo", type=int, metavar="ID", help="Take load ID back: remove exactly what it brought.")
@click.pass_context
def command(ctx: click.Context, layer: str | None, file: Path | None, **given: Any) -> None:
    """Load FILE into LAYER, all of it or nothing, after a doctor's look at every row.

    FILE is GeoJSON, GeoJSON text sequence, GeoPackage, Shapefile (plain or zipped), FlatGeobuf, GeoParquet,
    or CSV or Excel with lon and lat or WKT; .gz is read through. Rows are counted from 1. With a refused row
    nothing is loaded and the exit code is 1; --skip-refused loads the others.

    \b
    gridgis load grids grids.gpkg --crs EPSG:4547 --dry-run
    gridgis load components 井盖.csv --map 编号=source_id --report findings.json
    gridgis load --list
    gridgis load --undo 7
    """  # noqa: D301 - \b keeps click from rewrapping the examples
    if given["listing"]:
        _list(as_json=given["as_json"])
    elif given["undo"] is not None:
        _undo(given["undo"], as_json=given["as_json"])
    elif layer is None or file is None:
        raise click.UsageError("give a LAYER and a FILE, or --list, or --undo ID", ctx)
    else:
        _load(layer, file, given)


def _load(layer: str, file: Path, given: dict[str, Any]) -> None:
    config = Config.from_environment()
    options = _options(config, given)
    refused = None
    with connected(config, name="gridgis load") as engine:
        try:
            with _progress(file, shown=not given["as_json"]) as progress, transaction(engine) as session:
                report = loading.load(session, config, layer, file, options, progress)
                if report.outcome == "loaded":
                    noted(session, "gridgis load", f"{layer} {file.name}", load=report.import_id)
        except Refused as error:
            refused, report = error, error.report
    if given["report"]:
        text = json.dumps(report.as_dict(), ensure_ascii=False, indent=1, default=str)
        given["report"].write_text(text, encoding="utf-8")
    if given["as_json"]:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False, default=str))
    else:
        _print(report, given["report"])
    if refused is not None:
        raise refused


def _options(config: Config, given: dict[str, Any]) -> Options:
    saved = read_mapping(given["mapping"]) if given["mapping"] else Mapping()
    renames = dict(saved.columns)
    for text in given["renames"]:
        old, equals, new = text.rpartition("=")
        if not equals:
            raise InvalidInput(f"--map {text}: expected OLD=NEW, e.g. --map 名称=name", field="map")
        renames[old] = new
    day: datetime | None = given["valid_from"]
    return Options(
        crs=given["crs"] or saved.crs,
        renames=renames,
        values=saved.values,
        constants=saved.constants,
        source=given["source"] or saved.source,
        table=given["table"] or saved.table,
        encoding=given["encoding"] or saved.encoding,
        dry_run=given["dry_run"],
        skip_refused=given["skip_refused"],
        accept_gaps=given["accept_gaps"],
        plan_name=given["plan_name"],
        valid_from=day.replace(tzinfo=config.zone) if day else None,
        actor=getpass.getuser(),
    )


@contextmanager
def _progress(file: Path, *, shown: bool) -> Iterator[Progress | None]:
    """Show a bar on a terminal, and nothing elsewhere."""
    if not shown:
        yield None
        return
    with tqdm(desc=file.name, unit=" rows", unit_scale=True, disable=None, leave=False) as bar:

        def advance(rows: int, total: int | None) -> None:
            bar.total = total
            bar.update(rows - bar.n)

        yield advance


def _print(report: Report, full: Path | None) -> None:
    """Print the doctor's report: short, grouped, the first of each kind with the total."""
    guessed = " (guessed)" if report.encoding_guessed else ""
    click.secho(f"{report.layer} from {report.file}: {report.outcome}", bold=True)
    if report.format:
        click.echo(f"  read as     {report.format}, {report.encoding}{guessed}, {report.crs}")
        fields = (name if name == column else f"{name} < {column}" for name, column in report.fields.items())
        click.echo(f"  fields      {', '.join(fields) or 'none'}")
    if report.unmatched:
        click.echo(f"  not loaded  columns {', '.join(report.unmatched)}")
    if report.counts:
        counts = (f"{count:,} {_words(name)}" for name, count in report.counts.items() if count)
        click.echo("  rows        " + ", ".join(counts))
    for note in report.notes:
        click.secho(f"  note        {note}", fg="yellow")
    _print_findings("refused", "accepted is ", report.refused)
    _print_findings("duplicate", "", report.duplicates)
    _print_findings("repaired", "", report.repaired)
    if full:
        click.echo(f"  the whole report, with places as GeoJSON, is in {full}")
    if report.outcome == "loaded":
        click.echo(f"  load {report.import_id}; to take it back: gridgis load --undo {report.import_id}")


def _print_findings(what: str, before: str, listing: Listing) -> None:
    if not listing.total:
        return
    by_field = ", ".join(f"{count:,} {name}" for name, count in listing.by_field.most_common())
    click.secho(f"  {what + ':':<11} {listing.total:,} ({by_field})", bold=True)
    for one in listing.kept[:_SHOWN]:
        change = f", area {one.area_change_m2:+.2f} m2" if one.area_change_m2 is not None else ""
        value = one.value if len(one.value) <= 40 else one.value[:39] + "…"
        click.echo(f"    row {one.row}, {one.field} {value!r}: {before}{one.text}{change}")
    if listing.total > _SHOWN:
        click.echo(f"    … and {listing.total - _SHOWN:,} more")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _list(*, as_json: bool) -> None:
    config = Config.from_environment()
    with connected(config, name="gridgis load") as engine, transaction(engine, read_only=True) as session:
        loads = undoing.list_loads(session)
    if as_json:
        click.echo(json.dumps(loads, ensure_ascii=False, default=str))
        return
    if not loads:
        click.echo("nothing has been loaded yet")
    for one in loads:
        undone = f"  undone {one['undone_at']:%Y-%m-%d %H:%M}" if one["undone_at"] else ""
        when = one["loaded_at"].astimezone(config.zone)
        rows = one["counts"].get("loaded", 0)
        start = f"{one['id']:>5}  {when:%Y-%m-%d %H:%M}  {one['layer']:<11} {rows:>9,}"
        click.echo(f"{start}  {one['file_name']}{undone}")


def _undo(import_id: int, *, as_json: bool) -> None:
    config = Config.from_environment()
    with (
        connected(config, name="gridgis load") as engine,
        changing(engine, "gridgis load --undo", import_id) as session,
    ):
        done = undoing.undo(session, import_id, getpass.getuser())
    if as_json:
        click.echo(json.dumps({"import_id": done.import_id, "layer": done.layer, "removed": done.removed,
                               "without_grid": done.without_grid}))  # fmt: skip
        return
    removed = ", ".join(f"{count:,} {table}" for table, count in done.removed.items())
    click.echo(f"load {import_id} ({done.layer} from {done.file}) is undone: {removed} removed")
    if any(done.without_grid.values()):
        left = ", ".join(f"{count:,} {table}" for table, count in done.without_grid.items() if count)
        click.echo(f"{left} stand in no grid now and are listed as unlocated")
