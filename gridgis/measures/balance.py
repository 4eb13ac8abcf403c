"""How evenly work is spread over workers, and which grids to move for it to be more even."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Balance:
    """Spread of minutes over workers; every figure is ``None`` where it divides by nothing.

    Attributes
    ----------
    max_to_mean
        The busiest worker's minutes over the mean.
    variation
        Coefficient of variation: standard deviation (of the population) over the mean.
    gini
        0 when all have the same, towards 1 when one has everything.
    """

    workers: int
    mean: float | None
    max_to_mean: float | None
    variation: float | None
    gini: float | None


def balance(minutes: ArrayLike) -> Balance:
    """Return the spread of minutes, one a worker."""
    load = np.sort(np.asarray(minutes, dtype=np.float64))
    if not len(load):
        return Balance(0, None, None, None, None)
    mean = float(load.mean())
    if mean == 0:
        return Balance(len(load), 0.0, None, None, None)
    rank = np.arange(1, len(load) + 1)
    gini = float(((2 * rank - len(load) - 1) * load).sum() / (len(load) ** 2 * mean))
    return Balance(len(load), mean, float(load[-1] / mean), float(load.std() / mean), gini)


@dataclass(frozen=True, slots=True)
class Move:
    """A grid to give to a neighbour: who has it, who would, and what the busier of the two saves."""

    grid: int
    giver: int
    taker: int
    minutes: float
    gain: float


def moves(
    minutes: ArrayLike, worker: ArrayLike, one: ArrayLike, other: ArrayLike, most: int = 20
) -> list[Move]:
    """Return single moves of a grid to a neighbouring beat that lower the larger load of the two.

    Each is judged by itself, as the roster stands; none empties a beat or tears one apart. They are
    suggestions: the planner decides.

    Parameters
    ----------
    minutes
        (grids,) of each grid.
    worker
        (grids,) index of its worker, negative where it has none.
    one, other
        Pairs of neighbouring grids, each once.
    most
        How many to return, the largest gain first.
    """
    work, who = np.asarray(minutes, dtype=np.float64), np.asarray(worker, dtype=np.int64)
    a, b = np.asarray(one, dtype=np.int64), np.asarray(other, dtype=np.int64)
    load = np.bincount(who[who >= 0], work[who >= 0], max(int(who.max(initial=-1)) + 1, 1))
    grid, beside = np.concatenate((a, b)), np.concatenate((b, a))
    giver, taker = who[grid], who[beside]
    better = (giver >= 0) & (taker >= 0) & (giver != taker)
    grid, giver, taker = grid[better], giver[better], taker[better]
    before = np.maximum(load[giver], load[taker])
    gain = before - np.maximum(load[giver] - work[grid], load[taker] + work[grid])
    order = np.lexsort((taker, grid, -gain))
    beats = _Beats(who, a, b)
    found: list[Move] = []
    seen: set[tuple[int, int]] = set()
    for k in order:
        if gain[k] <= 1e-9 or len(found) == most:
            break
        key = (int(grid[k]), int(taker[k]))
        if key in seen or not beats.holds_without(key[0]):
            continue
        seen.add(key)
        found.append(Move(key[0], int(giver[k]), key[1], float(work[grid[k]]), float(gain[k])))
    return found


class _Beats:
    """Which grids touch, to tell whether a beat stays in one piece."""

    def __init__(self, who: NDArray[np.int64], one: NDArray[np.int64], other: NDArray[np.int64]) -> None:
        self._beside: dict[int, list[int]] = {}
        same = who[one] == who[other]
        for a, b in zip(one[same].tolist(), other[same].tolist(), strict=True):
            self._beside.setdefault(a, []).append(b)
            self._beside.setdefault(b, []).append(a)
        order = np.argsort(who, kind="stable")
        self._grids = np.split(order, np.flatnonzero(np.diff(who[order])) + 1)
        self._of = {int(who[grids[0]]): grids.tolist() for grids in self._grids if len(grids)}
        self._who = who

    def holds_without(self, grid: int) -> bool:
        """Tell whether the beat of a grid is not empty and in one piece without it."""
        rest = [g for g in self._of[int(self._who[grid])] if g != grid]
        if not rest:
            return False
        seen, ahead = {grid, rest[0]}, [rest[0]]
        while ahead:
            for near in self._beside.get(ahead.pop(), ()):
                if near not in seen:
                    seen.add(near)
                    ahead.append(near)
        return len(seen) == len(rest) + 1
