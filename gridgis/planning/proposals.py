"""Where a search starts and what it tries next."""

from __future__ import annotations

import heapq

import numpy as np
import pymetis
from numba import njit
from numpy.typing import NDArray

from gridgis.planning.partition import NOWHERE, Tally, Units, is_partition, part_of, pieces

#: METIS counts in whole numbers of 32 bits; sums of weights stay below this.
_METIS_TOTAL = 1_000_000_000


def start(units: Units, zones: int, seed: int) -> NDArray[np.int32]:
    """Return a first partition of a connected graph: METIS's, or a grown one where that is none.

    METIS (Karypis and Kumar 1998) balances loads and cuts short borders, but may leave zones in parts, and
    runs out of units, complaining on standard output, where one is heavier than a zone should be.
    """
    if zones == 1:
        return np.zeros(len(units.load), dtype=np.int32)
    heavy = np.flatnonzero(units.load >= units.load.sum() / zones * (1 - 1e-9))
    if 0 < len(heavy) < zones:
        return _around(units, heavy, zones, seed)
    if not len(heavy):
        found = metis(units, zones, seed)
        if is_partition(units, found, zones):
            return found
    return grown(units, zones)


def _around(units: Units, heavy: NDArray[np.int64], zones: int, seed: int) -> NDArray[np.int32]:
    """Return a zone for each heavy unit, and zones of their own for what lies between them.

    Zones go to the pieces between by load (D'Hondt); one that gets none joins the heavy unit beside it.
    """
    zone = np.full(len(units.load), NOWHERE, dtype=np.int32)
    zone[heavy] = np.arange(len(heavy))
    piece = pieces(units, zone)
    islands = [np.flatnonzero(piece == k) for k in np.unique(piece[zone == NOWHERE])]
    shares = [0] * len(islands)
    heap = [(-float(units.load[rows].sum()), k) for k, rows in enumerate(islands)]
    heapq.heapify(heap)
    for _ in range(zones - len(heavy)):
        _, k = heapq.heappop(heap)
        shares[k] += 1
        if shares[k] < len(islands[k]):
            heapq.heappush(heap, (-float(units.load[islands[k]].sum()) / (shares[k] + 1), k))
    first = len(heavy)
    for rows, share in zip(islands, shares, strict=True):
        if share:
            zone[rows] = first + start(part_of(units, rows), share, seed)
            first += share
        else:
            beside = np.concatenate([units.near[units.starts[u] : units.starts[u + 1]] for u in rows])
            zone[rows] = zone[beside[np.isin(beside, heavy)][0]]
    return zone


def metis(units: Units, zones: int, seed: int) -> NDArray[np.int32]:
    """Return METIS's k-way partition with contiguous zones asked for; whether they are is to be checked."""
    _, found = pymetis.part_graph(
        zones,
        pymetis.CSRAdjacency(units.starts, units.near),
        vweights=_whole(units.load),
        eweights=np.maximum(_whole(units.shared_m), 1),
        options=pymetis.Options(contig=1, seed=seed % 2**31),
    )
    return np.asarray(found, dtype=np.int32)


def _whole(values: NDArray[np.float64]) -> NDArray[np.int32]:
    scale = min(_METIS_TOTAL / max(values.sum(), 1e-9), 1000.0)
    return np.rint(values * scale).astype(np.int32)


def grown(units: Units, zones: int) -> NDArray[np.int32]:
    """Return zones grown from seeds far from each other, always the lightest next; each is in one piece.

    The graph is connected and has at least as many units as zones.
    """
    zone = np.full(len(units.load), NOWHERE, dtype=np.int32)
    zone[_far_apart(units, zones)] = np.arange(zones)
    heap = [(float(units.load[zone == number].sum()), number) for number in range(zones)]
    heapq.heapify(heap)
    while heap:
        load, number = heapq.heappop(heap)
        for unit in np.flatnonzero(zone == number):
            free = [n for n in units.near[units.starts[unit] : units.starts[unit + 1]] if zone[n] == NOWHERE]
            if free:
                zone[free[0]] = number
                heapq.heappush(heap, (load + float(units.load[free[0]]), number))
                break
    return zone


def _far_apart(units: Units, count: int) -> list[int]:
    """Return units each of which is, in steps from unit to unit, as far as can be from those before it."""
    edge = int(_steps_from(units, 0).argmax())
    chosen = [int(_steps_from(units, edge).argmax())]
    nearest = _steps_from(units, chosen[0])
    while len(chosen) < count:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, _steps_from(units, chosen[-1]))
    return chosen


@njit(cache=True, nogil=True)
def _steps_from(units: Units, unit: int) -> np.ndarray:
    steps = np.full(len(units.load), len(units.load), np.int64)
    queue = np.empty(len(units.load), np.int64)
    queue[0], head, tail = unit, 0, 1
    steps[unit] = 0
    while head < tail:
        here = queue[head]
        head += 1
        for k in range(units.starts[here], units.starts[here + 1]):
            other = units.near[k]
            if steps[other] > steps[here] + 1:
                steps[other] = steps[here] + 1
                queue[tail] = other
                tail += 1
    return steps


@njit(cache=True, nogil=True, inline="always")
def rolled(dice: np.ndarray) -> float:
    """Return the next number in [0, 1) of the generator whose state is ``dice[0]`` (SplitMix64, 2014)."""
    dice[0] += np.uint64(0x9E3779B97F4A7C15)
    z = dice[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def shift(units: Units, tally: Tally, dice: np.ndarray) -> tuple[int, int]:
    """Propose to move a unit to the zone of one of its neighbours; (-1, -1) where that is its own."""
    unit = int(rolled(dice) * len(tally.zone))
    first, last = units.starts[unit], units.starts[unit + 1]
    if first == last:
        return NOWHERE, NOWHERE
    zone = tally.zone[units.near[first + int(rolled(dice) * (last - first))]]
    if zone == tally.zone[unit]:
        return NOWHERE, NOWHERE
    return unit, zone


#: So many steps from unit to unit are taken to find what a zone could give in return.
_STROLL = 6


@njit(cache=True, nogil=True)
def partner(units: Units, tally: Tally, unit: int, zone: int, dice: np.ndarray) -> int:
    """Propose what a neighbouring zone gives in return for a unit; -1 where nothing.

    Two units each heavier than the tolerance can change places although neither can move alone.
    """
    origin, here = tally.zone[unit], unit
    for _ in range(_STROLL):
        first, last = units.starts[here], units.starts[here + 1]
        there = units.near[first + int(rolled(dice) * (last - first))]
        if tally.zone[there] != zone:
            continue
        here = there
        for k in range(units.starts[here], units.starts[here + 1]):
            other = units.near[k]
            if tally.zone[other] == origin and other != unit:
                return here
    return NOWHERE
