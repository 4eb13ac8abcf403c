"""``gridgis sample``: write the sample city."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from gridgis.sample.city import shenzhen
from gridgis.sample.extract import write_extract
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


_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("sample")
@click.option("--out", type=_FOLDER, help="Folder to write the city into.")
@click.option(
    "--extract", type=_FOLDER, help="Write data/samples, one community in every format, here instead."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--grids", type=click.IntRange(1), default=16_000, show_default=True)
@click.option("--buildings", type=click.IntRange(0), default=600_000, show_default=True)
@click.option("--components", type=click.IntRange(0), default=1_000_000, show_default=True)
@click.option("--incidents", type=click.IntRange(0), default=1_000_000, show_default=True)
@click.option(
    "--inspections", type=click.IntRange(0), help="[default: one for every two buildings and components]"
)
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
def command(out: Path | None, extract: Path | None, as_json: bool, **options: Any) -> None:
    """Write a sample city: Shenzhen's divisions, and invented shapes, things and happenings, from a seed."""
    if (out is None) == (extract is None):
        raise click.UsageError("give --out DIR for the city or --extract DIR for the small extract")
    if extract is not None:
        files = [str(path) for path in write_extract(extract, seed=options["seed"], until=options["until"])]
        click.echo(json.dumps({"files": files}) if as_json else f"{extract}: {len(files)} files")
    elif out is not None:
        figures = _city(out, **options)
        rows: Any = figures["rows"]
        listed = ", ".join(f"{count:,} {name}" for name, count in rows.items())
        click.echo(json.dumps(figures, ensure_ascii=False) if as_json else f"{out}: {listed}")


def _city(
    out: Path, seed: int, until: datetime, profile: str, grids: int, **amounts: Any
) -> dict[str, object]:
    asked = Amounts(**amounts)
    total = 3 * grids + asked.buildings + asked.components + asked.incidents + (asked.inspections or 0)
    with tqdm(total=total, unit=" rows", unit_scale=True, disable=None) as bar:

        def progress(layer: str, rows: int) -> None:
            bar.set_description(layer)
            bar.total = max(bar.total, bar.n + rows)  # how many fixes the tracks have, only they know
            bar.update(rows)

        return generate(
            shenzhen(grids), asked, out, seed=seed, until=until, profile=profile, progress=progress
        )
