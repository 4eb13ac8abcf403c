"""``gridgis sample``: write the sample city."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from gridgis.sample.city import shenzhen
from gridgis.sample.generation import PRESENT, Amounts, generate


def _until(_context: click.Context, _parameter: click.Parameter, text: str) -> datetime:
    if text == "now":
        return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is neither 'now' nor a date such as 2026-06-30T18:00+08:00"
        ) from error
    if moment.tzinfo is None:
        raise click.BadParameter(f"{text!r} needs a time zone, e.g. {text}+08:00")
    return moment


@click.command("sample")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write into."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--grids", type=click.IntRange(1), default=16_000, show_default=True)
@click.option("--buildings", type=click.IntRange(0), default=600_000, show_default=True)
@click.option("--components", type=click.IntRange(0), default=1_000_000, show_default=True)
@click.option("--incidents", type=click.IntRange(0), default=1_000_000, show_default=True)
@click.option(
    "--workers", type=click.IntRange(1), help="Fewer than the grids give beats.  [default: one a grid]"
)
@click.option("--days", type=click.IntRange(0), default=30, show_default=True, help="Days of tracks.")
@click.option(
    "--track-workers", type=click.IntRange(0), default=200, show_default=True, help="Workers with tracks."
)
@click.option("--profile", default="gbt47678.5-2026", show_default=True, help="Code profile of classes.")
@click.option(
    "--until",
    callback=_until,
    default=PRESENT.isoformat(),
    show_default=True,
    help="The sample's present; 'now' is this hour, and then bytes depend on it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def command(
    out: Path, as_json: bool, seed: int, until: datetime, profile: str, grids: int, **amounts: Any
) -> None:
    """Write a sample city: Shenzhen's divisions, and invented shapes, things and happenings, from a seed."""
    asked = Amounts(**amounts)
    total = grids + asked.buildings + asked.components + asked.incidents
    with tqdm(total=total, unit=" rows", unit_scale=True, disable=None) as bar:

        def progress(layer: str, rows: int) -> None:
            bar.set_description(layer)
            bar.update(rows)

        figures = generate(
            shenzhen(grids), asked, out, seed=seed, until=until, profile=profile, progress=progress
        )
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False))
    else:
        rows: Any = figures["rows"]
        click.echo(f"{out}: " + ", ".join(f"{count:,} {name}" for name, count in rows.items()))
