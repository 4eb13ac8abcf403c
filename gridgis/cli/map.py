"""``gridgis map``: a theme of a division as one HTML file, and as a picture."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

from gridgis.cli.acting import leaving
from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.errors import Unavailable
from gridgis.formats.map_html import STILL
from gridgis.scope import EVERYTHING
from gridgis.services import maps
from gridgis.services.map_pictures import photograph
from gridgis.services.summary import LEVELS
from gridgis.services.themes import THEMES


@click.command("map")
@click.option("--division", help="Code of a division; the whole city when left out.")
@click.option("--theme", type=click.Choice(list(THEMES)), required=True)
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    help="What is coloured; by default the streets of a city, the grids of anything less.",
)
@click.option("--language", type=click.Choice(maps.LANGUAGES), default="zh", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="HTML file to write.")
@click.option(
    "--png",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Picture to write; needs Chromium on this machine.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    division: str | None,
    theme: str,
    level: str | None,
    language: str,
    out: Path | None,
    png: Path | None,
    as_json: bool,
) -> None:
    """Draw a map that opens with no network: shapes, legend, date and source are in the one file."""
    if out is None and png is None:
        raise click.UsageError("give --out FILE.html, --png FILE.png, or both")
    config = Config.from_environment()
    code = division or config.root_division
    with connected(config, name="gridgis map") as engine:
        with transaction(engine, read_only=True) as session:
            page = maps.draw(
                session,
                EVERYTHING,
                config,
                code=code,
                theme=theme,
                level=level,
                language=language,
                at=datetime.now(UTC),
            )
        leaving(engine, "gridgis map", f"map.{theme} {code}", level=level)
    with tempfile.TemporaryDirectory(prefix="gridgis-map-") as folder:
        file = out or Path(folder) / "map.html"
        try:
            file.write_text(page, encoding="utf-8")
        except OSError as error:
            raise Unavailable(f"{file} cannot be written: {error.strerror}") from error
        if png is not None:
            photograph(file, png, fragment=STILL)
    written = {str(path): path.stat().st_size for path in (out, png) if path is not None}
    if as_json:
        click.echo(json.dumps({"files": written}))
    else:
        for name, size in written.items():
            click.echo(f"{name}: {size / 1e6:.1f} MB")
