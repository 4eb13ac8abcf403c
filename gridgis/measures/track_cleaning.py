"""Which GPS fixes are believed, and the legs walked between them; what was left out is counted by rule."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridgis.errors import InvalidInput

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: The rules in the order in which they are applied; a fix is counted under the first that leaves it out.
RULES = ("outside", "future", "inaccurate", "repeated", "two_places", "too_fast")


@dataclass(frozen=True, slots=True)
class CleaningRules:
    """When a fix is left out, and when two are not joined.

    Attributes
    ----------
    accuracy_m
        Largest radius a receiver may state; fixes that state none are believed.
    speed_m_s
        A fix that could only be reached faster is left out.
    gap_s
        Fixes further apart in time are not joined: nobody knows the way between them.
    stay_m
        A pause is held where it began until a fix lies further away than this, so that a receiver's
        wandering neither adds length nor crosses a border.
    future_s
        How far a telephone's clock may be ahead.
    """

    accuracy_m: float = 50.0
    speed_m_s: float = 15.0
    gap_s: float = 180.0
    stay_m: float = 15.0
    future_s: float = 60.0

    def __post_init__(self) -> None:
        for rule in fields(self):
            value = getattr(self, rule.name)
            if not 0 <= value < np.inf or (value == 0 and rule.name not in {"stay_m", "future_s"}):
                raise InvalidInput(
                    f"{rule.name} is {value:g}; a finite number above 0 is accepted", field=rule.name
                )


@dataclass(frozen=True, slots=True)
class Fixes:
    """Fixes in the order in which they came, aligned.

    Attributes
    ----------
    worker, day
        Whole numbers; a track is one worker's day.
    at_s
        POSIX seconds.
    x, y
        Metres; not finite where there is no position.
    accuracy_m
        Stated radius, NaN where none was.
    """

    worker: ArrayLike
    day: ArrayLike
    at_s: ArrayLike
    x: ArrayLike
    y: ArrayLike
    accuracy_m: ArrayLike


@dataclass(frozen=True, slots=True)
class Legs:
    """Straight ways between fixes that follow each other; a pause is a leg of no length.

    Attributes
    ----------
    worker, day
        (n,) as given for the fix a leg ends with.
    ends
        (n, 4) x, y of both ends, metres.
    seconds
        (n,) how long it took.
    """

    worker: Ints
    day: Ints
    ends: Floats
    seconds: Floats

    @property
    def length_m(self) -> Floats:
        """Lengths, (n,)."""
        return np.hypot(self.ends[:, 2] - self.ends[:, 0], self.ends[:, 3] - self.ends[:, 1])


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What became of some fixes.

    Attributes
    ----------
    left_out
        (fixes,) index into `RULES` of the rule that left a fix out, -1 where it was kept.
    out_of_order
        How many fixes came after a later one of the same worker; they are put in order and kept.
    gaps
        How often two kept fixes of a day were too far apart in time to be joined.
    """

    legs: Legs
    left_out: NDArray[np.int8]
    out_of_order: int
    gaps: int

    def report(self) -> dict[str, int]:
        """Return the counts: fixes, kept, by rule, out of order and gaps."""
        counts = np.bincount(self.left_out[self.left_out >= 0], minlength=len(RULES))
        kept = int((self.left_out < 0).sum())
        named = {name: int(count) for name, count in zip(RULES, counts, strict=True)}
        return {
            "fixes": len(self.left_out),
            "kept": kept,
            **named,
            "out_of_order": self.out_of_order,
            "gaps": self.gaps,
        }


def clean(
    fixes: Fixes,
    *,
    now_s: float,
    rules: CleaningRules | None = None,
    reach: tuple[float, float, float, float] | None = None,
) -> Cleaned:
    """Return the legs walked, worker by worker and day by day, each pair by itself.

    A day can therefore be cleaned anew without the others, and late fixes change their own day only.

    Parameters
    ----------
    now_s
        The present.
    reach
        xmin, ymin, xmax, ymax in metres of where a worker may be; everywhere when left out.
    """
    from gridgis.measures import track_kernels  # noqa: PLC0415 - see its docstring

    rules = rules or CleaningRules()
    who, days = np.asarray(fixes.worker, dtype=np.int64), np.asarray(fixes.day, dtype=np.int64)
    at, east, north = (np.asarray(v, dtype=np.float64) for v in (fixes.at_s, fixes.x, fixes.y))
    left_out = _by_itself(fixes, now_s, rules, reach)

    # one track: a worker's day
    track = (who - who.min(initial=0)) * (np.ptp(days) + 1 if len(days) else 1) + days - days.min(initial=0)
    by_track = np.argsort(track, kind="stable")
    backwards = (np.diff(at[by_track]) < 0) & (np.diff(track[by_track]) == 0)
    order = np.lexsort((at, track))
    order = order[left_out[order] < 0]
    left_out[order] = _same_instant(track[order], at[order], east[order], north[order], rules.stay_m)
    order = order[left_out[order] < 0]
    far, anchor, before = track_kernels.follow(
        track[order], at[order], east[order], north[order], rules.gap_s, rules.speed_m_s, rules.stay_m
    )
    left_out[order[far]] = RULES.index("too_fast")
    ends = np.flatnonzero(before >= 0)
    starts = before[ends]
    legs = Legs(
        who[order[ends]],
        days[order[ends]],
        np.hstack((anchor[starts], anchor[ends])),
        at[order[ends]] - at[order[starts]],
    )
    kept = int((~far).sum())
    tracks = len(np.unique(track[order[~far]]))
    return Cleaned(legs, left_out, int(backwards.sum()), kept - tracks - len(ends))


def _by_itself(
    fixes: Fixes, now_s: float, rules: CleaningRules, reach: tuple[float, float, float, float] | None
) -> NDArray[np.int8]:
    """Apply the rules that need no other fix."""
    at, east, north = (np.asarray(v, dtype=np.float64) for v in (fixes.at_s, fixes.x, fixes.y))
    west, south, far_east, far_north = reach or (-np.inf, -np.inf, np.inf, np.inf)
    with np.errstate(invalid="ignore"):
        inside = (east >= west) & (east <= far_east) & (north >= south) & (north <= far_north)
        inside &= np.isfinite(east) & np.isfinite(north) & np.isfinite(at)
        rough = np.asarray(fixes.accuracy_m, dtype=np.float64) > rules.accuracy_m
    return np.select([~inside, at > now_s + rules.future_s, rough], [0, 1, 2], -1).astype(np.int8)


def _same_instant(track: Ints, at: Floats, x: Floats, y: Floats, stay_m: float) -> NDArray[np.int8]:
    """Of fixes at one instant keep the first when they agree, and none when the worker is in two places."""
    rules = np.full(len(at), -1, dtype=np.int8)
    if not len(at):
        return rules
    first = np.r_[True, (np.diff(track) != 0) | (np.diff(at) != 0)]
    group = np.cumsum(first) - 1
    head = np.flatnonzero(first)[group]
    rules[~first] = RULES.index("repeated")
    apart = np.hypot(x - x[head], y - y[head]) > stay_m
    torn = np.bincount(group, apart) > 0
    rules[torn[group]] = RULES.index("two_places")
    return rules
