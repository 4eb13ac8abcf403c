"""``gridgis plan beats`` and ``design``: grids grouped for workers, communities divided into grids."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.formats.copying import writable_format
from gridgis.planning.barriers import Lines
from gridgis.planning.design import Progress, Weights
from gridgis.planning.dividing import Divided
from gridgis.planning.measures import Measure
from gridgis.planning.targets import OffTarget
from gridgis.services import beats as beats_service
from gridgis.services import designing, line_files, plan_files
from gridgis.services.polygon_files import PolygonFile, read_outlines, read_polygons

_FILE = click.Path(path_type=Path, dir_okay=False)


class OutFile(click.Path):
    """A file to be written: its folder is looked for before the work, not after minutes of it."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False, writable=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; refused where there is no folder that it could be written into."""
        path = super().convert(value, param, ctx)
        folder = Path(os.fsdecode(path)).parent
        if not folder.is_dir():
            self.fail(f"there is no folder {folder}", param, ctx)
        if not os.access(folder, os.W_OK):
            self.fail(f"nothing can be written into the folder {folder}", param, ctx)
        return path


class Amount(click.FloatRange):
    """A finite number in a range: `nan` is neither below nor above any limit, and `inf` has no end."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; refused when it is not finite."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number", param, ctx)
        return number


_TOLERANCE = "Deviation from the mean load, as a share, up to which loads count as equal."
_SEED = "Equal seeds give equal results."
#: Grids off the target named in one sentence.
_MOST_LISTED = 20
_EFFORT = "Proposals tried per unit: more is better and slower."


def _weight(name: str, help_: str) -> Callable[[Any], Any]:
    """Return an option that says how much something weighs beside the others."""
    return click.option(name, type=Amount(min=0), default=1.0, show_default=True, help=f"Weight of {help_}")


def _searching(command: Any) -> Any:
    """Add the options of every search, and of the lines that it heeds."""
    for option in reversed(
        [
            click.option("--roads", type=_FILE, help="File of roads; borders had better lie on them."),
            click.option("--water", type=_FILE, help="File of water; as roads."),
            click.option(
                "--barriers",
                type=_FILE,
                help="File of lines with a column kind: bridge, crossing, ferry, tunnel and underpass join,"
                " any other (river, railway …) parts, and nothing reaches across.",
            ),
            click.option(
                "--cut-class",
                "cut_classes",
                multiple=True,
                metavar="CLASS",
                help="Class of roads that part as well, e.g. expressway; repeatable.",
            ),
            _weight("--compactness", "round shapes."),
            _weight("--roads-weight", "few roads and waters inside."),
            click.option("--tolerance", type=Amount(0, 1), default=0.02, show_default=True, help=_TOLERANCE),
            click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help=_SEED),
            click.option("--effort", type=Amount(min=1), default=1000.0, show_default=True, help=_EFFORT),
        ]
    ):
        command = option(command)
    return command


@click.command()
@click.option("--grids", type=_FILE, help="File of grids with a column code.")
@click.option("--division", help="Take the grids in force of this division from the database instead.")
@click.option("--crs", help="System of the file's coordinates. Default: what the file says.")
@click.option("--workers", type=click.IntRange(min=1), help="Beats to make; with --at-most as many as today.")
@click.option(
    "--weights",
    metavar="COLUMN=WEIGHT,…",
    help="What to balance, e.g. households=2,incidents=1. Default: the number of grids.",
)
@click.option("--street", help="Column that a beat may not leave. Default: the street in the grid's code.")
@click.option("--today", help="Column of today's beats, which are changed as little as pays.")
@click.option(
    "--at-most", type=click.IntRange(min=0), metavar="GRIDS", help="Balance again, moving so many at most."
)
@click.option("--lock", multiple=True, metavar="GRID", help="Grid that stays in today's beat; repeatable.")
@click.option("--kind", help="Column of the grids' types; like ones are kept together.")
@_weight("--change", "few grids in another beat than today.")
@_weight("--types-weight", "few unlike neighbours in one beat.")
@_searching
@click.option(
    "--out", type=OutFile(), required=True, help="The grids with the columns beat, load and beat_load."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def beats(grids: Path | None, division: str | None, crs: str | None, **given: Any) -> None:
    """Group grids into one beat a worker: in one piece, inside a street, of about equal load.

    Ctrl-C ends the search and keeps the best so far.

    \b
    gridgis plan beats --grids grids.parquet --workers 400 --weights households=1 --out beats.gpkg
    gridgis plan beats --division 440303 --workers 60 --weights minutes=2,roads_m=1 --out beats.geojson
    gridgis plan beats --grids beats.gpkg --today beat --at-most 20 --weights households=1 --out again.gpkg
    """  # noqa: D301 - \b keeps click from rewrapping the examples
    if bool(grids) == bool(division):
        raise click.UsageError("give either --grids or --division")
    writable_format(given["out"])
    config = Config.from_environment()
    loaded, found_lines = (
        (read_polygons(grids, crs), Lines()) if grids else _of_division(config, str(division), given)
    )
    wish = beats_service.Wish(
        shares=_weights(given["weights"]),
        street=given["street"],
        kind=given["kind"],
        today=given["today"],
        locked=given["lock"],
        at_most=given["at_most"],
        tolerance=given["tolerance"],
        lines=_lines(given) if grids else found_lines,
    )
    task = beats_service.task(loaded, given["workers"], config, wish)
    for obstacle in task.obstacles:
        click.echo(f"note: {obstacle.sentence}", err=True)
    weights = Weights(
        compactness=given["compactness"],
        roads=given["roads_weight"],
        change=given["change"],
        types=given["types_weight"],
    )
    found = _searched(
        task.search(seed=given["seed"], weights=weights, tolerance=given["tolerance"], effort=given["effort"])
    )
    task.write(found, given["out"])
    facts = {
        "grids": len(task.codes),
        "beats": len(task.beat_names()),
        "notes": [obstacle.sentence for obstacle in task.obstacles],
    }
    _print_figures(facts, found, task.measures(found), as_json=given["as_json"])


@click.command()
@click.option("--buildings", type=_FILE, required=True, help="File of building polygons.")
@click.option("--within", required=True, help="File of outlines, or the code of a division in the database.")
@click.option("--crs", help="System of the buildings' coordinates. Default: what the file says.")
@click.option("--households", type=Amount(min=1), default=300.0, show_default=True, help="In a grid, about.")
@click.option(
    "--flag-beyond",
    type=Amount(min=0),
    default=0.2,
    show_default=True,
    help="List grids that are further from --households, as a share of it.",
)
@click.option(
    "--floor-area",
    type=Amount(min=1),
    metavar="M2",
    help="Estimate households: so many square metres of floor each, from floors and footprint.",
)
@_searching
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    help="Communities divided at a time. Default: as many as processors. The grids are the same.",
)
@click.option("--out", type=OutFile(), required=True, help="The grids, with code, households and buildings.")
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
    outlines = read_outlines(Path(within)) if Path(within).is_file() else communities(config, within)
    houses = read_polygons(buildings, crs)
    households = designing.households_of(houses, given["floor_area"], config)
    todo = designing.places(outlines, houses, households, _lines(given))
    wish = designing.Wish(
        households=given["households"],
        tolerance=given["tolerance"],
        seed=given["seed"],
        effort=given["effort"],
        weights=Weights(compactness=given["compactness"], roads=given["roads_weight"]),
    )
    results = (
        [_one_design(todo[0], wish, config)]
        if len(todo) == 1
        else _all_designs(todo, wish, config, given["processes"])
    )
    designing.write(results, given["out"])
    off = designing.off_target(results, given["households"], given["flag_beyond"])
    _print_designs(results, off, as_json=given["as_json"])
    if not given["as_json"]:
        _print_off_target(off, given["households"], given["flag_beyond"])


def _one_design(place: designing.Place, wish: designing.Wish, config: Config) -> Divided:
    ground = designing.prepared(place, wish, config.metric_srid)
    for obstacle in ground.obstacles:
        click.echo(f"note: {obstacle.sentence}", err=True)
    return designing.divided(ground, _searched(designing.searched(ground, wish)), config.metric_srid)


def _all_designs(
    todo: list[designing.Place], wish: designing.Wish, config: Config, processes: int | None
) -> list[Divided]:
    results: list[Divided] = []
    with tqdm(total=len(todo), unit=" communities", disable=None) as bar:

        def done(result: Divided) -> None:
            results.append(result)
            bar.update()

        try:
            designing.design_all(todo, wish, config.metric_srid, done, processes)
        except KeyboardInterrupt:
            if not results:
                raise
            click.echo(f"stopped; {len(results)} of {len(todo)} communities are done and kept", err=True)
    return results


def _print_off_target(off: list[OffTarget], target: float, beyond: float) -> None:
    """Print the grids that hold too many or too few households, the furthest first."""
    more = f" and {len(off) - _MOST_LISTED:,} more" if len(off) > _MOST_LISTED else ""
    listed = ", ".join(f"{one.name} {one.households:,.0f} ({one.share:+.0%})" for one in off[:_MOST_LISTED])
    head = f"{len(off):,} grids are more than {beyond:.0%} off {target:g} households"
    click.echo(f"{head}: {listed}{more}" if off else head)


def _print_designs(results: list[Divided], off: list[OffTarget], *, as_json: bool) -> None:
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
        told = {"communities": communities, "off_target": [one._asdict() for one in off]}
        click.echo(json.dumps(told, ensure_ascii=False))
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


def _lines(given: dict[str, Any]) -> Lines:
    return line_files.read_lines(given["roads"], given["water"], given["barriers"], given["cut_classes"])


def _of_division(config: Config, division: str, given: dict[str, Any]) -> tuple[PolygonFile, Lines]:
    """Return a division's grids with the roads around them, beside the lines of files."""
    files = line_files.read_lines(given["roads"], given["water"], given["barriers"], ())
    with (
        connected(config, name="gridgis plan beats") as engine,
        transaction(engine, read_only=True) as session,
    ):
        return beats_service.standing(session, division, given["cut_classes"], files)


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


def communities(config: Config, division: str | None) -> dict[str, Any]:
    """Return code -> outline of the communities in a division of the database; none without a division."""
    if division is None:
        return {}
    with connected(config, name="gridgis plan") as engine, transaction(engine, read_only=True) as session:
        return plan_files.outlines_of_division(session, division)
