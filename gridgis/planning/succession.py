"""What becomes of grids from one plan to the next: which stay, which are new, and who follows whom.

A grid stays when its ground is the same within a millimetre, whatever vertices its border has gained; all
others get codes of their own, since a code stands for one polygon for ever (invariant 3). A grid that was
renumbered does not stay, though its ground does: it follows itself under a new code.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridgis.geometry.crs import geometries_to_metric
from gridgis.geometry.measurement import ground_m2
from gridgis.planning.numbering import sequence_numbers

#: Grounds whose borders are nowhere further apart are the same.
SAME_M = 1e-3
#: Common ground below this, in square metres, is what rounding of borders leaves: nothing passes on.
_NOTHING_M2 = 0.01
#: One degree of latitude, in metres, to within a percent; the tolerance needs no more.
_DEGREE_M = 111_000.0


class Passed(NamedTuple):
    """Ground that passes from a grid that goes to a new one: by row, and in square metres."""

    old: int
    new: int
    area_m2: float


@dataclass(frozen=True, slots=True)
class Succession:
    """What becomes of the grids, by their rows in the two sets.

    Attributes
    ----------
    kept
        Row of the old set -> row of the new one that has the same ground.
    retired
        Rows of the old set whose ground is nobody's as it was, or that were renumbered.
    minted
        Rows of the new set that need a code, each community's in the order of their numbers.
    passed
        What the new ones got of the retired ones.
    """

    kept: dict[int, int]
    retired: list[int]
    minted: list[int]
    passed: list[Passed]

    def heirs(self) -> dict[int, int]:
        """Return the old row that each new row got most of its ground from, the lowest of equals."""
        most: dict[int, Passed] = {}
        for share in sorted(self.passed):
            if share.new not in most or share.area_m2 > most[share.new].area_m2:
                most[share.new] = share
        return {new: share.old for new, share in most.items()}


def succession(
    old: ArrayLike,
    old_communities: ArrayLike,
    new: ArrayLike,
    new_communities: ArrayLike,
    numbers: Sequence[int | None],
    *,
    srid: int,
) -> Succession:
    """Compare the grids of some communities before and after.

    Parameters
    ----------
    old, new
        Polygons, EPSG:4326.
    old_communities, new_communities
        Codes, aligned with them. A grid stays only within its community.
    numbers
        Place of each new grid in its community's numbering where somebody chose one, which is to ask for a
        new code. Grids without follow those with, west to east and north to south.
    srid
        Metric CRS of areas and of the numbering.
    """
    before, after = np.asarray(old, dtype=object), np.asarray(new, dtype=object)
    of_old, of_new = np.asarray(old_communities, dtype=object), np.asarray(new_communities, dtype=object)
    same = _same(before, of_old, after, of_new)
    kept = {row: now for row, now in same.items() if numbers[now] is None}
    retired = [row for row in range(len(before)) if row not in kept]
    stay = set(kept.values())
    fresh = [row for row in range(len(after)) if row not in stay]
    return Succession(
        kept,
        retired,
        _numbered(after, of_new, numbers, fresh, srid),
        _passed(before, retired, after, fresh, srid),
    )


def _same(
    before: NDArray[Any], of_old: NDArray[Any], after: NDArray[Any], of_new: NDArray[Any]
) -> dict[int, int]:
    """Find the pairs of one community whose borders lie on each other."""
    if not len(before) or not len(after):
        return {}
    new, old = shapely.STRtree(before).query(after, predicate="intersects")
    # twice the tolerance, because a degree of longitude is shorter
    apart = np.abs(shapely.bounds(after)[new] - shapely.bounds(before)[old]).max(axis=1)
    likely = (of_new[new] == of_old[old]) & (apart < 2 * SAME_M / _DEGREE_M)
    new, old = new[likely], old[likely]
    lat = np.radians(shapely.bounds(before)[:, 1::2].mean())

    def borders(shapes: NDArray[Any]) -> Any:
        # scaled, not projected: an edge that is straight in degrees stays straight
        scale = np.array([np.cos(lat), 1.0]) * _DEGREE_M
        return shapely.boundary(shapely.transform(shapes, lambda points: points * scale))

    same = shapely.equals_exact(after[new], before[old])
    rest = np.flatnonzero(~same)
    same[rest] = shapely.hausdorff_distance(borders(after[new[rest]]), borders(before[old[rest]])) <= SAME_M
    return {int(o): int(n) for o, n in zip(old[same], new[same], strict=True)}


def _numbered(
    after: NDArray[Any], of_new: NDArray[Any], numbers: Sequence[int | None], fresh: list[int], srid: int
) -> list[int]:
    if not fresh:
        return []
    places = sequence_numbers(geometries_to_metric(after[fresh], srid), of_new[fresh])
    chosen = {row: number for row in fresh if (number := numbers[row]) is not None}

    def order(pair: tuple[int, Any]) -> tuple[Any, ...]:
        row, place = pair
        return of_new[row], row not in chosen, chosen.get(row, 0), int(place)

    return [row for row, _ in sorted(zip(fresh, places, strict=True), key=order)]


def _intersections(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Intersect pair by pair, on every processor: GEOS computes without Python's lock."""
    parts = os.cpu_count() or 1
    with ThreadPoolExecutor(parts) as pool:
        found = pool.map(shapely.intersection, np.array_split(one, parts), np.array_split(other, parts))
        return np.concatenate([*found])


def _passed(
    before: NDArray[Any], retired: list[int], after: NDArray[Any], fresh: list[int], srid: int
) -> list[Passed]:
    if not retired or not fresh:
        return []
    new, old = shapely.STRtree(before[retired]).query(after[fresh], predicate="intersects")
    common = _intersections(after[fresh][new], before[retired][old])
    areas_m2 = ground_m2(common, srid)
    return [
        Passed(retired[o], fresh[n], float(area))
        for o, n, area in zip(old, new, areas_m2, strict=True)
        if area > _NOTHING_M2
    ]
