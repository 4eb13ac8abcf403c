"""The search: a start, then proposals, constraints, measures and acceptance, until stopped.

Simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983) over moves of one unit to a neighbouring zone.
Every state it passes through is a partition into zones of one piece, so it can be stopped at any moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridgis.errors import InvalidInput
from gridgis.planning.constraints import stays_whole
from gridgis.planning.measures import Wish, largest_deviation, price, zone_price
from gridgis.planning.partition import NOWHERE, Tally, Units, is_partition, levelled, relabelled, tally
from gridgis.planning.proposals import partner, rolled, shift, start


@dataclass(frozen=True, slots=True)
class Weights:
    """What matters how much, beside balance within the tolerance, which comes first; only ratios count."""

    compactness: float = 1.0
    roads: float = 1.0
    change: float = 1.0
    types: float = 1.0


ALIKE = Weights()


@dataclass(frozen=True, slots=True)
class Progress:
    """The best partition so far.

    Attributes
    ----------
    done
        Share of the search that is done.
    zone
        Zone of each unit.
    deviation
        Largest deviation from the mean load, as a share of it, a unit that is heavier than a zone should be
        counting as a zone's load (`partition.levelled`).
    price
        What the partition costs by the weights.
    """

    done: float
    zone: NDArray[np.int32]
    deviation: float
    price: float


@dataclass(frozen=True, slots=True)
class Today:
    """What there is already.

    Attributes
    ----------
    was
        Zones of today by unit, -1 where there is none. The search starts from them where they are a
        partition.
    locked
        Units that keep the zone they have today.
    at_most
        So many units may leave today's zone, and never more at any state; ``None``: as many as pays. The
        search with a larger number begins with those for smaller ones, so that freedom does no harm.
    """

    was: NDArray[np.int32]
    locked: NDArray[np.bool_] | None = None
    at_most: int | None = None


class Ties(NamedTuple):
    """What binds units to today.

    Attributes
    ----------
    was
        Their zones, -1 where there is none.
    locked
        Whether they must stay there.
    moved
        How many are elsewhere, kept up to date, and how many may be.
    """

    was: NDArray[np.int32]
    locked: NDArray[np.bool_]
    moved: NDArray[np.int64]


class Chance(NamedTuple):
    """How daring the search is just now, and the state of its generator (`proposals.rolled`)."""

    heat: float
    dice: NDArray[np.uint64]


class Room(NamedTuple):
    """Arrays of a unit each to work in; see `constraints.stays_whole`."""

    mark: NDArray[np.int8]
    queue: NDArray[np.int32]


#: The search goes through so many temperatures, evenly spaced on a logarithmic scale.
_SLICES = 60
_HOT, _COLD = 0.05, 0.001
#: Price of the squared deviation beyond the tolerance, in the first slice and in the last.
_LENIENT, _STRICT = 5.0, 1000.0
#: A graph of few units is cooled so many times at most, until its zones are within the tolerance, and one of
#: a handful always: that costs nothing. In a large one an unlucky start evens out.
_ROUNDS, _SMALL, _TINY = 4, 2000, 100


def designs(
    units: Units,
    zones: int,
    *,
    seed: int,
    weights: Weights = ALIKE,
    tolerance: float = 0.02,
    effort: float = 1000.0,
    today: Today | None = None,
) -> Iterator[Progress]:
    """Group units into zones of one piece and about equal load, better and better.

    Parameters
    ----------
    units
        A connected graph; `constraints.obstacles` says what stands in the way.
    zones
        How many, at most as many as units.
    seed
        Equal seeds give equal results on every machine.
    tolerance
        Deviation from the mean load, as a share, up to which zones count as equal.
    effort
        Proposals per unit.
    today
        Zones there are, and what must stay of them.

    Raises
    ------
    InvalidInput
        Units are locked, or may not all move, in zones that are no partition.

    Yields
    ------
    Progress
        At the start, after each slice and at the end; the last is the best found.
    """
    units = units._replace(load=levelled(units.load, zones))
    count = len(units.load)
    today = today or Today(np.full(count, NOWHERE, np.int32))
    locked = np.zeros(count, np.bool_) if today.locked is None else np.asarray(today.locked, np.bool_)
    ties = Ties(np.asarray(today.was, np.int32), locked, np.zeros(2, np.int64))
    wish = _wish(units, zones, weights, tolerance)
    limits = _limits(count, today.at_most)
    to_the_end = count <= _TINY and today.at_most is None
    first = _first(units, zones, seed * _ROUNDS, ties, bound=today.at_most is not None)
    best = _progress(0.0, units, tally(units, first, zones), wish, ties.was)
    yield best if limits and zones > 1 else replace(best, done=1.0)
    for round_, limit in enumerate(limits if zones > 1 else ()):
        dice = np.array([seed * _ROUNDS + round_], dtype=np.uint64)
        if today.at_most is not None:
            first = best.zone
        elif round_:
            first = _first(units, zones, seed * _ROUNDS + round_, ties)
        ties.moved[:] = _moved(first, ties.was), limit
        for reached in _annealed(units, tally(units, first, zones), wish, ties, effort, dice):
            if _rank(reached, tolerance) < _rank(best, tolerance):
                best = reached
            even = best.deviation <= tolerance and not to_the_end
            ends = reached.done == 1.0 and (even or round_ + 1 == len(limits))
            yield replace(best, done=1.0 if ends else (round_ + reached.done) / len(limits))
            if ends:
                return


def _limits(count: int, at_most: int | None) -> list[int]:
    """Return for each round of the search how many units may be out of today's zone."""
    if at_most is None:
        return [count] * (_ROUNDS if count <= _SMALL else 1)
    steps = {min(at_most, round(step)) for step in (*range(1, 9), *8 * 1.5 ** np.arange(1, 40))}
    return sorted(step for step in steps if step > 0)


