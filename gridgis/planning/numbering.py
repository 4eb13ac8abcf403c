"""Numbering the grids of a community: west to east, then north to south (STANDARDS section 4).

Applied once, when a community is first published; later plans keep the numbers and continue after them
(`gridgis.codes.grids.mint`).
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgis.errors import InvalidInput


def sequence_numbers(polygons: Any, communities: Any = None) -> NDArray[np.int64]:
    """Return the number of each grid within its community, counted from 1.

    Grids are taken in rows whose height is the square root of the community's median grid area, counted
    from its northern edge by each grid's point on surface; inside a row from west to east. Ties are broken
    by the more northern point, then by the bytes of the normalised geometry, so that the order in which
    the grids are given does not matter.

    Parameters
    ----------
    polygons
        Array of n shapely polygons in the city's metric CRS.
    communities
        Array of n community codes; without it all grids are of one community.

    Returns
    -------
    numpy.ndarray
        n integers, aligned with `polygons`. A number above what a grid code has room for is given all the
        same; building the code refuses it and names the community.

    Raises
    ------
    InvalidInput
        A missing, empty or non-polygonal geometry, or arrays of different lengths.
    """
    geometries = np.asarray(polygons, dtype=object)
    owners = np.zeros(len(geometries), dtype=np.int64) if communities is None else np.asarray(communities)
    _check(geometries, owners)
    _, group = np.unique(owners, return_inverse=True)
    points = shapely.get_coordinates(shapely.point_on_surface(geometries))
    x, y = points[:, 0], points[:, 1]
    rows = _rows(geometries, group, y)
    order = np.lexsort((-y, x, rows, group))
    _break_ties(order, geometries, np.column_stack((group, rows, x, y)))
    sizes = np.bincount(group)
    firsts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = np.arange(len(order)) - firsts + 1
    return numbers


def _check(geometries: NDArray[Any], owners: NDArray[Any]) -> None:
    if geometries.shape != owners.shape or geometries.ndim != 1:
        raise InvalidInput(
            f"{geometries.shape} grids and {owners.shape} communities; two equal rows are expected"
        )
    polygonal = np.isin(shapely.get_type_id(geometries), (3, 6))
    faulty = np.flatnonzero(~polygonal | shapely.is_empty(geometries) | ~(shapely.area(geometries) > 0))
    if len(faulty):
        raise InvalidInput(
            f"grid at position {faulty[0]} is not a polygon with an area; each grid must be one"
        )


def _rows(geometries: NDArray[Any], group: NDArray[np.int64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the row of each grid in its community, 0 at the northern edge."""
    by_group = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[by_group], np.arange(group.max(initial=-1) + 1))
    areas = np.split(shapely.area(geometries)[by_group], starts[1:])
    tops = np.split(shapely.bounds(geometries)[by_group, 3], starts[1:])
    heights = np.sqrt([np.median(values) for values in areas if len(values)])
    norths = np.array([values.max() for values in tops if len(values)])
    return np.floor((norths[group] - y) / heights[group]) if len(group) else np.empty(0)


def _break_ties(order: NDArray[np.int64], geometries: NDArray[Any], keys: NDArray[np.float64]) -> None:
    """Put grids whose keys are all equal, which overlapping grids can be, into the order of their WKB."""
    equal = np.flatnonzero((keys[order[1:]] == keys[order[:-1]]).all(axis=1))
    for _, run in groupby(enumerate(equal), key=lambda item: item[1] - item[0]):
        places = [int(place) for _, place in run]
        tied = order[places[0] : places[-1] + 2]
        wkb = shapely.to_wkb(shapely.normalize(geometries[tied]), byte_order=1)
        order[places[0] : places[-1] + 2] = tied[sorted(range(len(tied)), key=lambda i: wkb[i])]
