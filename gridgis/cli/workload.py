"""``gridgis workload``: what there is to do, for whom, and what would even it out."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gridgis.cli.acting import noted
from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.errors import InvalidInput
from gridgis.formats.figures import plain
from gridgis.measures.workload import PARTS
from gridgis.scope import EVERYTHING
from gridgis.services import coverage, reports, workload


def _values(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, float]:
    values = {}
    for text in given:
        name, equals, number = text.partition("=")
        try:
            values[name.strip()] = float(number)
        except ValueError as error:
            raise click.BadParameter(f"{text!r} is not NAME=NUMBER") from error
        if not equals:
            raise click.BadParameter(f"{text!r} is not NAME=NUMBER")
    return values


@click.command()
@click.option("--division", help="Code of a division of any level; the whole city when left out.")
@click.option(
    "--level", type=click.Choice([*coverage.LEVELS, "worker"]), default="district", show_default=True
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A .csv, .xlsx or .geojson.")
@click.option(
    "--moves", is_flag=True, help="Suggest grids to move between neighbouring beats; nothing is changed."
)
@click.option(
    "--set", "values", multiple=True, callback=_values, metavar="NAME=NUMBER",
    help="Show whom another parameter would change by how much.",
)  # fmt: skip
@click.option("--save", is_flag=True, help="Keep what --set gives.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    division: str | None, level: str, out: Path | None, moves: bool, values: dict[str, float], save: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Tell the minutes a week that grids and workers carry, part by part, and how evenly they are spread.

    The parameters behind them are for demonstration until a city sets its own.
    """
    if save and not values:
        raise InvalidInput("there is nothing to save; give --set NAME=NUMBER", field="set")
    config, at = Config.from_environment(), datetime.now(UTC)
    wish = reports.Wish(division or config.root_division, level, out=out)
    with connected(config, name="gridgis workload") as engine, transaction(engine) as session:
        if values:
            changes = workload.preview(session, config, values, at)
            if save:
                workload.save(session, values)
                noted(session, "gridgis workload --save", "parameters", **values)
        found = reports.workload_report(session, EVERYTHING, config, wish, at)
        if out is not None:
            noted(session, "gridgis workload --out", f"workload.{level}", file=str(out))
        answer: dict[str, Any] = asdict(found)
        if moves:
            answer["moves"] = workload.suggest(session, EVERYTHING, config, wish.division, at=at)
    if values:
        answer |= {"changes": changes, "saved": save}
    click.echo(json.dumps(answer, default=plain, ensure_ascii=False) if as_json else _text(answer))


def _text(answer: dict[str, Any]) -> str:
    lines = [
        f"{row.get('code', row.get('worker_code'))} {row.get('name', '')}: {_minutes(row)}"
        for row in [*answer["rows"], answer["total"] | {"code": "total"}]
    ]
    spread = answer["spread"]
    shares = {"max/mean": "max_to_mean", "variation": "variation", "Gini": "gini"}
    figures = ", ".join(f"{word} {_number(spread[name])}" for word, name in shares.items())
    lines.append(f"{spread['workers']} workers: mean {_number(spread['mean'])} min, {figures}")
    lines += [
        f"move {move['grid_code']} from {move['from_worker']} to {move['to_worker']}: "
        f"the busier of them has {move['gain']:.0f} min less"
        for move in answer.get("moves", ())
    ]
    lines += [
        f"{change['worker_code']}: {change['before']:.0f} -> {change['after']:.0f} min"
        for change in answer.get("changes", ())
    ]
    return "\n".join(lines)


def _minutes(row: dict[str, Any]) -> str:
    parts = ", ".join(f"{part} {row.get(f'{part}_min', 0):.0f}" for part in PARTS)
    return f"{row.get('minutes', 0):.0f} min a week ({parts}); walked {_number(row.get('actual_patrol_min'))}"


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"
