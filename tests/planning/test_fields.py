import numpy as np
import pytest

from gridgis.errors import InvalidInput
from gridgis.planning.design import Today
from gridgis.planning.fields import fields, grouped
from gridgis.planning.partition import is_partition, part_of
from tests.lattices import lattice

NAMES = np.array([f"G{k:04d}" for k in range(2000)], dtype=object)


def test_zones_go_where_they_are_needed_most():
    load = np.where(np.arange(24) % 6 < 3, 5.0, 1.0)
    parents = np.where(np.arange(24) % 6 < 3, "west", "east")
    parts = fields(lattice(6, 4, load), NAMES, parents, 6)
    assert [(part.parent, part.first, part.zones) for part in parts] == [("east", 0, 1), ("west", 1, 5)]


def test_no_zone_leaves_its_parent_and_each_is_whole():
    units = lattice(12, 10)
    parents = np.array([f"P{k % 12 // 4}" for k in range(120)])
    parts = fields(units, NAMES, parents, 13)
    *_, best = grouped(units, parts, seed=1, effort=100)
    assert is_partition(units, best.zone, 13)
    for zone in range(13):
        assert len(set(parents[best.zone == zone])) == 1


def test_187_communities_are_divided_into_589_grids():
    """REQUIREMENTS R22: 2 to 4 grids in most communities, none without."""
    rng = np.random.default_rng(22)
    units = lattice(187, 12, rng.integers(5, 40, 187 * 12))
    communities = np.array([f"C{k % 187:03d}" for k in range(187 * 12)])
    names = np.array([f"block {k}" for k in range(187 * 12)], dtype=object)
    parts = fields(units, names, communities, 589)
    assert len(parts) == 187
    assert sum(part.zones for part in parts) == 589
    assert min(part.zones for part in parts) >= 1
    *_, best = grouped(units, parts, seed=1, effort=50)
    assert is_partition(units, best.zone, 589)
    assert all(len(set(communities[best.zone == zone])) == 1 for zone in range(589))


def test_1539_grids_are_given_to_350_workers():
    """REQUIREMENTS R14: about 4.4 adjacent grids each."""
    units = part_of(lattice(40, 39, np.random.default_rng(14).integers(200, 400, 1560)), np.arange(1539))
    parts = fields(units, NAMES, np.full(1539, "Dongcheng"), 350)
    *_, best = grouped(units, parts, seed=1, effort=1000)
    assert is_partition(units, best.zone, 350)
    assert best.deviation < 0.25


def test_more_workers_than_units_are_refused():
    with pytest.raises(InvalidInput, match="7 zones are more than the 6 units; at most 6 can be made"):
        fields(lattice(3, 2), NAMES, np.full(6, "P"), 7)


def test_fewer_workers_than_parents_are_refused_by_name():
    with pytest.raises(InvalidInput, match=r"2 zones are fewer than the 3 pieces .* G0000 \(2 units\)"):
        fields(lattice(3, 2), NAMES, np.arange(6) % 3, 2)


def test_equal_seeds_give_equal_results():
    units, parents = lattice(12, 10), np.arange(120) % 12 // 6
    runs = [
        list(grouped(units, fields(units, NAMES, parents, 9), seed=seed, effort=50))[-1].zone.tolist()
        for seed in (1, 1)
    ]
    assert runs[0] == runs[1]


def test_today_is_kept_within_each_parent():
    units, parents = lattice(8, 4), np.arange(32) % 8 // 4
    parts = fields(units, NAMES, parents, 4)
    was = np.array([2 * (k % 8 // 4) + (k // 16) for k in range(32)], np.int32)
    *_, best = grouped(units, parts, seed=1, effort=100, today=Today(was))
    assert best.zone.tolist() == was.tolist()
