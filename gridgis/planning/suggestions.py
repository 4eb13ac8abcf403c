"""Who would best take a grid that has no primary worker: nearness, knowledge of the place, and load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: A station this far away counts half as much as one in the grid.
NEAR_M = 500.0
#: Days of having had the grid, and of having walked in it, that count as knowing it.
KNOWN_DAYS, WALKED_DAYS = 90.0, 10.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A worker, as far as one grid is concerned.

    Attributes
    ----------
    station_m
        From the station to the grid; ``None`` without a station.
    beside
        Neighbouring grids that are the worker's.
    grids
        How many grids are the worker's.
    held_days
        Days on which the grid was the worker's, in whatever role.
    walked_days
        Of the days whose tracks are kept: those with a fix of the worker's in the grid.
    minutes, grid_minutes
        A week: what the worker carries now, and what the grid would add.
    """

    worker: str
    station_m: float | None
    beside: tuple[str, ...]
    grids: int
    held_days: int
    walked_days: int
    minutes: float
    grid_minutes: float

    @property
    def after(self) -> float:
        """Minutes a week with the grid."""
        return self.minutes + self.grid_minutes

    @property
    def stays_whole(self) -> bool:
        """Whether the worker's grids hang together with this one, as far as they did before."""
        return bool(self.beside) or not self.grids


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A candidate with its marks, each from 0 to 1, and their mean."""

    candidate: Candidate
    near: float
    knows: float
    free: float
    mark: float


def ranked(candidates: Sequence[Candidate]) -> list[Suggestion]:
    """Return the candidates for one grid, best first.

    Whoever's grids hang together with it comes before those whose do not. Among them the mean of three marks
    decides: near (1 with a station in the grid, half at `NEAR_M`), knows (days of having had it or walked
    in it, 1 at `KNOWN_DAYS` or `WALKED_DAYS`) and free (1 with nothing to do, 0 for the one who would carry
    most of all candidates).
    """
    most = max((one.after for one in candidates), default=0.0)
    found = []
    for one in candidates:
        near = 0.0 if one.station_m is None else NEAR_M / (NEAR_M + one.station_m)
        knows = min(1.0, one.held_days / KNOWN_DAYS + one.walked_days / WALKED_DAYS)
        free = 1.0 - one.after / most if most else 1.0
        found.append(Suggestion(one, near, knows, free, (near + knows + free) / 3))
    return sorted(found, key=lambda s: (not s.candidate.stays_whole, -s.mark, s.candidate.worker))