def _moved(zone: NDArray[np.int32], was: NDArray[np.int32]) -> int:
    return int(((was != NOWHERE) & (was != zone)).sum())


def _annealed(
    units: Units, state: Tally, wish: Wish, ties: Ties, effort: float, dice: np.ndarray
) -> Iterator[Progress]:
    """Yield what each slice of one cooling ends in."""
    steps = int(effort * len(units.load) / _SLICES)
    room = Room(np.zeros(len(units.load), np.int8), np.empty(len(units.load), np.int32))
    for slice_ in range(_SLICES):
        cooled = slice_ / (_SLICES - 1)
        heat = _HOT * (_COLD / _HOT) ** cooled
        now = wish._replace(balance=_LENIENT * (_STRICT / _LENIENT) ** cooled)
        walk(units, state, now, ties, Chance(heat, dice), steps, room)
        state = tally(units, state.zone, len(state.held))  # anew, so that rounding does not add up
        yield _progress((slice_ + 1) / _SLICES, units, state, wish, ties.was)


def _wish(units: Units, zones: int, weights: Weights, tolerance: float) -> Wish:
    # the heat suits prices about 1: beside much dearer ones nothing would ever be tried
    scale = max(weights.compactness, weights.roads, weights.change, weights.types) or 1.0
    return Wish(
        target=max(float(units.load.sum()) / zones, 1e-9),
        tolerance=tolerance / 2,  # what is aimed at; the other half is left to chance
        balance=_STRICT,
        compactness=weights.compactness / scale,
        road=weights.roads / scale * zones / max(float(units.crossings.sum()) / 2, 1.0),
        move=weights.change / scale * zones / len(units.load),
        unlike=weights.types / scale * zones / max(float(units.unlike.sum()) / 2, 1.0),
    )


def _first(units: Units, zones: int, seed: int, ties: Ties, *, bound: bool = False) -> NDArray[np.int32]:
    """Return today's zones where they are a partition, else a start of our own numbered after them."""
    if is_partition(units, ties.was, zones):
        return ties.was
    if bound or ties.locked.any():
        raise InvalidInput(
            f"{'few units may leave' if bound else 'locks keep units in'} today's zones, but those are not"
            f" {zones} zones of one piece each; mend them first, or design without"
            f" {'a limit' if bound else 'locks'}",
            field="at_most" if bound else "locked",
        )
    found = start(units, zones, seed)
    return relabelled(found, ties.was, zones) if (ties.was != NOWHERE).any() else found


def _rank(progress: Progress, tolerance: float) -> tuple[float, float]:
    """Order by what goes beyond the tolerance, then by price."""
    return max(0.0, progress.deviation - tolerance), progress.price


def _progress(done: float, units: Units, state: Tally, wish: Wish, was: NDArray[np.int32]) -> Progress:
    return Progress(done, state.zone.copy(), largest_deviation(state), price(units, state, wish, was))


def accepted(dearer: float, heat: float, dice: np.ndarray) -> bool:
    """Whether a move is made (Metropolis 1953): always when it does not cost, else by chance and heat."""
    return dearer <= 0.0 or rolled(dice) < np.exp(-dearer / heat)


_accepted = njit(cache=True, nogil=True)(accepted)


