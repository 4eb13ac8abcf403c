"""Lattices of squares as units: small, and with optima that are known."""

from __future__ import annotations

import numpy as np
import shapely

from gridgis.geometry.adjacency import Adjacency
from gridgis.planning.partition import units_from


def lattice(across, down, load=None):
    """Squares of one metre, numbered row by row."""
    number = np.arange(across * down).reshape(down, across)
    pairs = np.concatenate(
        (
            np.column_stack((number[:, :-1].ravel(), number[:, 1:].ravel())),
            np.column_stack((number[:-1].ravel(), number[1:].ravel())),
        )
    )
    ones = np.ones(across * down)
    return units_from(
        Adjacency(pairs[:, 0], pairs[:, 1], np.ones(len(pairs))),
        load=ones if load is None else load,
        area_m2=ones,
        around_m=4 * ones,
    )


def outlines(across, zone):
    """The zones of a lattice as polygons, to measure independently."""
    squares = [
        shapely.box(k % across, k // across, k % across + 1, k // across + 1) for k in range(len(zone))
    ]
    return [
        shapely.union_all([s for s, z in zip(squares, zone, strict=True) if z == number])
        for number in range(max(zone) + 1)
    ]
