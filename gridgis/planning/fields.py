"""Many searches as one: each parent, and each island of it, is a field that its zones cannot leave."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridgis.errors import InvalidInput
from gridgis.planning.design import ALIKE, Progress, Weights, designs
from gridgis.planning.measures import largest_deviation
from gridgis.planning.partition import NOWHERE, Units, part_of, pieces, tally


class Field(NamedTuple):
    """Units that hang together inside one parent; zones are numbered on from `first`."""

    parent: str
    rows: NDArray[np.int64]
    first: int
    zones: int


def fields(units: Units, names: ArrayLike, parents: ArrayLike, zones: int) -> list[Field]:
    """Share zones out to the fields: always to the field whose zones carry most, each gets one at least.

    Parameters
    ----------
    names, parents
        Of each unit.
    zones
        In all.

    Raises
    ------
    InvalidInput
        There are more zones than units, or fewer than fields; the message names the units.
    """
    known, parent = np.unique(np.asarray(parents, dtype=object).astype(str), return_inverse=True)
    islands = pieces(units, parent.astype(np.int32))
    groups = [np.flatnonzero(islands == island) for island in range(int(islands.max(initial=-1)) + 1)]
    groups.sort(key=lambda rows: (parent[rows[0]], -len(rows), rows[0]))
    count, labels = len(units.load), np.asarray(names, dtype=object)
    if zones > count:
        raise InvalidInput(f"{zones} zones are more than the {count} units; at most {count} can be made")
    if zones < len(groups):
        small = sorted(groups, key=lambda rows: units.load[rows].sum())
        raise InvalidInput(
            f"{zones} zones are fewer than the {len(groups)} pieces that units of {len(known)} parents lie"
            f" in without a common border; ask for {len(groups)} at least. The pieces that carry least: "
            + ", ".join(f"{labels[rows[0]]} ({len(rows)} units)" for rows in small[:8])
        )
    shares = _shared_out([float(units.load[rows].sum()) for rows in groups], list(map(len, groups)), zones)
    firsts = np.cumsum([0, *shares])
    return [
        Field(str(known[parent[rows[0]]]), rows, int(first), share)
        for rows, first, share in zip(groups, firsts, shares, strict=False)
    ]


def _shared_out(loads: Sequence[float], sizes: Sequence[int], zones: int) -> list[int]:
    """Return zones per field: the largest load per zone is as small as can be (Jefferson, D'Hondt)."""
    shares = [1] * len(loads)
    heap = [(-load, field) for field, load in enumerate(loads) if sizes[field] > 1]
    heapq.heapify(heap)
    for _ in range(zones - len(loads)):
        _, field = heapq.heappop(heap)
        shares[field] += 1
        if shares[field] < sizes[field]:
            heapq.heappush(heap, (-loads[field] / shares[field], field))
    return shares


def grouped(
    units: Units,
    parts: Sequence[Field],
    *,
    seed: int,
    weights: Weights = ALIKE,
    tolerance: float = 0.02,
    effort: float = 1000.0,
    was: NDArray[np.int32] | None = None,
    locked: NDArray[np.bool_] | None = None,
) -> Iterator[Progress]:
    """Search all fields in turn, a slice each, so that at any moment all are about equally good.

    Parameters and errors are those of `design.designs`; zones are numbered through.
    """
    zones = sum(field.zones for field in parts)
    searches = []
    for number, field in enumerate(parts):
        own = None if was is None else _numbered_from(was[field.rows], field)
        kept = None if locked is None else locked[field.rows]
        searches.append(
            designs(
                part_of(units, field.rows), field.zones, seed=seed + number, weights=weights,
                tolerance=tolerance, effort=effort, was=own, locked=kept,
            )
        )  # fmt: skip
    zone = np.full(len(units.load), NOWHERE, dtype=np.int32)
    latest: list[Progress | None] = [None] * len(parts)
    going = set(range(len(parts)))
    while going:
        for number in sorted(going):
            reached = next(searches[number], None)
            if reached is None:
                going.discard(number)
                continue
            latest[number] = reached
            zone[parts[number].rows] = reached.zone + parts[number].first
        if going:
            still = [latest[number] for number in going]
            done = min(reached.done for reached in still if reached is not None)
            prices = [reached.price for reached in latest if reached is not None]
            off = largest_deviation(tally(units, zone, zones))
            yield Progress(done, zone.copy(), off, float(np.mean(prices)))


def _numbered_from(was: NDArray[np.int32], field: Field) -> NDArray[np.int32]:
    """Return today's zones counted from the field's first; those of other fields are none of its own."""
    own = was - field.first
    return np.where((was == NOWHERE) | (own < 0) | (own >= field.zones), NOWHERE, own).astype(np.int32)
