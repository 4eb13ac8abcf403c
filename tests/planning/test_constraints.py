import numpy as np
import pytest

from gridgis.geometry.adjacency import Adjacency
from gridgis.planning.constraints import obstacles, stays_whole
from gridgis.planning.partition import is_partition, part_of, pieces, tally, units_from
from tests.lattices import lattice

NAMES = np.array([f"B{k}" for k in range(36)], dtype=object)


def apart():
    """Three units in a row, and one alone."""
    ones = np.ones(4)
    pairs = Adjacency(np.array([0, 1]), np.array([1, 2]), np.ones(2))
    return units_from(pairs, load=ones, area_m2=ones, around_m=4 * ones)


def test_what_can_be_met_has_no_obstacles():
    assert obstacles(lattice(6, 6), NAMES, 4, 0.02) == []


def test_a_unit_above_the_cap_is_named_with_its_load():
    load = np.ones(36)
    load[7] = 40.0
    (found,) = obstacles(lattice(6, 6, load), NAMES, 4, 0.02)
    assert not found.fatal
    assert found.units == (7,)
    assert (found.reason, found.values["heaviest"], found.values["count"]) == ("unit_above_cap", 40.0, 1)
    assert "no zone may carry more than 19.1, and single units do: B7 (40.0)" in found.sentence


@pytest.mark.parametrize(
    ("zones", "reason", "sentence"),
    [
        (0, "no_zones", "0 zones were asked for; at least 1 is needed"),
        (37, "more_zones_than_units", "37 zones were asked for and there are 36 units"),
    ],
)
def test_impossible_numbers_are_refused(zones, reason, sentence):
    (found,) = obstacles(lattice(6, 6), NAMES, zones, 0.02)
    assert found.reason == reason
    assert found.fatal
    assert sentence in found.sentence


def test_pieces_without_a_common_border_are_named():
    (found,) = obstacles(apart(), NAMES, 1, 0.02)
    assert found.fatal
    assert "in 2 pieces that share no border" in found.sentence
    assert found.sentence.endswith("lie B3")


def test_a_bridge_may_not_leave_its_zone():
    units = lattice(3, 3)
    state = tally(units, np.array([0, 0, 0, 1, 0, 1, 1, 1, 1]), 2)  # a T upon a U
    mark, queue = np.zeros(9, np.int8), np.empty(9, np.int32)
    assert [stays_whole(units, state, unit, state.zone[unit], mark, queue) for unit in range(9)] == [
        True, False, True, True, True, True, False, False, False,
    ]  # fmt: skip
    assert not mark.any()


def test_the_last_unit_of_a_zone_stays():
    units = lattice(2, 1)
    state = tally(units, np.array([0, 1]), 2)
    assert not stays_whole(units, state, 0, 0, np.zeros(2, np.int8), np.empty(2, np.int32))


def test_a_partition_has_no_empty_zone_and_no_zone_in_parts():
    units = lattice(3, 1)
    assert is_partition(units, np.array([0, 0, 1], np.int32), 2)
    assert not is_partition(units, np.array([0, 1, 0], np.int32), 2)
    assert not is_partition(units, np.array([0, 0, 0], np.int32), 2)
    assert not is_partition(units, np.array([0, -1, 1], np.int32), 2)


def test_some_units_keep_the_borders_among_themselves():
    part = part_of(lattice(3, 2), np.array([0, 1, 4]))
    assert part.near.tolist() == [1, 0, 2, 1]
    assert pieces(part, np.zeros(3, np.int32)).tolist() == [0, 0, 0]
