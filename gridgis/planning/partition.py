"""Units and the zones they are grouped into: what they carry, who lies beside whom, what holds together.

A unit is never divided: a building block when grids are designed, a grid when beats are. Zones are numbered
from 0. Knows no geometry beyond lengths and areas, so that any graph can be partitioned.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from gridgis.geometry.adjacency import Adjacency, adjacency
from gridgis.geometry.measurement import area_m2, length_m

Integers = NDArray[np.int32]
Floats = NDArray[np.float64]

NOWHERE = -1


class Units(NamedTuple):
    """Units as a graph in compressed rows: the neighbours of unit u are ``near[starts[u]:starts[u + 1]]``.

    Attributes
    ----------
    shared_m
        Common border with each neighbour.
    crossings
        Roads and water that lie between a unit and each neighbour; a zone that holds both is crossed by them.
    unlike
        1 where a neighbour is of another type, else 0.
    load
        What is to be balanced.
    area_m2, around_m
        Ground and perimeter of each unit.
    """

    starts: Integers
    near: Integers
    shared_m: Floats
    crossings: Floats
    unlike: Floats
    load: Floats
    area_m2: Floats
    around_m: Floats


class Tally(NamedTuple):
    """The zone of each unit, and the sums of each zone; kept up to date move by move."""

    zone: Integers
    held: NDArray[np.int64]  # units
    load: Floats
    area_m2: Floats
    around_m: Floats
    inside: Floats  # crossings within the zone


def units_of(polygons: ArrayLike, load: ArrayLike, srid: int) -> Units:
    """Return polygons of a coverage (EPSG:4326) as units; they are neighbours when they share an edge."""
    neighbours = adjacency(polygons, srid)
    return units_from(
        neighbours, load=load, area_m2=area_m2(polygons, srid), around_m=length_m(polygons, srid)
    )


def units_from(
    neighbours: Adjacency,
    *,
    load: ArrayLike,
    area_m2: ArrayLike,
    around_m: ArrayLike,
    crossings: ArrayLike | None = None,
    unlike: ArrayLike | None = None,
) -> Units:
    """Return a graph of units; `crossings` and `unlike` are aligned with the pairs of `neighbours`."""
    count = len(np.asarray(load))
    none = np.zeros(len(neighbours.one))
    between = none if crossings is None else np.asarray(crossings, dtype=np.float64)
    apart = none if unlike is None else np.asarray(unlike, dtype=np.float64)
    here = np.concatenate((neighbours.one, neighbours.other))
    near = np.concatenate((neighbours.other, neighbours.one))
    order = np.lexsort((near, here))
    starts = np.zeros(count + 1, dtype=np.int32)
    starts[1:] = np.cumsum(np.bincount(here, minlength=count))
    return Units(
        starts,
        near[order].astype(np.int32),
        np.tile(neighbours.shared_m, 2)[order],
        np.tile(between, 2)[order],
        np.tile(apart, 2)[order],
        np.asarray(load, dtype=np.float64),
        np.asarray(area_m2, dtype=np.float64),
        np.asarray(around_m, dtype=np.float64),
    )


def part_of(units: Units, rows: NDArray[Any]) -> Units:
    """Return some of the units with the borders among themselves."""
    position = np.full(len(units.load), NOWHERE, dtype=np.int32)
    position[rows] = np.arange(len(rows), dtype=np.int32)
    here = np.repeat(np.arange(len(units.load)), np.diff(units.starts))
    kept = (position[here] != NOWHERE) & (position[units.near] != NOWHERE)
    kept &= here < units.near
    pairs = Adjacency(position[here[kept]], position[units.near[kept]], units.shared_m[kept])
    return units_from(
        pairs,
        load=units.load[rows],
        area_m2=units.area_m2[rows],
        around_m=units.around_m[rows],
        crossings=units.crossings[kept],
        unlike=units.unlike[kept],
    )


def tally(units: Units, zone: ArrayLike, zones: int) -> Tally:
    """Return the sums of each zone of a partition; the labels are copied."""
    labels = np.array(zone, dtype=np.int32)
    return Tally(labels, *_sums(units, labels, zones))


@njit(cache=True, nogil=True)
def _sums(
    units: Units, zone: np.ndarray, zones: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    held, load, area_m2 = np.zeros(zones, np.int64), np.zeros(zones), np.zeros(zones)
    around_m, inside = np.zeros(zones), np.zeros(zones)
    for unit in range(len(zone)):
        own = zone[unit]
        held[own] += 1
        load[own] += units.load[unit]
        area_m2[own] += units.area_m2[unit]
        around_m[own] += units.around_m[unit]
        for k in range(units.starts[unit], units.starts[unit + 1]):
            if zone[units.near[k]] == own:
                # met from both sides, which is how often it counts in the units' perimeters
                around_m[own] -= units.shared_m[k]
                inside[own] += units.crossings[k] / 2
    return held, load, area_m2, around_m, inside


def relabelled(zone: Integers, was: Integers, zones: int) -> Integers:
    """Return a partition whose zones have the numbers of today's zones with which they share most units.

    The pair with most in common is matched first; a zone without a match takes a number that is left.
    """
    common = np.zeros((zones, zones), dtype=np.int64)
    known = was != NOWHERE
    np.add.at(common, (zone[known], was[known]), 1)
    number = np.full(zones, NOWHERE, dtype=np.int32)
    for pair in np.argsort(-common, axis=None, kind="stable"):
        new, old = divmod(int(pair), zones)
        if number[new] == NOWHERE and old not in number:
            number[new] = old
    return number[zone]


def levelled(load: Floats, zones: int) -> Floats:
    """Return loads with none above what a zone carries when heavier units have zones of their own.

    With these the other zones can be equal; with the loads as they are, one unit of ten zones' load would
    make every other zone look too light, and a search would not know where to begin.
    """
    heaviest = np.sort(load)[::-1]
    rest, alone = float(load.sum()), 0
    while alone < min(zones - 1, len(load)) and heaviest[alone] > rest / (zones - alone):
        rest -= float(heaviest[alone])
        alone += 1
    return np.minimum(load, rest / (zones - alone))


@njit(cache=True, nogil=True)
def pieces(units: Units, zone: np.ndarray) -> np.ndarray:
    """Return for each unit the number of its piece: units of one zone that hang together by borders.

    Pieces are numbered in the order of their first units; with one zone for all they are the islands of
    the graph.
    """
    piece = np.full(len(zone), NOWHERE, np.int32)
    queue = np.empty(len(zone), np.int32)
    found = 0
    for first in range(len(zone)):
        if piece[first] != NOWHERE:
            continue
        piece[first] = found
        queue[0], head, tail = first, 0, 1
        while head < tail:
            unit = queue[head]
            head += 1
            for k in range(units.starts[unit], units.starts[unit + 1]):
                other = units.near[k]
                if piece[other] == NOWHERE and zone[other] == zone[first]:
                    piece[other] = found
                    queue[tail] = other
                    tail += 1
        found += 1
    return piece


def is_partition(units: Units, zone: Integers, zones: int) -> bool:
    """Whether every unit has a zone, no zone is empty and each hangs together."""
    if not len(zone) or zone.min() < 0 or zone.max() >= zones:
        return False
    return len(np.unique(zone)) == zones and int(pieces(units, zone).max()) + 1 == zones
