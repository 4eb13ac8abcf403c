"""``gridgis assign``: every row of a file with its grid."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from tqdm import tqdm

from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.errors import Conflict
from gridgis.geometry.location import GridSet
from gridgis.services import assigning, locating


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to: .csv, .parquet, .geojson, .geojsonseq, .gpkg or .fgb.",
)
@click.option("--lon", help="Column of the longitude or easting.")
@click.option("--lat", help="Column of the latitude or northing.")
@click.option(
    "--crs", help="System of the coordinates, e.g. EPSG:4547 or GCJ-02. Default: what the file says."
)
@click.option(
    "--grids",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of grids to use instead of those in the database.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    file: Path,
    out: Path,
    lon: str | None,
    lat: str | None,
    crs: str | None,
    grids: Path | None,
    as_json: bool,
) -> None:
    """Write the rows of FILE with the columns grid_code, match and distance_m added.

    match is covered, snapped (to the nearest grid, distance_m away) or none. Any size fits: rows stream.

    \b
    gridgis assign points.csv --out located.csv
    gridgis assign points.csv --out located.parquet --lon lng --lat lat --crs GCJ-02
    """  # noqa: D301 - \b keeps click from rewrapping the examples
    config = Config.from_environment()
    there = _grids(config, grids)
    with ExitStack() as stack:
        bar = stack.enter_context(tqdm(unit=" rows", unit_scale=True, disable=not sys.stderr.isatty()))

        def progress(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        done = assigning.assign(file, out, there, crs=crs, lon=lon, lat=lat, progress=progress)
    if as_json:
        click.echo(json.dumps(asdict(done), ensure_ascii=False))
        return
    click.echo(
        f"{done.rows} rows, read as {done.crs}:"
        f" {done.covered} covered, {done.snapped} snapped, {done.none} in no grid"
    )
    if done.without_place:
        rows = ", ".join(map(str, done.first_without_place))
        more = " …" if done.without_place > len(done.first_without_place) else ""
        click.echo(f"{done.without_place} rows have no readable place: {rows}{more}")
    if done.replaced:
        click.echo(f"replaced the file's own {', '.join(done.replaced)}")


def _grids(config: Config, file: Path | None) -> GridSet:
    if file is not None:
        return assigning.read_grids(file, config)
    with connected(config, name="gridgis assign") as engine, transaction(engine, read_only=True) as session:
        grids = locating.load_grids(session, config, datetime.now(UTC))
    if not len(grids):
        raise Conflict("the database holds no grids in force; load some, or name a file with --grids")
    return grids
