"""``gridgis tiles``: keep the outlines of low zooms, write all tiles into one file."""

from __future__ import annotations

import json
from pathlib import Path

import click
from tqdm import tqdm

from gridgis.cli.acting import leaving
from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.geometry.tile import MAX_ZOOM
from gridgis.scope import EVERYTHING
from gridgis.services.tiles import archiving, low_zooms


@click.group("tiles")
def command() -> None:
    """Vector tiles of the city."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def refresh(as_json: bool) -> None:
    """Simplify the outlines of grids and divisions anew.

    Loading and publishing do it themselves; this is for changes that were made in SQL.
    """
    config = Config.from_environment()
    with connected(config, name="gridgis tiles refresh") as engine, transaction(engine) as session:
        grids, divisions = low_zooms.refresh_grids(session), low_zooms.refresh_divisions(session)
    if as_json:
        click.echo(json.dumps({"grids": grids, "divisions": divisions}))
    else:
        click.echo(f"{grids:,} outlines of grids and {divisions:,} of divisions were new or had changed")


@command.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@click.option(
    "--layers",
    default=",".join(archiving.USUAL_LAYERS),
    show_default=True,
    help=f"Some of {', '.join(archiving.LAYERS)}, with commas between.",
)
@click.option("--minzoom", type=click.IntRange(0, MAX_ZOOM), default=8, show_default=True)
@click.option("--maxzoom", type=click.IntRange(0, MAX_ZOOM), default=15, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def archive(out: Path, layers: str, minzoom: int, maxzoom: int, as_json: bool) -> None:
    """Write the tiles of the whole city into one PMTiles file."""
    config = Config.from_environment()
    with (
        connected(config, name="gridgis tiles archive") as engine,
        transaction(engine, read_only=True) as session,
        tqdm(unit=" tiles", disable=True if as_json else None) as bar,
    ):

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        leaving(engine, "gridgis tiles archive", layers, file=str(out), zooms=f"{minzoom}-{maxzoom}")
        written = archiving.write_archive(
            session,
            config,
            out,
            EVERYTHING,
            layers=[name.strip() for name in layers.split(",")],
            minzoom=minzoom,
            maxzoom=maxzoom,
            progress=progress,
        )
    if as_json:
        click.echo(json.dumps({"tiles": written.tiles, "size_bytes": written.size_bytes}))
    else:
        click.echo(f"{written.tiles:,} tiles, {written.size_bytes / 1e6:.1f} MB in {out}")
