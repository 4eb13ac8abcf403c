"""How good a partition is: what the search weighs, and the figures people read, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridgis.planning.partition import NOWHERE, Tally, Units, tally


class Wish(NamedTuple):
    """What the search weighs; a weight of 0 leaves a measure out.

    Attributes
    ----------
    target
        Load of a zone when all are equal.
    tolerance
        Deviation from it, as a share, that costs next to nothing.
    balance
        Price of the square of what goes beyond the tolerance.
    compactness
        Price of a zone's 1 - Polsby-Popper quotient.
    road
        Price of one road between two neighbouring units of a zone.
    move
        Price of one unit that is not in today's zone.
    unlike
        Price of two neighbouring units of a zone that are of different types.
    """

    target: float
    tolerance: float
    balance: float
    compactness: float
    road: float
    move: float
    unlike: float


@njit(cache=True, nogil=True, inline="always")
def zone_price(wish: Wish, load: float, area_m2: float, around_m: float) -> float:
    """Return what a zone costs for its load and shape."""
    off = abs(load / wish.target - 1.0)
    beyond = max(0.0, off - wish.tolerance)
    round_share = 4.0 * np.pi * area_m2 / max(around_m * around_m, 1e-9)
    return wish.balance * beyond * beyond + off * off + wish.compactness * (1.0 - round_share)


@njit(cache=True, nogil=True)
def price(units: Units, state: Tally, wish: Wish, was: np.ndarray) -> float:
    """Return what a whole partition costs, per zone; `was` are the zones of today, -1 where there is none."""
    zones = len(state.held)
    total = 0.0
    for z in range(zones):
        total += zone_price(wish, state.load[z], state.area_m2[z], state.around_m[z])
        total += wish.road * state.inside[z]
    for unit in range(len(state.zone)):
        total += wish.move * (was[unit] != NOWHERE and was[unit] != state.zone[unit])
    return (total + wish.unlike * _mixed(units, state.zone)) / zones


@njit(cache=True, nogil=True)
def _mixed(units: Units, zone: np.ndarray) -> float:
    """Return how many pairs of neighbours of different types lie in one zone."""
    found = 0.0
    for unit in range(len(zone)):
        for k in range(units.starts[unit], units.starts[unit + 1]):
            if zone[units.near[k]] == zone[unit]:
                found += units.unlike[k]
    return found / 2


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a partition: what it is, how it is defined and why it is not better.

    Attributes
    ----------
    why
        A sentence for people.
    reason, values
        Which reason it is and its figures, for a page that words it in its reader's language.
    zone
        The zone that is the reason.
    """

    name: str
    value: float
    definition: str
    why: str
    reason: str
    values: dict[str, float]
    zone: int | None = None


def measures(
    units: Units,
    zone: NDArray[np.int32],
    zones: int,
    *,
    names: NDArray[np.object_],
    was: NDArray[np.int32] | None = None,
    parents: NDArray[np.object_] | None = None,
) -> list[Measure]:
    """Return the figures of a partition.

    Parameters
    ----------
    names
        Of the zones.
    was
        Zones of today by unit, -1 where there is none.
    parents
        What each zone may not leave; all the same by default.
    """
    within = np.zeros(zones, dtype=np.int64)
    if parents is not None:
        within = np.unique(parents.astype(str), return_inverse=True)[1].astype(np.int64)
    state = tally(units, zone, zones)
    found = [_balance(units, state, names, within), _compactness(state, names)]
    if total := float(units.crossings.sum() / 2):
        found.append(_roads(state, total, names))
    if total := float(units.unlike.sum() / 2):
        found.append(_types(units, state, total))
    if was is not None and (was != NOWHERE).any():
        found.append(_change(state, was))
    return found


@njit(cache=True, nogil=True)
def largest_deviation(state: Tally) -> float:
    """Return the largest deviation of a zone's load from the mean, as a share of it."""
    mean = state.load.mean()
    return np.abs(state.load / mean - 1).max() if mean > 0 else 0.0


def polsby_popper(state: Tally) -> NDArray[np.float64]:
    """Return 4 pi area / perimeter squared of each zone: 1 for a circle (Polsby and Popper 1991)."""
    return 4 * np.pi * state.area_m2 / np.maximum(state.around_m**2, 1e-9)


