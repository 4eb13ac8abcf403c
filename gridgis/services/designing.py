"""Designing grids: communities divided by the households of their buildings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gridgis.codes import divisions, grids
from gridgis.config import Config
from gridgis.errors import InvalidInput
from gridgis.formats.copying import write_chunks
from gridgis.geometry.measurement import area_m2
from gridgis.geometry.stitching import stitched
from gridgis.planning import targets
from gridgis.planning.barriers import Lines
from gridgis.planning.design import Progress, Weights
from gridgis.planning.dividing import Divided, Ground, divided, ground
from gridgis.planning.households import estimated_households
from gridgis.planning.targets import OffTarget
from gridgis.services.polygon_files import PolygonFile

Objects = NDArray[Any]

#: Columns of floors, heights and uses, as registers and OpenStreetMap call them.
_FLOORS, _HEIGHTS, _USES = (
    ("floors", "levels", "building:levels"),
    ("height_m", "height"),
    ("use", "building"),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the grids shall be like.

    Attributes
    ----------
    households
        About how many a grid shall hold.
    tolerance, seed, effort, weights
        See `planning.design.designs`.
    """

    households: float
    tolerance: float
    seed: int
    effort: float
    weights: Weights


@dataclass(frozen=True, slots=True)
class Place:
    """A community to be divided: its outline, and what stands in it (EPSG:4326)."""

    code: str
    outline: shapely.Geometry
    buildings: Objects
    households: NDArray[np.float64]
    lines: Lines


def households_of(buildings: PolygonFile, floor_m2: float | None, config: Config) -> NDArray[np.float64]:
    """Return the households of buildings: their column, or an estimate from floors and footprint.

    Parameters
    ----------
    floor_m2
        Floor area per household to estimate with; ``None`` reads the column ``households``.

    Raises
    ------
    InvalidInput
        The column is not there or not of numbers.
    """
    if floor_m2 is None:
        if "households" not in buildings.table.column_names:
            raise InvalidInput(
                f"{buildings.name} has no column households; give --floor-area, the square metres of floor"
                " per household, to estimate them from floors and footprint",
                field="buildings",
            )
        return buildings.numbers("households")

    use = _labels(buildings, _USES)
    return estimated_households(
        area_m2(buildings.polygons, config.metric_srid),
        _numbers(_labels(buildings, _FLOORS)),
        _numbers(_labels(buildings, _HEIGHTS)),
        use,
        floor_m2=floor_m2,
    )


def _labels(buildings: PolygonFile, names: Sequence[str]) -> NDArray[Any]:
    """Return the first of some columns that is there as text; all empty where none is."""
    found = next((name for name in names if name in buildings.table.column_names), None)
    return np.full(len(buildings.polygons), None) if found is None else buildings.labels(found)


def _numbers(labels: NDArray[Any]) -> NDArray[np.float64]:
    """Return texts as numbers, NaN where they are none, as tags of volunteers often are."""
    return pd.to_numeric(pd.Series(labels, dtype=object), errors="coerce").to_numpy(dtype=np.float64)


def places(
    outlines: Mapping[str, Any], buildings: PolygonFile, households: NDArray[np.float64], lines: Lines
) -> list[Place]:
    """Return the communities with the buildings whose point on surface lies in each, and the lines near.

    A building in none of them is left out; of several communities the first by code has it.
    """
    codes = sorted(outlines)
    shapes = np.array([outlines[code] for code in codes], dtype=object)
    home = np.full(len(buildings.polygons), len(codes), dtype=np.int64)
    points = shapely.point_on_surface(buildings.polygons)
    np.minimum.at(home, *shapely.STRtree(shapes).query(points, predicate="intersects"))
    rows = np.split(np.argsort(home, kind="stable"), np.cumsum(np.bincount(home, minlength=len(codes)))[:-1])
    trees = [(kind, shapely.STRtree(kind)) for kind in lines]
    return [
        Place(
            code,
            shape,
            buildings.polygons[own],
            households[own],
            Lines(*(kind[tree.query(shape, "intersects")] for kind, tree in trees)),
        )
        for code, shape, own in zip(codes, shapes, rows[: len(codes)], strict=True)
    ]


def prepared(place: Place, wish: Wish, srid: int) -> Ground:
    """Return a community ready to be searched.

    Raises
    ------
    InvalidInput
        It would have more grids than its codes have numbers for.
    """
    found = ground(
        place.code, place.outline, place.buildings, place.households, place.lines,
        target=wish.households, tolerance=wish.tolerance, srid=srid,
    )  # fmt: skip
    _code(place.code, found.zones)  # the last of its grids, before hours are spent on them
    return found


def searched(place: Ground, wish: Wish) -> Iterator[Progress]:
    """Yield better and better divisions of a community; stop whenever one is good enough."""
    return place.search(seed=wish.seed, weights=wish.weights, tolerance=wish.tolerance, effort=wish.effort)


def design_one(place: Place, wish: Wish, srid: int) -> Divided:
    """Divide a community, to the end of the search."""
    prepared_place = prepared(place, wish, srid)
    *_, best = searched(prepared_place, wish)
    return divided(prepared_place, best, srid)


def design_all(
    todo: Sequence[Place],
    wish: Wish,
    srid: int,
    done: Callable[[Divided], None],
    processes: int | None = None,
) -> None:
    """Divide communities and hand over each in order.

    Each is searched by itself, so the results do not depend on how many are divided at a time.

    Parameters
    ----------
    processes
        As many are divided at a time; ``None``: as there are processors.
    """
    at_a_time = min(processes or os.cpu_count() or 1, len(todo))
    # a forked process would have the memory of this one, a city of buildings, and whatever its threads lock
    with ProcessPoolExecutor(max_workers=at_a_time, mp_context=get_context("spawn")) as pool:
        try:
            for result in pool.map(partial(design_one, wish=wish, srid=srid), todo):
                done(result)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def write(results: Sequence[Divided], path: Path) -> None:
    """Write grids with the columns code, households, buildings; borders between communities are shared too.

    Raises
    ------
    InvalidInput
        A community has more grids than its codes have numbers for.
    """
    rows = [
        {"code": _code(item.community, k + 1), "households": float(h), "buildings": int(b)}
        for item in results
        for k, (h, b) in enumerate(zip(item.households, item.buildings, strict=True))
    ]
    polygons = stitched(np.concatenate([item.polygons for item in results]))
    write_chunks(path, [(pa.Table.from_pylist(rows), polygons)], crs="EPSG:4326")


def off_target(results: Sequence[Divided], target: float, beyond: float) -> list[OffTarget]:
    """Return the grids, by their codes, that are more than a share off a target, the furthest first."""
    codes = [_code(item.community, k + 1) for item in results for k in range(len(item.polygons))]
    return targets.off_target(codes, np.concatenate([item.households for item in results]), target, beyond)


def _code(community: str, number: int) -> str:
    whole = divisions.is_division_code(community) and len(community) == divisions.WIDTHS["community"]
    return grids.build(community, number) if whole else f"{community}-{number:03d}"
