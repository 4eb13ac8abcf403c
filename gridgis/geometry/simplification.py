"""Simplifying neighbours together, so that what they share stays shared."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely


def simplified(shapes: np.ndarray, tolerance: float) -> np.ndarray:
    """Simplify polygons as one coverage: an edge that two of them share is simplified once for both.

    Parameters
    ----------
    shapes
        Polygons or multipolygons, shape (n,), in any planar CRS. Where they are not a coverage (gaps,
        overlaps, unshared vertices) those edges are simplified each for itself.
    tolerance
        In units of the CRS: roughly, corners whose triangle is smaller than its square go
        (Visvalingam-Whyatt; GEOS CoverageSimplifier). Points where three meet always stay.

    Returns
    -------
    numpy.ndarray
        As many shapes in the same order. One that would vanish is returned as it was.
    """
    if not len(shapes):
        return shapes
    result = shapely.coverage_simplify(shapes, tolerance)
    lost = shapely.is_empty(result) | ~shapely.is_valid(result)
    return np.where(lost, shapes, result)


def dissolved(shapes: np.ndarray) -> Any:
    """Return the union of neighbours: fast for a coverage, exact for anything else."""
    # without noding, what overlaps would be kept as it is, side by side
    if shapely.coverage_is_valid(shapes):
        return shapely.coverage_union_all(shapes)
    return shapely.union_all(shapes)
