"""``gridgis export``: a layer into a file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from gridgis.cli.acting import leaving
from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.errors import InvalidInput, Unavailable
from gridgis.formats.names import format_of
from gridgis.scope import EVERYTHING
from gridgis.services import exporting

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_DAY = click.DateTime(["%Y-%m-%d"])


def _bbox(_ctx: click.Context, _param: click.Parameter, text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        xmin, ymin, xmax, ymax = (float(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not four numbers xmin,ymin,xmax,ymax") from error
    return xmin, ymin, xmax, ymax


@click.command()
@click.argument("layer", type=click.Choice([*exporting.LAYER_NAMES, *exporting.NEVER]))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(exporting.FORMAT_NAMES),
    help="By default, the file's ending.",
)
@click.option("--division", help="Code of a division of any level.")
@click.option("--bbox", callback=_bbox, help="xmin,ymin,xmax,ymax in degrees; features that touch it.")
@click.option("--as-of", type=_DAY, help="State at the end of this local day (grids, workers).")
@click.option("--from", "start", type=_DAY, help="Incidents reported on or after this day.")
@click.option("--to", "end", type=_DAY, help="Incidents reported on or before this day.")
@click.option("--class", "class_prefix", help="First digits of a class code, or the name of a class.")
@click.option(
    "--profile",
    type=click.Choice(exporting.PROFILES),
    default="internal",
    show_default=True,
    help="The audience.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(layer: str, out: Path, format_name: str | None, as_json: bool, **filters: Any) -> None:
    """Write LAYER to a file, read from one snapshot of the database.

    Counts of people below GRIDGIS_COUNT_FLOOR are left out and named in the column `hidden`. A file of
    that name is replaced when the new one is complete.
    """
    for name in ("as_of", "start", "end"):
        filters[name] = filters[name] and filters[name].date()
    wish = exporting.Wish(layer, format_name or _format_by_ending(out), **filters)
    config = Config.from_environment()
    with connected(config, name="gridgis export") as engine, transaction(engine, read_only=True) as session:
        export = exporting.prepare(session, wish, EVERYTHING, config, datetime.now(UTC))
        said = {name: str(value) for name, value in filters.items() if value}
        leaving(engine, "gridgis export", f"{layer}.{wish.format}", file=str(out), **said)
        rows = _write(session, export, layer, out)
    size = out.stat().st_size
    if as_json:
        click.echo(json.dumps({"file": str(out), "layer": layer, "rows": rows, "bytes": size}))
    else:
        click.echo(f"{out}: {rows} {layer}, {size} bytes")


def _write(session: Session, export: exporting.Export, layer: str, out: Path) -> int:
    """Write the file under a bar and return how many rows went into it."""
    batches: list[int] = []
    with tqdm(desc=layer, unit=" rows", disable=None, leave=False) as bar:

        def seen(rows: int) -> None:
            batches.append(rows)
            bar.update(rows)

        try:
            exporting.write(session, export, out, seen)
        except OSError as error:
            raise Unavailable(f"{out} cannot be written: {error.strerror}") from error
    return sum(batches)


def _format_by_ending(out: Path) -> str:
    found = format_of(out)
    if found is None or found.name not in exporting.FORMAT_NAMES:
        raise InvalidInput(
            f"the ending of {out.name} names no format; give --format {'|'.join(exporting.FORMAT_NAMES)}",
            field="format",
        )
    return found.name
