"""Every figure of one part of a city, or of the whole, from frames: the same on any machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gridgis.measures.figures import Material, Moment, grid_figures
from gridgis.measures.ground import Ground
from gridgis.measures.land import tiled
from gridgis.measures.patrol_days import Box, days_walked, joined, patrol_days, track_days, walked
from gridgis.measures.workload import Parameters


@dataclass(frozen=True, slots=True)
class Occasion:
    """What all parts of a city have in common.

    Attributes
    ----------
    within_m
        How near a track must pass.
    reach
        The box, in metres, outside of which no worker of the city can be.
    stale
        Days whose patrols are made anew beside those that have tracks.
    """

    moment: Moment
    zone: ZoneInfo
    srid: int
    within_m: float
    reach: Box | None
    parameters: Parameters
    stale: frozenset[date]


class Window(NamedTuple):
    """The fixes of some days, at most as many as are worked on at once.

    `told` are the workers' days whose cleaning this part tells of, all when ``None``: a day that comes near
    several parts is in each of them.
    """

    first: date
    last: date
    fixes: pa.Table
    told: set[tuple[str, date]] | None = None


@dataclass(frozen=True)
class Part:
    """The grids of a division and everything their figures are made from.

    Attributes
    ----------
    codes
        The part's own grids, ascending; `ground` has those around them as well.
    outlines
        Of its communities, by code, where they are known.
    kept
        What is stored of the period's patrols, in the columns of `patrol_days.SCHEMA`.
    windows
        The tracks that come near, in order; they may be read while they are asked for.
    """

    codes: NDArray[Any]
    ground: Ground
    outlines: Mapping[str, Any]
    material: Material
    kept: pa.Table
    windows: Iterable[Window]


class Made(NamedTuple):
    """The rows of a part: of its grids, its grids' days, its workers' days and its communities.

    `days` are those whose patrols were made anew.
    """

    figures: pa.Table
    patrol_days: pa.Table
    track_days: list[dict[str, Any]]
    land: list[dict[str, Any]]
    days: list[date]


def made(part: Part, occasion: Occasion) -> Made:
    """Make every figure of a part."""
    ground, own = part.ground, np.zeros(len(part.ground.codes), dtype=bool)
    own[ground.rows(part.codes)] = True
    days, patrols, tracks = set(occasion.stale), [], []
    for window in part.windows:
        found = walked(
            window.fixes, window.first, window.last, zone=occasion.zone, srid=occasion.srid,
            now=occasion.moment.at, reach=occasion.reach,
        )  # fmt: skip
        days.update(days_walked(found))
        tracks += track_days(found, window.told)
        if len(part.codes):
            count = (window.last - window.first).days + 1
            wanted = None if own.all() else np.repeat(own[:, None], count, axis=1)
            patrols.append(patrol_days(found, ground, occasion.within_m, window.first, wanted))
    walks = joined(patrols)
    again = pa.array(sorted(days), pa.date32())
    kept = part.kept.filter(pc.invert(pc.is_in(part.kept["day"], value_set=again)))
    figures = grid_figures(
        ground, part.codes, part.material, joined([kept, walks]), occasion.moment, occasion.parameters
    )
    land = tiled(ground, part.outlines, {code[:12] for code in part.codes})
    return Made(figures, walks, tracks, land, sorted(days))
