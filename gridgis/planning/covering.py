"""Folding the grids of somebody who is away onto the neighbours: each next to what its taker has, evenly."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

#: A grid changes its taker only for a gain above this, in minutes; less is rounding.
_GAIN_MIN = 1e-6


@dataclass(frozen=True, slots=True)
class Ground:
    """The grids to be taken, and what lies around them.

    Attributes
    ----------
    minutes
        Of each grid to be taken, a week.
    beside
        Neighbours by a common edge, of grids to be taken at least.
    holder
        Grid around -> the worker whose own it is.
    barred
        (grid, worker) that do not go together.
    """

    minutes: Mapping[str, float]
    beside: Mapping[str, Collection[str]]
    holder: Mapping[str, str]
    barred: Collection[tuple[str, str]] = field(default_factory=frozenset)

    def takers(self, grid: str, taken: Mapping[str, str]) -> set[str]:
        """Return the workers who have a grid next to this one, their own or taken."""
        near = {self.holder.get(other) or taken.get(other) for other in self.beside.get(grid, ())}
        return {who for who in near if who is not None and (grid, who) not in self.barred}


def folded(ground: Ground, load: Mapping[str, float]) -> dict[str, str]:
    """Return the worker who takes each grid; one that no worker can reach is left out.

    Each grid lies beside its taker's own grids, or is joined to them by others the taker gets. First the pair
    of grid and worker that gives the least load is joined, again and again; then single grids go over to
    another neighbour as long as that lowers the sum of the squared loads. No single grid could go over with
    a gain in the end. Equal loads are decided by the codes, so equal questions have equal answers.

    Parameters
    ----------
    load
        Minutes of every worker around, without the grids to be taken.
    """
    taken: dict[str, str] = {}
    sums = dict(load)
    while pairs := [
        (sums.get(who, 0.0) + minutes, grid, who)
        for grid, minutes in ground.minutes.items()
        if grid not in taken
        for who in ground.takers(grid, taken)
    ]:
        total, grid, who = min(pairs)
        taken[grid], sums[who] = who, total
    while move := _better(ground, taken, sums):
        grid, who = move
        sums[taken[grid]] -= ground.minutes[grid]
        sums[who] = sums.get(who, 0.0) + ground.minutes[grid]
        taken[grid] = who
    return taken


def _better(ground: Ground, taken: Mapping[str, str], sums: Mapping[str, float]) -> tuple[str, str] | None:
    """Return the grid and the worker whose joining lowers the squared loads the most."""
    best: tuple[float, str, str] | None = None
    for grid, giver in taken.items():
        for who in ground.takers(grid, taken) - {giver}:
            gain = sums[giver] - sums.get(who, 0.0) - ground.minutes[grid]
            found = (-gain * ground.minutes[grid], grid, who)
            if gain > _GAIN_MIN and (best is None or found < best):
                after = {**taken, grid: who}
                if is_joined(ground, after, giver) and is_joined(ground, after, who):
                    best = found
    return best[1:] if best else None


def is_joined(ground: Ground, taken: Mapping[str, str], who: str) -> bool:
    """Whether all that a worker takes hangs together with what is the worker's own."""
    got = {grid for grid, taker in taken.items() if taker == who}
    ahead = [grid for grid in got if any(ground.holder.get(other) == who for other in ground.beside[grid])]
    seen = set(ahead)
    while ahead:
        for other in ground.beside[ahead.pop()]:
            if other in got and other not in seen:
                seen.add(other)
                ahead.append(other)
    return seen == got
