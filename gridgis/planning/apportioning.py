"""What lies in grids that are being drawn: counted by points, or shared out of today's figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

Objects = NDArray[Any]
Floats = NDArray[np.float64]

#: What is counted, point by point, and the layer whose points carry it.
COUNTED = {
    "buildings": "buildings",
    "households": "buildings",
    "population": "buildings",
    "firms": "buildings",
    "components": "components",
    "incidents": "incidents",
}
#: What a grid in force hands on in shares, and by what: the points of a layer, its roads, or its ground.
SHARED = {
    "buildings_a_week": "buildings",
    "components_a_week": "components",
    "incidents_a_week": "incidents",
    "timed_a_week": "incidents",
    "timed_min_a_week": "incidents",
    "roads_m": "roads",
    "bare_m2": "ground",
    "tour_m": "ground",
}


@dataclass(frozen=True, slots=True)
class Points:
    """The things of one layer.

    Attributes
    ----------
    points
        EPSG:4326.
    home
        Row of the grid in force that each stands in, negative for none.
    amounts
        Counted figure -> number of each.
    """

    points: Objects
    home: NDArray[np.int64]
    amounts: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Today:
    """The grids in force that new ones lie on.

    Attributes
    ----------
    polygons
        EPSG:4326.
    burdens
        Shared figure -> value of each; NaN where none is stored.
    """

    polygons: Objects
    burdens: Mapping[str, Floats]


def apportioned(
    polygons: ArrayLike, today: Today, layers: Mapping[str, Points], roads: Sequence[shapely.Geometry]
) -> dict[str, Floats]:
    """Return the figures of new grids, by name.

    A point belongs to the first of the polygons that covers it (as the lowest code has it in force). Of a
    shared figure each new grid gets the part that it has of the grid in force: of its points, of the metres
    of road (a road on a border counts half), or, where it has none of these, of its ground. The parts of a
    grid that is divided sum to the whole.

    Parameters
    ----------
    polygons
        EPSG:4326.
    layers
        The points of `buildings`, `components` and `incidents`; all that stand in the grids of `today`.
    roads
        At least those that meet the polygons.
    """
    shapes = np.asarray(polygons, dtype=object)
    owner = {name: _owners(shapes, layer.points) for name, layer in layers.items()}
    figures = {
        name: _sums(owner[layer] + 1, layers[layer].amounts[name], len(shapes) + 1)[1:]
        for name, layer in COUNTED.items()
    }
    new, old = shapely.STRtree(today.polygons).query(shapes, predicate="intersects")
    common = shapely.intersection(shapes[new], today.polygons[old])
    overlap = shapely.area(common) > 0  # what only meets has no part, whatever runs along the border
    new, old, common = new[overlap], old[overlap], common[overlap]
    ground = _parts(shapely.area(common), shapely.area(today.polygons)[old])
    shares = {"ground": ground, "roads": _or_else(*_roads(common, today.polygons, old, roads), ground)}
    for name, layer in layers.items():
        stand = np.bincount(layer.home + 1, minlength=len(today.polygons) + 1)[1:]
        pairs = _pairs(owner[name] * len(today.polygons) + layer.home, owner[name] >= 0, layer.home >= 0)
        shares[name] = _or_else(_counted(pairs, new * len(today.polygons) + old), stand[old], ground)
    for name, by in SHARED.items():
        had = shares[by] > 0
        figures[name] = _sums(new[had], today.burdens[name][old[had]] * shares[by][had], len(shapes))
    return figures


def _sums(rows: NDArray[np.int64], values: Floats, size: int) -> Floats:
    return np.bincount(rows, values, size).astype(np.float64)


def _owners(shapes: Objects, points: Objects) -> NDArray[np.int64]:
    owner = np.full(len(points), len(shapes), dtype=np.int64)
    shape, point = shapely.STRtree(points).query(shapes, predicate="covers")
    np.minimum.at(owner, point, shape)
    return np.where(owner == len(shapes), -1, owner)


def _pairs(
    numbers: NDArray[np.int64], *known: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each pair of new and old grid, as one number, that a point belongs to, and how many points."""
    return np.unique(numbers[np.logical_and.reduce(known)], return_counts=True)


def _counted(pairs: tuple[NDArray[np.int64], NDArray[np.int64]], wanted: NDArray[np.int64]) -> Floats:
    found, counts = pairs
    if not len(found):
        return np.zeros(len(wanted))
    place = np.minimum(np.searchsorted(found, wanted), len(found) - 1)
    return np.where(found[place] == wanted, counts[place], 0).astype(np.float64)


def _roads(
    common: Objects, today: Objects, old: NDArray[np.int64], roads: Sequence[shapely.Geometry]
) -> tuple[Floats, Floats]:
    if not len(roads):
        return np.zeros(len(old)), np.zeros(len(old))
    network = shapely.union_all(np.asarray(roads, dtype=object))
    return _inside(network, common), _inside(network, today)[old]


def _inside(network: shapely.Geometry, polygons: Objects) -> Floats:
    """Return degrees of road in polygons, those on a border half."""
    shapely.prepare(network)
    along = shapely.intersection(network, shapely.boundary(polygons))
    whole = shapely.intersection(network, polygons)
    return np.asarray(shapely.length(whole) - shapely.length(along) / 2, dtype=np.float64)


def _parts(part: Floats, whole: ArrayLike) -> Floats:
    whole = np.asarray(whole, dtype=np.float64)
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _or_else(part: Floats, whole: ArrayLike, otherwise: Floats) -> Floats:
    return np.where(np.asarray(whole) > 0, _parts(part, whole), otherwise)
