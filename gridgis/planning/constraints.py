"""What a zone must be, whatever it costs: in one piece, not empty, its locked units kept; and what cannot be.

Being inside one parent is no rule here: parents are designed one by one, so no zone can leave its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridgis.planning.partition import Tally, Units, pieces


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a wish cannot be met, with the units that are the reason.

    Attributes
    ----------
    reason, values
        Which obstacle it is and its figures, for a page that words it in its reader's language.
    sentence
        What is wrong and what would be accepted, for people.
    units
        Rows of the units, the worst first.
    fatal
        Whether there is no design at all; otherwise there is one, but not within the tolerance.
    """

    reason: str
    values: dict[str, float]
    sentence: str
    units: tuple[int, ...]
    fatal: bool


def obstacles(units: Units, names: NDArray[np.object_], zones: int, tolerance: float) -> list[Obstacle]:
    """Return what stands in the way of `zones` zones of equal load, before anything is started.

    Parameters
    ----------
    names
        Of the units, for the sentences.
    tolerance
        Accepted deviation from the mean, as a share of it.
    """
    count = len(units.load)
    if zones < 1:
        sentence = f"{zones} zones were asked for; at least 1 is needed"
        return [Obstacle("no_zones", {"zones": zones}, sentence, (), fatal=True)]
    if zones > count:
        return [
            Obstacle(
                "more_zones_than_units",
                {"zones": zones, "units": count},
                f"{zones} zones were asked for and there are {count} units ({_listed(names, range(count))});"
                f" at most {count} zones can be made",
                tuple(range(count)),
                fatal=True,
            )
        ]
    found = []
    islands = pieces(units, np.zeros(count, dtype=np.int32))
    sizes = np.bincount(islands)
    largest = int(sizes.argmax())
    apart = np.flatnonzero(islands != largest)
    if len(sizes) > zones:
        found.append(
            Obstacle(
                "more_pieces_than_zones",
                {"pieces": len(sizes), "zones": zones},
                f"the units lie in {len(sizes)} pieces that share no border and only {zones} zones were asked"
                f" for; apart from the largest piece lie {_listed(names, apart)}",
                tuple(apart.tolist()),
                fatal=True,
            )
        )
    return found + _too_heavy(units, names, units.load.sum() / zones * (1 + tolerance))


def _too_heavy(units: Units, names: NDArray[np.object_], cap: float) -> list[Obstacle]:
    heavy = np.flatnonzero(units.load > cap)
    heavy = heavy[np.argsort(-units.load[heavy], kind="stable")]
    if not len(heavy):
        return []
    listed = ", ".join(f"{names[u]} ({units.load[u]:,.1f})" for u in heavy[:_MOST_NAMED])
    sentence = f"no zone may carry more than {cap:,.1f}, and single units do: {listed}{_and_more(len(heavy))}"
    values = {"cap": cap, "count": len(heavy), "heaviest": float(units.load[heavy[0]])}
    return [Obstacle("unit_above_cap", values, sentence, tuple(heavy.tolist()), fatal=False)]


_MOST_NAMED = 8


def _listed(names: NDArray[np.object_], rows: range | NDArray[np.int64]) -> str:
    return ", ".join(str(names[row]) for row in rows[:_MOST_NAMED]) + _and_more(len(rows))


def _and_more(count: int) -> str:
    return f" and {count - _MOST_NAMED} more" if count > _MOST_NAMED else ""


@njit(cache=True, nogil=True)
def stays_whole(
    units: Units, tally: Tally, unit: int, zone: int, mark: np.ndarray, queue: np.ndarray
) -> bool:
    """Whether a zone is in one piece, and not empty, without a unit with which it is in one piece.

    Parameters
    ----------
    mark
        (units,) zeros, left as zeros.
    queue
        (units,) room to work in.
    """
    wanted, tail = 0, 0
    for k in range(units.starts[unit], units.starts[unit + 1]):
        other = units.near[k]
        if tally.zone[other] == zone:
            wanted += 1
            mark[other] = 1
            if tail == 0:
                queue[0], tail = other, 1
    # it is one piece without the unit as soon as the unit's neighbours in it reach each other
    met, head = 0, 0
    if tail:
        mark[queue[0]], met = 2, 1
    mark[unit] = 2
    while head < tail and met < wanted:
        here = queue[head]
        head += 1
        for k in range(units.starts[here], units.starts[here + 1]):
            other = units.near[k]
            if tally.zone[other] == zone and mark[other] != 2:
                if mark[other] == 1:
                    met += 1
                mark[other] = 2
                queue[tail] = other
                tail += 1
    mark[unit] = 0
    for k in range(units.starts[unit], units.starts[unit + 1]):
        mark[units.near[k]] = 0
    for k in range(tail):
        mark[queue[k]] = 0
    return wanted > 0 and met == wanted
