"""``gridgis plan``: check grids that come as a file, design grids, group them into beats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.formats.copying import writable_format
from gridgis.planning.design import Progress, Weights
from gridgis.planning.dividing import Divided
from gridgis.planning.measures import Measure
from gridgis.services import beats as beats_service
from gridgis.services import designing, plans
from gridgis.services.polygon_files import PolygonFile, read_outlines, read_polygons

_FILE = click.Path(path_type=Path, dir_okay=False)
_TOLERANCE = "Deviation from the mean load, as a share, up to which loads count as equal."
_SEED = "Equal seeds give equal results."
_EFFORT = "Proposals tried per unit: more is better and slower."


@click.group("plan")
def command() -> None:
    """Draw the grids and give them out."""


@command.command()
@click.argument("file", type=_FILE)
@click.option(
    "--crs", help="System of the coordinates, e.g. EPSG:4547 or GCJ-02. Default: what the file says."
)
@click.option("--code", help="Column that names the grids. Default: code, else their row numbers.")
@click.option("--parents", type=_FILE, help="File of outlines that the grids are to fill.")
@click.option("--division", help="Fill the communities of this division, from the database, instead.")
@click.option("--report", type=_FILE, help="Write every place into this file, e.g. report.geojson.")
@click.option("--repair", "repair_to", type=_FILE, help="Write the grids, mended into an exact coverage.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(
    file: Path,
    crs: str | None,
    code: str | None,
    parents: Path | None,
    division: str | None,
    report: Path | None,
    repair_to: Path | None,
    as_json: bool,
) -> None:
    """Find the gaps, overlaps, unshared vertices, loose parts and slivers of the grids in FILE.

    Exits 1 while there are any: after --repair, those that no repair can end.

    \b
    gridgis plan check zones.shp --report places.geojson
    gridgis plan check zones.shp --repair mended.gpkg
    """  # noqa: D301 - \b keeps click from rewrapping the examples
    if parents and division:
        raise click.UsageError("give --parents or --division, not both")
    config = Config.from_environment()
    outlines = read_outlines(parents) if parents else _communities(config, division)
    done = plans.check_file(
        file, config, crs=crs, code=code, outlines=outlines, report=report, repair_to=repair_to
    )
    click.echo(json.dumps(_facts(done), ensure_ascii=False) if as_json else _sentences(done, repair_to))
    if not done.passes:
        raise click.exceptions.Exit(1)


def _communities(config: Config, division: str | None) -> dict[str, Any]:
    if division is None:
        return {}
    with connected(config, name="gridgis plan") as engine, transaction(engine, read_only=True) as session:
        return plans.outlines_of_division(session, division)


def _facts(done: plans.Checked) -> dict[str, Any]:
    def counted(findings: list[Any]) -> dict[str, Any]:
        return {
            kind: {"count": count, "area_m2": round(area, 4)}
            for kind, (count, area) in plans.totals(findings).items()
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


def _sentences(done: plans.Checked, repair_to: Path | None) -> str:
    lines = [f"{done.rows} grids, read as {done.crs}: {_listed(done.findings)}"]
    if done.made_valid:
        lines.append(f"made valid first: rows {', '.join(map(str, done.made_valid[:20]))}")
    if done.ratio:
        low = min(done.ratio, key=lambda parent: done.ratio[parent])
        lines.append(f"least covered is {low}, {done.ratio[low]:.4%} of it")
    if done.largest_change:
        code, change_m2 = done.largest_change
        moved_m2 = sum(move.area_m2 for move in done.moves)
        lines.append(
            f"{len(done.moves)} pieces of ground changed hands, {moved_m2:,.1f} m2;"
            f" the most changed grid is {code}, by {change_m2:+,.1f} m2"
        )
        if done.absorbed:
            lines.append(f"taken in whole by neighbours: {', '.join(done.absorbed)}")
        lines.append(f"in {repair_to}: {_listed(done.left)}")
    return "\n".join(lines)


def _listed(findings: list[Any]) -> str:
    parts = [
        f"{count:,} {kind.replace('_', ' ')} ({area:,.1f} m2)"
        for kind, (count, area) in plans.totals(findings).items()
    ]
    return ", ".join(parts) or "no gap, no overlap, no fault"


@command.command()
@click.option("--grids", type=_FILE, help="File of grids with a column code.")
@click.option("--division", help="Take the grids in force of this division from the database instead.")
@click.option("--crs", help="System of the file's coordinates. Default: what the file says.")
@click.option("--workers", type=click.IntRange(min=1), required=True, help="Beats to make.")
@click.option(
    "--weights",
    metavar="COLUMN=WEIGHT,…",
    help="What to balance, e.g. households=2,incidents=1. Default: the number of grids.",
)
@click.option("--street", help="Column that a beat may not leave. Default: the street in the grid's code.")
@click.option("--today", help="Column of today's beats, which are changed as little as pays.")
@click.option("--lock", multiple=True, metavar="GRID", help="Grid that stays in today's beat; repeatable.")
@click.option(
    "--compactness", type=click.FloatRange(min=0), default=1.0, show_default=True, help="Its weight."
)
@click.option("--change", type=click.FloatRange(min=0), default=1.0, show_default=True, help="Its weight.")
@click.option("--tolerance", type=click.FloatRange(0, 1), default=0.02, show_default=True, help=_TOLERANCE)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help=_SEED)
@click.option("--effort", type=click.FloatRange(min=1), default=1000.0, show_default=True, help=_EFFORT)
@click.option("--out", type=_FILE, required=True, help="The grids with the columns beat, load and beat_load.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def beats(grids: Path | None, division: str | None, crs: str | None, **given: Any) -> None:
    """Group grids into one beat a worker: in one piece, inside a street, of about equal load.

    Ctrl-C ends the search and keeps the best so far.

    \b
    gridgis plan beats --grids grids.parquet --workers 400 --weights households=1 --out beats.gpkg
    gridgis plan beats --division 440303 --workers 60 --weights households=2,incidents=1 --out beats.geojson
    """  # noqa: D301 - \b keeps click from rewrapping the examples
    if bool(grids) == bool(division):
        raise click.UsageError("give either --grids or --division")
    writable_format(given["out"])
    config = Config.from_environment()
    task = beats_service.task(
        read_polygons(grids, crs) if grids else _grids(config, str(division)),
        given["workers"],
        config,
        shares=_weights(given["weights"]),
        street=given["street"],
        today=given["today"],
        locked=given["lock"],
        tolerance=given["tolerance"],
    )
    for obstacle in task.obstacles:
        click.echo(f"note: {obstacle.sentence}", err=True)
    wish = Weights(compactness=given["compactness"], change=given["change"])
    found = _searched(
        task.search(seed=given["seed"], weights=wish, tolerance=given["tolerance"], effort=given["effort"])
    )
    task.write(found, given["out"])
    facts = {
        "grids": len(task.codes),
        "beats": given["workers"],
        "notes": [obstacle.sentence for obstacle in task.obstacles],
    }
    _print_figures(facts, found, task.measures(found), as_json=given["as_json"])


@command.command()
@click.option("--buildings", type=_FILE, required=True, help="File of building polygons.")
@click.option("--within", required=True, help="File of outlines, or the code of a division in the database.")
@click.option("--crs", help="System of the buildings' coordinates. Default: what the file says.")
@click.option("--roads", type=_FILE, help="File of roads; grids are crossed by as few as pays.")
@click.option(
    "--households", type=click.FloatRange(min=1), default=300.0, show_default=True, help="In a grid, about."
)
@click.option(
    "--floor-area",
    type=click.FloatRange(min=1),
    metavar="M2",
    help="Estimate households: so many square metres of floor each, from floors and footprint.",
)
@click.option(
    "--compactness", type=click.FloatRange(min=0), default=1.0, show_default=True, help="Its weight."
)
@click.option("--roads-weight", type=click.FloatRange(min=0), default=1.0, show_default=True, help="Theirs.")
@click.option("--tolerance", type=click.FloatRange(0, 1), default=0.02, show_default=True, help=_TOLERANCE)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help=_SEED)
@click.option("--effort", type=click.FloatRange(min=1), default=1000.0, show_default=True, help=_EFFORT)
@click.option("--out", type=_FILE, required=True, help="The grids, with code, households and buildings.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def design(buildings: Path, within: str, crs: str | None, **given: Any) -> None:
    """Divide communities into grids of about equal households: in one piece, no building cut.

    Ctrl-C ends the search: of one community the best so far is kept, of several those that are done.

    \b
    gridgis plan design --buildings buildings.gpkg --within communities.geojson --out grids.gpkg
    gridgis plan design --buildings osm.geojson --within 440303001001 --floor-area 90 --out grids.geojson
    """  # noqa: D301 - \b keeps click from rewrapping the examples
    writable_format(given["out"])
    config = Config.from_environment()
    outlines = read_outlines(Path(within)) if Path(within).is_file() else _communities(config, within)
    houses = read_polygons(buildings, crs)
    households = designing.households_of(houses, given["floor_area"], config)
    todo = designing.places(outlines, houses, households, given["roads"])
    wish = designing.Wish(
        households=given["households"],
        tolerance=given["tolerance"],
        seed=given["seed"],
        effort=given["effort"],
        weights=Weights(compactness=given["compactness"], roads=given["roads_weight"]),
    )
    results = [_one_design(todo[0], wish, config)] if len(todo) == 1 else _all_designs(todo, wish, config)
    designing.write(results, given["out"])
    _print_designs(results, as_json=given["as_json"])


def _one_design(place: designing.Place, wish: designing.Wish, config: Config) -> Divided:
    ground = designing.prepared(place, wish, config.metric_srid)
    for obstacle in ground.obstacles:
        click.echo(f"note: {obstacle.sentence}", err=True)
    return designing.divided(ground, _searched(designing.searched(ground, wish)), config.metric_srid)


def _all_designs(todo: list[designing.Place], wish: designing.Wish, config: Config) -> list[Divided]:
    results: list[Divided] = []
    with tqdm(total=len(todo), unit=" communities", disable=None) as bar:

        def done(result: Divided) -> None:
            results.append(result)
            bar.update()

        try:
            designing.design_all(todo, wish, config.metric_srid, done)
        except KeyboardInterrupt:
            if not results:
                raise
            click.echo(f"stopped; {len(results)} of {len(todo)} communities are done and kept", err=True)
    return results


def _print_designs(results: list[Divided], *, as_json: bool) -> None:
    if as_json:
        communities = [
            {
                "code": item.community,
                "grids": len(item.polygons),
                "households": item.households.tolist(),
                "measures": [asdict(measure) for measure in item.measures],
                "notes": [obstacle.sentence for obstacle in item.obstacles],
            }
            for item in results
        ]
        click.echo(json.dumps({"communities": communities}, ensure_ascii=False))
        return
    grids, people = (
        sum(len(item.polygons) for item in results),
        sum(item.households.sum() for item in results),
    )
    click.echo(
        f"{len(results):,} communities, {grids:,} grids of {people / grids:,.1f} households on average"
    )
    if len(results) == 1:
        _print_measures(results[0].measures)
        return
    worst = max(results, key=lambda item: item.measures[0].value)
    click.echo(f"the least even is {worst.community}: {worst.measures[0].value:.1%}, {worst.measures[0].why}")


def _grids(config: Config, division: str) -> PolygonFile:
    with (
        connected(config, name="gridgis plan beats") as engine,
        transaction(engine, read_only=True) as session,
    ):
        return beats_service.grids_of_database(session, division)


def _weights(text: str | None) -> dict[str, float]:
    """Read ``households=2,incidents``; a column without a number weighs 1."""
    found: dict[str, float] = {}
    for part in (text or "").split(","):
        name, _, number = part.strip().partition("=")
        try:
            if name:
                found[name] = float(number or 1)
        except ValueError as error:
            raise click.BadParameter(f"{part!r} is not like households=2", param_hint="--weights") from error
    return found


def _searched(search: Iterator[Progress]) -> Progress:
    """Follow a search to its end, or to Ctrl-C, and return the best it found."""
    best: Progress | None = None
    form = "{l_bar}{bar}| {elapsed} {postfix}"
    try:
        with tqdm(total=100, bar_format=form, disable=None) as bar:
            for best in search:
                bar.set_postfix_str(f"largest deviation {best.deviation:.1%}")
                bar.update(round(best.done * 100) - bar.n)
    except KeyboardInterrupt:
        if best is None:
            raise
        click.echo(f"stopped at {best.done:.0%}; the best so far is kept", err=True)
    assert best is not None  # noqa: S101 - a search yields its start
    return best


def _print_figures(facts: dict[str, Any], found: Progress, figures: list[Measure], *, as_json: bool) -> None:
    if as_json:
        whole = {**facts, "done": found.done, "measures": [asdict(measure) for measure in figures]}
        click.echo(json.dumps(whole, ensure_ascii=False))
        return
    click.echo(", ".join(f"{count:,} {name}" for name, count in facts.items() if isinstance(count, int)))
    _print_measures(figures)


def _print_measures(figures: list[Measure]) -> None:
    for measure in figures:
        click.echo(f"{measure.name.replace('_', ' ')} {measure.value:.3f}: {measure.why}")
