"""Minutes that a worker spends on one incident, by class, from the city's own history."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

#: Weeks of incidents that are looked at: a whole turn of the seasons.
HISTORY_WEEKS = 52
#: Fewer times than these say nothing about a class.
LEAST_TIMED = 20
#: From report to closing a worker waits and does other things as well; no median counts for more than this.
MOST_MIN = 30.0
#: What the city's mix of classes is believed to know about a grid's, in incidents of its own.
CITY_INCIDENTS = 20.0


def timed_parts(own: ArrayLike, city: ArrayLike, timed: ArrayLike, median_min: ArrayLike) -> Floats:
    """Return what classes with a median of their own have of one incident: their share, and their minutes.

    With n incidents of its own and k = `CITY_INCIDENTS`, the share of a class in a grid is (own of the class
    + k x its share in the city) / (n + k). The rest of one incident, 1 - share, is of classes that fewer than
    `LEAST_TIMED` times are known of.

    Parameters
    ----------
    own
        (grids, classes) incidents of the last `HISTORY_WEEKS`.
    city
        (classes) the same of the whole city.
    timed, median_min
        (classes) how many times are known, and their median, which counts for at most `MOST_MIN`.

    Returns
    -------
    (2, grids) shares, and minutes: the mean over the mix, the other classes counting nothing.
    """
    counts, of_city = np.asarray(own, dtype=np.float64), np.asarray(city, dtype=np.float64)
    if not of_city.sum():
        return np.zeros((2, len(counts)))
    known = np.asarray(timed) >= LEAST_TIMED
    each = np.minimum(np.asarray(median_min, dtype=np.float64)[known], MOST_MIN)
    shares = counts + CITY_INCIDENTS * of_city / of_city.sum()
    shares = shares[:, known] / (counts.sum(axis=1, keepdims=True) + CITY_INCIDENTS)
    return np.stack((shares.sum(axis=1), shares @ each))


def timed_parts_of(codes: NDArray[Any], classes: pa.Table, times: pa.Table) -> Floats:
    """Return `timed_parts` of some grids, ascending, from tables.

    Parameters
    ----------
    classes
        grid_code, kind, class_prefix, incidents: of these grids or more.
    times
        kind, class_prefix, incidents, timed, median_min of the city; other classes are left out.
    """
    keys = [*zip(times["kind"].to_pylist(), times["class_prefix"].to_pylist(), strict=True)]
    column_of, row_of = {key: k for k, key in enumerate(keys)}, {code: k for k, code in enumerate(codes)}
    own = np.zeros((len(codes), len(keys)))
    rows = (classes[name].to_pylist() for name in ("grid_code", "kind", "class_prefix", "incidents"))
    for code, kind, prefix, incidents in zip(*rows, strict=True):
        row, column = row_of.get(code), column_of.get((kind, prefix))
        if row is not None and column is not None:
            own[row, column] = incidents
    return timed_parts(own, *(times[name].to_numpy() for name in ("incidents", "timed", "median_min")))
