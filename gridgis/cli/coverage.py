"""``gridgis coverage``: how well each part of the city is covered."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from gridgis.cli.acting import noted
from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.errors import InvalidInput
from gridgis.formats.figures import plain
from gridgis.scope import EVERYTHING
from gridgis.services import coverage, reports
from gridgis.services.measuring import refresh as measuring
from gridgis.services.measuring.on_cluster import Cluster
from gridgis.services.measuring.parting import PART_LEVELS, write_parts

#: Between two looks for changes: figures are to be right within two seconds.
_BETWEEN_S = 1.0
_DAY = click.DateTime(["%Y-%m-%d"])
_SHOWN = {
    "land": "land_ratio", "roads": "roads_ratio", "ground": "ground_ratio",
    "things passed": "components_ratio",
    "in cycle": "current_ratio", "in time": "timeliness", "complete": "completeness", "accurate": "accuracy",
}  # fmt: skip


@click.command()
@click.option("--division", help="Code of a division of any level; the whole city when left out.")
@click.option("--level", type=click.Choice(coverage.LEVELS), default="district", show_default=True)
@click.option("--from", "first", type=_DAY, help="First local day of the patrols.")
@click.option("--to", "last", type=_DAY, help="Last local day of the patrols.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A .csv, .xlsx or .geojson.")
@click.option("--findings", is_flag=True, help="List the places where grids do not tile their community.")
@click.option("--refresh", is_flag=True, help="Make every figure anew first, not only those that changed.")
@click.option("--follow", is_flag=True, help="Keep the figures current until interrupted; print nothing.")
@click.option(
    "--engine",
    type=click.Choice(("local", "dask")),
    default="local",
    show_default=True,
    help="Where to make every figure anew: here, or on a Dask cluster.",
)
@click.option("--scheduler", metavar="URL", help="The Dask scheduler, such as tcp://10.0.0.5:8786.")
@click.option(
    "--partitions",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder that every Dask worker can read; partitions/ in the data folder when left out.",
)
@click.option(
    "--partition-by",
    type=click.Choice(PART_LEVELS),
    default="district",
    show_default=True,
    help="Divisions that the city is parted by.",
)
@click.option(
    "--write-partitions",
    is_flag=True,
    help="Only write to --partitions what figures are made from; it holds tracks.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    division: str | None, level: str, out: Path | None, follow: bool, as_json: bool, **asked: Any
) -> None:  # fmt: skip
    """Tell how well land, staff, patrols and collection cover each part of a division.

    Changes since the last time are worked in first. The patrols are those of the last four weeks unless
    --from and --to name other days; n/a stands where there is nothing to divide by.
    """
    period = _period(asked["first"], asked["last"])
    config, at = Config.from_environment(), datetime.now(UTC)
    if follow:
        _follow(config)
        return
    if asked["write_partitions"]:
        _write_partitions(config, at, asked)
        return
    cluster = _cluster(config, asked)
    with connected(config, name="gridgis coverage") as engine, transaction(engine) as session:
        wish = reports.Wish(division or config.root_division, level, period, asked["findings"], out)
        found = reports.coverage_report(
            session, EVERYTHING, config, wish, at, everything=asked["refresh"], cluster=cluster
        )
        if out is not None:
            noted(session, "gridgis coverage --out", f"coverage.{level}", file=str(out))
    answer = {name: plain(value) for name, value in asdict(found).items()}
    if as_json:
        click.echo(json.dumps(answer, default=plain, ensure_ascii=False))
        return
    click.echo(f"{found.division}, {found.level}; patrols {found.first} to {found.last}")
    for row in [*found.rows, found.total | {"name": "total"}]:
        click.echo(f"{row['code']:<16}{row['name']}: {row.get('grids', 0)} grids; {_line(row)}")
    if found.findings is not None:
        for finding in found.findings:
            click.echo(f"{finding['kind']} of {finding['area_m2']:.2f} m2 in {finding['community_code']}")


def _period(first: datetime | None, last: datetime | None) -> tuple[date, date] | None:
    if (first is None) != (last is None):
        raise InvalidInput("give both --from and --to, or neither", field="to" if first else "from")
    return (first.date(), last.date()) if first and last else None


def _cluster(config: Config, asked: dict[str, Any]) -> Cluster | None:
    if (asked["engine"] == "dask") != bool(asked["scheduler"]):
        raise InvalidInput("give --engine dask and --scheduler URL together, or neither", field="scheduler")
    folder = asked["partitions"] or config.data_dir / "partitions"
    return Cluster(asked["scheduler"], folder, asked["partition_by"]) if asked["scheduler"] else None


def _write_partitions(config: Config, at: datetime, asked: dict[str, Any]) -> None:
    folder = asked["partitions"] or config.data_dir / "partitions"
    with connected(config, name="gridgis coverage") as engine, transaction(engine, read_only=True) as session:
        names = write_parts(session, config, at, folder, asked["partition_by"])
    click.echo(f"{folder}: {len(names)} parts")


def _follow(config: Config) -> None:
    """Look for changes once a second; looking where there are none costs three look-ups."""
    with connected(config, name="gridgis coverage") as engine:
        while True:
            with transaction(engine) as session:
                measuring.refresh(session, config, datetime.now(UTC))
            time.sleep(_BETWEEN_S)


def _line(row: dict[str, Any]) -> str:
    staff = f"unstaffed {row.get('unstaffed', 0)}, uncovered {row.get('uncovered', 0)}"
    shares = [f"{word} {_percent(row.get(name))}" for word, name in _SHOWN.items()]
    return ", ".join([staff, *shares])


def _percent(share: float | None) -> str:
    return "n/a" if share is None else f"{share:.2%}"