def _balance(units: Units, state: Tally, names: NDArray[np.object_], within: NDArray[np.int64]) -> Measure:
    mean = float(state.load.mean())
    worst = int(np.abs(state.load - mean).argmax())
    off = float(state.load[worst] - mean)
    lightest = _lightest_at_border(units, state, worst, giving=off > 0)
    step = "give away" if off > 0 else "get"
    level = float(state.load[within == within[worst]].mean())
    values = {"load": float(state.load[worst]), "off": off, "mean": mean}
    if abs(level - mean) > abs(off) / 2:
        count = int((within == within[worst]).sum())
        reason, values = "parent_mean", values | {"zones": count, "parent_mean": level}
        words = f"and the {count} zones that its parent has carry {level:,.1f} on average"
    elif off > 0 and state.held[worst] == 1:
        reason, words = "single_unit", "and it is a single unit"
    elif lightest is None:
        reason, words = "nothing_at_border", "and no unit with a load lies at its border"
    else:
        values |= {"lightest": lightest}
        overshoots = lightest >= 2 * abs(off)
        reason = f"{'give' if off > 0 else 'get'}_{'overshoots' if overshoots else 'costs_others'}"
        ending = ", which would overshoot" if overshoots else ": at others' cost"
        words = f"and the least it could {step} weighs {lightest:,.1f}{ending}"
    return Measure(
        "largest_deviation",
        largest_deviation(state),
        "largest difference of a zone's load from the mean, as a share of the mean",
        f"{names[worst]} carries {values['load']:,.1f}, {off:+,.1f} off the mean of {mean:,.1f}, {words}",
        reason,
        values,
        worst,
    )


def _lightest_at_border(units: Units, state: Tally, zone: int, *, giving: bool) -> float | None:
    """Return the lightest loaded unit on a zone's border, on its own side or on the neighbours'."""
    here = np.repeat(np.arange(len(units.load)), np.diff(units.starts))
    crossing = (state.zone[here] == zone) & (state.zone[units.near] != zone)
    loads = units.load[np.unique(here[crossing] if giving else units.near[crossing])]
    loads = loads[loads > 0]
    return float(loads.min()) if len(loads) else None


def _compactness(state: Tally, names: NDArray[np.object_]) -> Measure:
    quotients = polsby_popper(state)
    least = int(quotients.argmin())
    return Measure(
        "compactness",
        float(quotients.mean()),
        "mean Polsby-Popper quotient of the zones: 4 pi area / perimeter squared, 1 for a circle",
        f"the least compact is {names[least]}, {quotients[least]:.2f}; zones follow whole units",
        "least_compact",
        {"quotient": float(quotients[least])},
        least,
    )


def _roads(state: Tally, total: float, names: NDArray[np.object_]) -> Measure:
    inside = float(state.inside.sum())
    most = int(state.inside.argmax())
    return Measure(
        "roads_crossed",
        inside / total,
        "neighbouring units with a road or water between them that lie in one zone, of all such pairs",
        f"{inside:,.0f} of {total:,.0f} pairs; most, {state.inside[most]:,.0f}, are in {names[most]}",
        "roads_inside",
        {"inside": inside, "total": total, "most": float(state.inside[most])},
        most,
    )


def _types(units: Units, state: Tally, total: float) -> Measure:
    mixed = _mixed(units, state.zone)
    return Measure(
        "types_mixed",
        mixed / total,
        "neighbouring units of different types that lie in one zone, of all such pairs",
        f"{mixed:,.0f} of {total:,.0f} pairs",
        "types_inside",
        {"mixed": mixed, "total": total},
    )


def _change(state: Tally, was: NDArray[np.int32]) -> Measure:
    known = was != NOWHERE
    moved = int(((was != state.zone) & known).sum())
    return Measure(
        "changed",
        moved / int(known.sum()),
        "units that are in another zone than today, of those that are in one today",
        f"{moved:,} of {int(known.sum()):,} units move",
        "units_moved",
        {"moved": moved, "known": int(known.sum())},
    )
