"""Repair of single geometries, saying what was done and how much area it changed; knows no layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridgis.geometry.measurement import area_m2

Objects = NDArray[Any]

#: Dimension of the parts that are kept, by what a layer wants.
_DIMENSION = {"point": 0, "line": 1, "polygon": 2}


@dataclass(slots=True)
class Repaired:
    """The outcome of `repair`, row by row.

    Attributes
    ----------
    geometries
        Valid geometries of the kind asked for, 2-D, exterior rings anticlockwise (RFC 7946, 3.1.6);
        ``None`` where nothing of that kind was left.
    actions
        Per row the things done, in order; empty where the geometry was good as it stood. Dropping Z,
        turning rings and unwrapping a single part change nothing on the map; the others do.
    area_change_m2
        Area after less area before, in the metric CRS; 0 where nothing was done. Of an invalid polygon
        the area before is the one its rings enclose by the shoelace formula, which counts a bow-tie's
        two halves against each other.
    reasons
        Why a row was invalid, in the words of GEOS with the place; "" where it was valid.
    """

    geometries: Objects
    actions: list[list[str]]
    area_change_m2: NDArray[np.float64]
    reasons: Objects


def repair(geometries: ArrayLike, kind: str, srid: int) -> Repaired:
    """Return valid 2-D geometries of one kind, with what was done to each.

    Parameters
    ----------
    geometries
        EPSG:4326; ``None`` and empty are allowed and give ``None``.
    kind
        ``point``, ``line``, ``polygon`` (what is left over of other dimensions is dropped) or ``any``.
    srid
        Metric CRS in which the change of area is measured.
    """
    given = np.asarray(geometries, dtype=object)
    actions: list[list[str]] = [[] for _ in given]
    current = _without(given, shapely.is_empty(given))
    current = _step(current, shapely.has_z(current), shapely.force_2d, "dropped Z", actions)
    current = _finite(current, actions)
    invalid = ~shapely.is_valid(current) & ~shapely.is_missing(current)
    reasons = np.where(invalid, shapely.is_valid_reason(current), "")
    current = _step(current, invalid, _make_valid, "made valid", actions)
    if kind != "any":
        current = _kept(current, _DIMENSION[kind], actions)
    current = _without(current, shapely.is_empty(current))  # collapsed
    current = _unwrapped(current, actions)
    current = _oriented(current, actions)
    changed = np.array([any(act in _CHANGING for act in row) for row in actions], dtype=bool)
    return Repaired(current, actions, _area_change(given, current, changed, srid), reasons)


#: Actions that may change what the geometry covers.
_CHANGING = frozenset(
    {
        "made valid",
        "kept the polygons",
        "kept the lines",
        "kept the points",
        "has a coordinate that is no number",
    }
)


def _step(
    current: Objects,
    rows: NDArray[np.bool_],
    repair_of: Callable[[Objects], Objects],
    action: str,
    actions: list[list[str]],
) -> Objects:
    if rows.any():
        current = current.copy()
        current[rows] = repair_of(current[rows])
        _note(rows, action, actions)
    return current


def _without(current: Objects, rows: NDArray[np.bool_]) -> Objects:
    current = current.copy()
    current[rows] = None
    return current


def _note(rows: NDArray[np.bool_], action: str, actions: list[list[str]]) -> None:
    for row in np.flatnonzero(rows):
        actions[row].append(action)


def _finite(current: Objects, actions: list[list[str]]) -> Objects:
    """Give up on geometries with NaN or infinite coordinates: no repair can know what was meant."""
    coordinates, rows = shapely.get_coordinates(current, return_index=True)
    lost = np.zeros(len(current), dtype=bool)
    lost[rows[~np.isfinite(coordinates).all(axis=1)]] = True
    _note(lost, "has a coordinate that is no number", actions)
    return _without(current, lost)


def _make_valid(geometries: Objects) -> Objects:
    # "structure" keeps ground that a ring goes round twice; "linework" would cut a hole there
    return shapely.make_valid(geometries, method="structure", keep_collapsed=False)


def _kept(current: Objects, dimension: int, actions: list[list[str]]) -> Objects:
    """Keep the parts of one dimension."""
    mixed = (shapely.get_type_id(current) == shapely.GeometryType.GEOMETRYCOLLECTION) & ~shapely.is_missing(
        current
    )
    other = (shapely.get_dimensions(current) != dimension) & ~shapely.is_missing(current)
    names = {0: "points", 1: "lines", 2: "polygons"}
    collect = {0: shapely.multipoints, 1: shapely.multilinestrings, 2: shapely.multipolygons}[dimension]
    out = current.copy()
    for row in np.flatnonzero(mixed | other):
        parts = _leaves(current[row])
        parts = parts[shapely.get_dimensions(parts) == dimension]
        out[row] = collect(parts) if len(parts) else None
        if dimension == 2 and len(parts) > 1:
            out[row] = shapely.union_all(parts)
    _note(mixed | other, f"kept the {names[dimension]}", actions)
    return out


def _leaves(geometry: shapely.Geometry) -> Objects:
    parts = np.array([geometry], dtype=object)
    while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts = shapely.get_parts(parts)
    return parts


def _unwrapped(current: Objects, actions: list[list[str]]) -> Objects:
    """Take a single part out of its Multi wrapping."""
    single = (shapely.get_type_id(current) >= shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(current) == 1
    )
    return _step(
        current, single, lambda rows: shapely.get_geometry(rows, 0), "unwrapped the single part", actions
    )


def _oriented(current: Objects, actions: list[list[str]]) -> Objects:
    turned = shapely.orient_polygons(current, exterior_cw=False)
    changed = ~shapely.equals_identical(turned, current) & ~shapely.is_missing(current)
    _note(changed, "turned rings", actions)
    return np.where(changed, turned, current)


def _area_change(
    given: Objects, after: Objects, changed: NDArray[np.bool_], srid: int
) -> NDArray[np.float64]:
    change = np.zeros(len(given))
    if changed.any():
        was = np.nan_to_num(area_m2(given[changed], srid))
        change[changed] = np.nan_to_num(area_m2(after[changed], srid)) - was
    return change
