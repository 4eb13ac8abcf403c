"""``gridgis plan``: check grids that come as a file, design grids, group them into beats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gridgis.cli import designing, drafts, publishing
from gridgis.cli.designing import Amount, OutFile, communities
from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.scope import EVERYTHING
from gridgis.services import grid_types, plan_files, road_edges
from gridgis.services.polygon_files import read_outlines

#: Borders printed one by one.
_MOST_LISTED = 20
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("plan")
def command() -> None:
    """Draw the grids and give them out."""


for verb in (*drafts.VERBS, *publishing.VERBS, designing.beats, designing.design):
    command.add_command(verb)


@command.command()
@click.argument("file", type=_FILE)
@click.option(
    "--crs", help="System of the coordinates, e.g. EPSG:4547 or GCJ-02. Default: what the file says."
)
@click.option("--code", help="Column that names the grids. Default: code, else their row numbers.")
@click.option("--parents", type=_FILE, help="File of outlines that the grids are to fill.")
@click.option("--division", help="Fill the communities of this division, from the database, instead.")
@click.option("--report", type=OutFile(), help="Write every place into this file, e.g. report.geojson.")
@click.option("--repair", "repair_to", type=OutFile(), help="Write the grids, mended into an exact coverage.")
@click.option("--roads", type=_FILE, help="File of roads; list the borders that follow none of them.")
@click.option("--within", type=Amount(min=0.1), default=15.0, show_default=True, help="Metres from a road.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(file: Path, parents: Path | None, division: str | None, **given: Any) -> None:
    """Find the gaps, overlaps, unshared vertices, loose parts and slivers of the grids in FILE.

    Exits 1 while there are any: after --repair, those that no repair can end. Borders that follow no road are
    told, and no fault.

    \b
    gridgis plan check zones.shp --report places.geojson
    gridgis plan check zones.shp --repair mended.gpkg
    gridgis plan check zones.shp --roads roads.gpkg --within 20
    """  # noqa: D301 - \b keeps click from rewrapping the examples
    if parents and division:
        raise click.UsageError("give --parents or --division, not both")
    config = Config.from_environment()
    outlines = read_outlines(parents) if parents else communities(config, division)
    named = {"crs": given["crs"], "code": given["code"]}
    done = plan_files.check_file(
        file, config, outlines=outlines, report=given["report"], repair_to=given["repair_to"], **named
    )
    off = None
    if given["roads"]:
        off = road_edges.of_file(file, given["roads"], config, within_m=given["within"], **named)
    if given["as_json"]:
        told = {} if off is None else {"off_roads": [edge._asdict() for edge in off]}
        click.echo(json.dumps(_facts(done) | told, ensure_ascii=False))
    else:
        click.echo("\n".join([_sentences(done, given["repair_to"]), *_off_roads(off)]))
    if not done.passes:
        raise click.exceptions.Exit(1)


@command.command()
@click.option("--division", help="Count the grids of this division. Default: of the whole city.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def types(division: str | None, as_json: bool) -> None:
    """Count the grids in force of each type, by the scheme that GRIDGIS_GRID_TYPES names."""
    config = Config.from_environment()
    with connected(config, name="gridgis plan") as engine, transaction(engine, read_only=True) as session:
        found = grid_types.count(session, EVERYTHING, config, division)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    click.echo(f"{found['division']}, scheme {found['scheme']}: {found['grids']:,} grids")
    for one in found["types"]:
        click.echo(f"{one['grids']:>9,}  {one['kind']}  {one['name_zh']}")
        for own in one["sub_statuses"]:
            click.echo(f"{own['grids']:>9,}    {own['sub_status']}  {own['name_zh']}")
    click.echo(f"{found['untyped']:>9,}  without a type")


def _facts(done: plan_files.Checked) -> dict[str, Any]:
    def counted(findings: list[Any]) -> dict[str, Any]:
        return {
            kind: {"count": count, "area_m2": round(area, 4)}
            for kind, (count, area) in plan_files.totals(findings).items()
        }

    facts: dict[str, Any] = {
        "rows": done.rows,
        "crs": done.crs,
        "made_valid": done.made_valid,
        "found": counted(done.findings),
        "covered": done.ratio,
        "passes": done.passes,
    }
    if done.largest_change:
        code, change_m2 = done.largest_change
        facts |= {
            "moved": len(done.moves),
            "moved_m2": round(sum(move.area_m2 for move in done.moves), 4),
            "absorbed": done.absorbed,
            "largest_change": {"grid": code, "area_m2": round(change_m2, 4)},
            "left": counted(done.left),
        }
    return facts


def _sentences(done: plan_files.Checked, repair_to: Path | None) -> str:
    lines = [f"{_counted(done.rows, 'grid')}, read as {done.crs}: {_listed(done.findings)}"]
    if done.made_valid:
        lines.append(f"made valid first: rows {', '.join(map(str, done.made_valid[:20]))}")
    if done.ratio:
        low = min(done.ratio, key=lambda parent: done.ratio[parent])
        lines.append(f"least covered is {low}, {done.ratio[low]:.4%} of it")
    if done.largest_change:
        code, change_m2 = done.largest_change
        moved_m2 = sum(move.area_m2 for move in done.moves)
        lines.append(
            f"{_counted(len(done.moves), 'piece')} of ground changed hands, {moved_m2:,.1f} m2;"
            f" the most changed grid is {code}, by {change_m2:+,.1f} m2"
        )
        if done.absorbed:
            lines.append(f"taken in whole by neighbours: {', '.join(done.absorbed)}")
        lines.append(f"in {repair_to}: {_listed(done.left)}")
    return "\n".join(lines)


def _off_roads(edges: list[road_edges.OffRoads] | None) -> list[str]:
    if edges is None:
        return []
    total_m = sum(edge.length_m for edge in edges)
    follow = "follows" if len(edges) == 1 else "follow"
    lines = [f"{_counted(len(edges), 'border')} {follow} no road, {total_m:,.0f} m in all"]
    lines += [
        f"  {edge.one} | {edge.other}: {edge.length_m:,.0f} m at {edge.place[0]:.6f}, {edge.place[1]:.6f}"
        for edge in edges[:_MOST_LISTED]
    ]
    if len(edges) > _MOST_LISTED:
        lines.append(f"  and {len(edges) - _MOST_LISTED:,} more; --json lists all")
    return lines


def _listed(findings: list[Any]) -> str:
    parts = [
        f"{_counted(count, kind.replace('_', ' '))} ({area:,.1f} m2)"
        for kind, (count, area) in plan_files.totals(findings).items()
    ]
    return ", ".join(parts) or "no gap, no overlap, no fault"


#: Plurals that are not made by an s. What lies outside is counted as it is.
_PLURALS = {"unshared vertex": "unshared vertices", "outside": "outside"}


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name if count == 1 else _PLURALS.get(name, f'{name}s')}"