@njit(cache=True, nogil=True)
def walk(
    units: Units,
    state: Tally,
    wish: Wish,
    ties: Ties,
    chance: Chance,
    steps: int,
    room: Room,
) -> int:
    """Try `steps` proposals, make those accepted in `state`, and return how many were."""
    made, heat, dice = 0, chance.heat, chance.dice
    for _ in range(steps):
        unit, to = shift(units, state, dice)
        if unit < 0 or ties.locked[unit]:
            continue
        if rolled(dice) < _TRADES:
            made += _traded(units, state, wish, ties, unit, to, chance, room)
            continue
        move = _weighed(units, state, wish, ties, unit, to)
        if _accepted(move.dearer, heat, dice) and stays_whole(
            units, state, unit, state.zone[unit], room.mark, room.queue
        ):
            _make(units, state, ties, unit, to, move)
            made += 1
    return made


@njit(cache=True, nogil=True)
def _traded(
    units: Units,
    state: Tally,
    wish: Wish,
    ties: Ties,
    unit: int,
    to: int,
    chance: Chance,
    room: Room,
) -> bool:
    """Let a unit and another of the zone it goes to change places, if that is accepted."""
    origin = state.zone[unit]
    back = partner(units, state, unit, to, chance.dice)
    if back < 0 or ties.locked[back]:
        return False
    move = _weighed(units, state, wish, ties, unit, to)
    _make(units, state, ties, unit, to, move)
    other = _weighed(units, state, wish, ties, back, origin)
    if (
        _accepted(move.dearer + other.dearer, chance.heat, chance.dice)
        and stays_whole(units, state, unit, origin, room.mark, room.queue)
        and stays_whole(units, state, back, to, room.mark, room.queue)
    ):
        _make(units, state, ties, back, origin, other)
        return True
    _make(units, state, ties, unit, origin, _weighed(units, state, wish, ties, unit, origin))
    return False


#: Share of the proposals that move a second unit the other way.
_TRADES = 0.3


class Move(NamedTuple):
    """What a move would change: the price, the two perimeters, and the roads inside the two zones."""

    dearer: float
    around_from: float
    around_to: float
    left_roads: float
    gained_roads: float


@njit(cache=True, nogil=True)
def _weighed(units: Units, state: Tally, wish: Wish, ties: Ties, unit: int, to: int) -> Move:
    origin = state.zone[unit]
    left_m = gained_m = left_roads = gained_roads = unlike = 0.0
    for k in range(units.starts[unit], units.starts[unit + 1]):
        zone = state.zone[units.near[k]]
        if zone == origin:
            left_m += units.shared_m[k]
            left_roads += units.crossings[k]
            unlike -= units.unlike[k]
        elif zone == to:
            gained_m += units.shared_m[k]
            gained_roads += units.crossings[k]
            unlike += units.unlike[k]
    load, area, around = units.load[unit], units.area_m2[unit], units.around_m[unit]
    around_from = state.around_m[origin] - around + 2.0 * left_m
    around_to = state.around_m[to] + around - 2.0 * gained_m
    dearer = (
        zone_price(wish, state.load[origin] - load, state.area_m2[origin] - area, around_from)
        + zone_price(wish, state.load[to] + load, state.area_m2[to] + area, around_to)
        - zone_price(wish, state.load[origin], state.area_m2[origin], state.around_m[origin])
        - zone_price(wish, state.load[to], state.area_m2[to], state.around_m[to])
        + wish.road * (gained_roads - left_roads)
        + wish.unlike * unlike
    )
    further = _further(ties, unit, origin, to)
    dearer += wish.move * further
    if ties.moved[0] + further > ties.moved[1]:
        dearer = np.inf
    return Move(dearer, around_from, around_to, left_roads, gained_roads)


@njit(cache=True, nogil=True)
def _further(ties: Ties, unit: int, origin: int, to: int) -> int:
    """Return 1 where a move takes a unit out of today's zone, -1 where back into it, else 0."""
    was = ties.was[unit]
    return 0 if was < 0 else int(was == origin) - int(was == to)


@njit(cache=True, nogil=True)
def _make(units: Units, state: Tally, ties: Ties, unit: int, to: int, move: Move) -> None:
    origin = state.zone[unit]
    ties.moved[0] += _further(ties, unit, origin, to)
    state.zone[unit] = to
    state.held[origin] -= 1
    state.held[to] += 1
    state.load[origin] -= units.load[unit]
    state.load[to] += units.load[unit]
    state.area_m2[origin] -= units.area_m2[unit]
    state.area_m2[to] += units.area_m2[unit]
    state.around_m[origin], state.around_m[to] = move.around_from, move.around_to
    state.inside[origin] -= move.left_roads
    state.inside[to] += move.gained_roads
