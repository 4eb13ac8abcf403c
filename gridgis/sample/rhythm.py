"""When things happen in the sample city: the weight of each day, and of each hour by channel."""

from __future__ import annotations

import numpy as np

DAY_S = 86_400
#: The city's clock runs ahead of UTC by this; the sample's cities all keep Beijing time.
UTC_OFFSET_S = 8 * 3600
_WEEK = np.array([1.12, 1.08, 1.04, 1.05, 1.1, 0.82, 0.72])  # Monday first
_HOURS = {
    "collection": (0, 0, 0, 0, 0, 0, 0.2, 1, 5, 8, 8, 6, 2, 2, 6, 8, 8, 6, 2, 0.6, 0.3, 0.1, 0, 0),
    "patrol": (0.2, 0.1, 0.1, 0.1, 0.1, 0.2, 1, 3, 7, 9, 8, 6, 3, 3, 7, 8, 7, 6, 3, 2, 1.5, 1, 0.6, 0.3),
    "dispatch": (
        0.2,
        0.1,
        0.1,
        0.1,
        0.1,
        0.2,
        0.5,
        2,
        6,
        9,
        8,
        6,
        3,
        4,
        8,
        9,
        8,
        6,
        2,
        1,
        0.8,
        0.6,
        0.4,
        0.3,
    ),
    "service": (0.5, 0.3, 0.2, 0.2, 0.2, 0.4, 1, 3, 6, 8, 8, 7, 5, 5, 7, 7, 7, 6, 5, 5, 5, 4, 2, 1),
    "public": (1, 0.6, 0.4, 0.3, 0.3, 0.5, 1.5, 4, 6, 7, 6, 5, 5, 5, 5, 5, 6, 7, 7, 8, 8, 6, 4, 2),
}


def moments(channel: str, count: int, days: int, until_s: int, rng: np.random.Generator) -> np.ndarray:
    """Return instants of ``count`` events in the ``days`` before an instant, in POSIX seconds, not sorted.

    Days follow the week, a slow swell over the year, and chance; hours follow the channel's day.
    """
    last = (until_s + UTC_OFFSET_S) // DAY_S
    day = np.arange(last - days, last + 1)
    weight = _WEEK[(day + 3) % 7] * (1 + 0.16 * np.sin(2 * np.pi * (day % 365 - 120) / 365))
    weight = weight * np.exp(rng.normal(0, 0.09, len(day)))
    hours = np.array(_HOURS[channel])
    picked = rng.choice(day, count, p=weight / weight.sum())
    hour = rng.choice(24, count, p=hours / hours.sum())
    at = picked * DAY_S + hour * 3600 + rng.integers(0, 3600, count) - UTC_OFFSET_S
    first = until_s - days * DAY_S
    return np.where((at > until_s) | (at < first), rng.integers(first, until_s, count), at)
