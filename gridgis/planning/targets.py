"""Whether grids hold the households they are to hold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class OffTarget(NamedTuple):
    """A grid that holds too many or too few: `share` is its difference from the target, of the target."""

    name: str
    households: float
    share: float


def off_target(
    names: ArrayLike, households: ArrayLike, target: float, tolerance: float = 0.2
) -> list[OffTarget]:
    """Return the grids whose households are further from the target than is tolerated, the furthest first.

    Parameters
    ----------
    names, households
        Of each grid.
    tolerance
        As a share of the target; a grid just as far is within it.
    """
    labels, held = np.asarray(names, dtype=object), np.asarray(households, dtype=np.float64)
    share = held / target - 1
    # a grid of 240 for a target of 300 is 0.2 off, give or take the last bit
    beyond = np.flatnonzero(np.abs(share) > tolerance + 1e-9)
    order = beyond[np.argsort(-np.abs(share[beyond]), kind="stable")]
    return [OffTarget(str(labels[k]), float(held[k]), float(share[k])) for k in order]
