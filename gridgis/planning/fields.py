"""Many searches as one: each parent, and each island of it, is a field that its zones cannot leave."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridgis.errors import InvalidInput
from gridgis.planning.constraints import Obstacle, obstacles
from gridgis.planning.design import ALIKE, Progress, Today, Weights, designs
from gridgis.planning.measures import largest_deviation
from gridgis.planning.partition import NOWHERE, Units, levelled, part_of, pieces, tally


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
    groups, parent = _groups(units, parents)
    count, labels = len(units.load), np.asarray(names, dtype=object)
    if zones > count:
        raise InvalidInput(f"{zones} zones are more than the {count} units; at most {count} can be made")
    if zones < len(groups):
        small = sorted(groups, key=lambda rows: units.load[rows].sum())
        raise InvalidInput(
            f"{zones} zones are fewer than the {len(groups)} pieces that units of {len(set(parent))} parents"
            f" lie in without a common border; ask for {len(groups)} at least. The pieces that carry least: "
            + ", ".join(f"{labels[rows[0]]} ({len(rows)} units)" for rows in small[:8])
        )
    shares = _shared_out([float(units.load[rows].sum()) for rows in groups], list(map(len, groups)), zones)
    return _numbered(groups, parent, shares)


def standing_fields(units: Units, parents: ArrayLike, zones: ArrayLike) -> list[Field]:
    """Return the fields of zones that there are, each with as many as it has.

    Parameters
    ----------
    parents, zones
        Of each unit, as text.

    Raises
    ------
    InvalidInput
        A zone is not in one piece within one parent.
    """
    labels = np.asarray(zones, dtype=object).astype(str)
    groups, parent = _groups(units, parents)
    number = np.unique(np.column_stack((labels, parent)).astype(str), axis=0, return_inverse=True)[1]
    piece = pieces(units, number.ravel().astype(np.int32))
    for label in np.unique(labels):
        if (count := len(np.unique(piece[labels == label]))) > 1:
            raise InvalidInput(
                f"{label} lies in {count} pieces or parents today; each is to be one, in one parent",
                field="today",
            )
    return _numbered(groups, parent, [len(np.unique(labels[rows])) for rows in groups])


def _groups(units: Units, parents: ArrayLike) -> tuple[list[NDArray[np.int64]], NDArray[Any]]:
    """Return the rows of each field, by parent and size, and the parent of each unit."""
    known, parent = np.unique(np.asarray(parents, dtype=object).astype(str), return_inverse=True)
    islands = pieces(units, parent.astype(np.int32))
    groups = [np.flatnonzero(islands == island) for island in range(int(islands.max(initial=-1)) + 1)]
    groups.sort(key=lambda rows: (parent[rows[0]], -len(rows), rows[0]))
    return groups, known[parent]


def _numbered(
    groups: Sequence[NDArray[np.int64]], parent: NDArray[Any], shares: Sequence[int]
) -> list[Field]:
    firsts = np.cumsum([0, *shares])
    return [
        Field(str(parent[rows[0]]), rows, int(first), share)
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


def known_obstacles(
    units: Units, parts: Sequence[Field], names: ArrayLike, tolerance: float
) -> list[Obstacle]:
    """Return what keeps the zones of some fields from being equal, before anything is started."""
    labels = np.asarray(names, dtype=object)
    found = uneven(units, parts, labels, tolerance)
    for part in parts:
        own = obstacles(part_of(units, part.rows), labels[part.rows], part.zones, tolerance)
        found += [replace(one, units=tuple(part.rows[list(one.units)].tolist())) for one in own]
    return found


def uneven(units: Units, parts: Sequence[Field], names: ArrayLike, tolerance: float) -> list[Obstacle]:
    """Return, as an obstacle, the fields whose zones cannot be within the tolerance of the mean of all.

    Loads do not leave their field, so what a zone carries there on average is settled before any search.
    """
    labels = np.asarray(names, dtype=object)
    mean = float(units.load.sum()) / max(sum(part.zones for part in parts), 1)
    loads = [float(units.load[part.rows].sum()) for part in parts]
    off = [load / part.zones - mean for load, part in zip(loads, parts, strict=True)]
    wrong = [k for k in np.argsort(-np.abs(off), kind="stable") if abs(off[k]) > tolerance * mean]
    if not wrong:
        return []
    listed = "; ".join(
        f"{parts[k].parent} from {labels[parts[k].rows[0]]} on, {len(parts[k].rows)} units,"
        f" {loads[k]:,.1f} for {parts[k].zones} zones"
        for k in wrong[:_MOST_NAMED]
    )
    more = f" and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
    rows = tuple(int(parts[k].rows[0]) for k in wrong)
    sentence = f"zones carry {mean:,.1f} on average, and pieces cannot: {listed}{more}"
    worst = parts[wrong[0]]
    values = {
        "mean": mean, "count": len(wrong), "units": len(worst.rows), "load": loads[wrong[0]],
        "zones": worst.zones,
    }  # fmt: skip
    return [Obstacle("pieces_off_mean", values, sentence, rows, False)]


#: As many pieces are named in a sentence.
_MOST_NAMED = 5


def grouped(
    units: Units,
    parts: Sequence[Field],
    *,
    seed: int,
    weights: Weights = ALIKE,
    tolerance: float = 0.02,
    effort: float = 1000.0,
    today: Today | None = None,
) -> Iterator[Progress]:
    """Search all fields in turn, a slice each, so that at any moment all are about equally good.

    Parameters and errors are those of `design.designs`; zones are numbered through.
    """
    zones = sum(field.zones for field in parts)
    searches, level = [], units.load.copy()
    freedom = _freedom(units, parts, today)
    for number, field in enumerate(parts):
        level[field.rows] = levelled(level[field.rows], field.zones)
        own = None if today is None else _part_of_today(today, field, freedom[number])
        searches.append(
            designs(
                part_of(units, field.rows), field.zones, seed=seed + number, weights=weights,
                tolerance=tolerance, effort=effort, today=own,
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
            off = largest_deviation(tally(units._replace(load=level), zone, zones))
            yield Progress(done, zone.copy(), off, float(np.mean(prices)))


def _freedom(units: Units, parts: Sequence[Field], today: Today | None) -> Sequence[int | None]:
    """Share moves out to the fields, always to the one with most load beyond its mean a move (D'Hondt)."""
    if today is None or today.at_most is None:
        return [None] * len(parts)
    needs = []
    for field in parts:
        own = _numbered_from(today.was[field.rows], field)
        load = np.bincount(own[own != NOWHERE], units.load[field.rows][own != NOWHERE], field.zones)
        needs.append(float(np.abs(load - load.mean()).sum()) / 2)
    shares = [0] * len(parts)
    heap = [(-need, number) for number, need in enumerate(needs) if need > 0]
    heapq.heapify(heap)
    for _ in range(today.at_most if heap else 0):
        _, number = heapq.heappop(heap)
        shares[number] += 1
        heapq.heappush(heap, (-needs[number] / (shares[number] + 1), number))
    return shares


def _part_of_today(today: Today, field: Field, at_most: int | None) -> Today:
    locked = None if today.locked is None else today.locked[field.rows]
    return Today(_numbered_from(today.was[field.rows], field), locked, at_most)


def _numbered_from(was: NDArray[np.int32], field: Field) -> NDArray[np.int32]:
    """Return today's zones counted from the field's first; those of other fields are none of its own."""
    own = was - field.first
    return np.where((was == NOWHERE) | (own < 0) | (own >= field.zones), NOWHERE, own).astype(np.int32)
