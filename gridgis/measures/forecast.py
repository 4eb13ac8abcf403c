"""How many incidents next week will bring to each grid, from its own past and its neighbours'."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridgis.errors import InvalidInput

Floats = NDArray[np.float64]

#: What the neighbours are believed to know about a grid, in weeks of its own past.
NEIGHBOUR_WEEKS = 4.0


def weekly_rate(counts: ArrayLike, one: ArrayLike, other: ArrayLike) -> Floats:
    """Return what to expect of a week in each grid: the mean of its past, drawn to that of its surroundings.

    With W weeks of own past and k = `NEIGHBOUR_WEEKS` it is (own total + k m) / (W + k), m being the weekly
    mean of the grid and its neighbours: the posterior mean of a Poisson rate whose gamma prior has mean m and
    weighs k weeks. Whole weeks hold each weekday once, so that no weekday needs a weight of its own.

    Parameters
    ----------
    counts
        (grids, weeks) incidents, or minutes, of whole weeks.
    one, other
        Pairs of neighbours, rows, each once.

    Raises
    ------
    InvalidInput
        There is no week to learn from.
    """
    past = np.asarray(counts, dtype=np.float64)
    if past.ndim != 2 or not past.shape[1]:
        raise InvalidInput("a forecast needs counts of at least one whole week", field="weeks")
    grids, weeks = past.shape
    a, b = np.asarray(one, dtype=np.int64), np.asarray(other, dtype=np.int64)
    own = past.sum(axis=1)
    around = own + np.bincount(a, own[b], grids) + np.bincount(b, own[a], grids)
    size = 1 + np.bincount(a, minlength=grids) + np.bincount(b, minlength=grids)
    mean = around / size / weeks
    return np.asarray((own + NEIGHBOUR_WEEKS * mean) / (weeks + NEIGHBOUR_WEEKS))


def mean_absolute_error(forecast: ArrayLike, came: ArrayLike) -> float:
    """Return how far a forecast was off, on the average of all grids."""
    return float(np.abs(np.asarray(forecast, dtype=np.float64) - np.asarray(came, dtype=np.float64)).mean())
