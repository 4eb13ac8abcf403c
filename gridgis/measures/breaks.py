"""Class breaks of a choropleth; web/js/geo/breaks.js draws the same ones on the live map."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence


def quantile_breaks(values: Iterable[float], classes: int) -> list[float]:
    """Return the inclusive upper ends of at most `classes` classes over positive values, ascending.

    Each break is a value that occurs, so that equal values share a class, and no class is empty. Few
    distinct values get one class each; no values, no breaks. After each break what is left is shared
    anew, so a value that fills half the areas does not empty the classes behind it.
    """
    ordered = sorted(values)
    distinct = sorted(set(ordered))
    if len(distinct) <= classes:
        return distinct
    breaks: list[float] = []
    begun = 0
    for k in range(classes - 1):
        target = begun + (len(ordered) - begun) / (classes - k)
        end = max(begun, math.floor(target + 0.5) - 1)
        value = ordered[end]
        while end + 1 < len(ordered) and ordered[end + 1] == value:
            end += 1
        if end + 1 >= len(ordered):
            break
        breaks.append(value)
        begun = end + 1
    breaks.append(ordered[-1])
    return breaks


def class_of(value: float, breaks: Sequence[float]) -> int:
    """Return the class of a value: 1 for the first, 0 for none (zero, or above the last break)."""
    if not value > 0:
        return 0
    place = bisect_left(breaks, value)
    return 0 if place == len(breaks) else place + 1
