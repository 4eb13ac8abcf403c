"""The numbers that cities give of their grids (REQUIREMENTS, section 9), made by the designs."""

from itertools import pairwise

import numpy as np
import pytest

from gridgis.planning.fields import fields, grouped
from gridgis.planning.partition import is_partition, part_of
from tests.lattices import lattice

UNITS = lattice(68, 51)
NAMES = np.array([f"block {k}" for k in range(68 * 51)], dtype=object)


def divided(within, zones):
    """Zones of some parents of the lattice's units."""
    parts = fields(UNITS, NAMES, within, zones)
    *_, best = grouped(UNITS, parts, seed=1, effort=5)
    assert is_partition(UNITS, best.zone, zones)
    return best.zone


def test_levels_are_nested_and_their_children_fill_them():
    """R15: 6, 46 and 1,156 grids, each within its parent."""
    communities = np.arange(68 * 51) % 68 * 3 // 68
    levels = [communities]
    for count in (6, 46, 1156):
        levels.append(divided(levels[-1], count))
    assert [len(np.unique(level)) for level in levels] == [3, 6, 46, 1156]
    for parent, child in pairwise(levels):
        assert len(np.unique(np.column_stack((child, parent)), axis=0)) == len(np.unique(child))


@pytest.mark.parametrize(
    ("parents", "workers"), [((21, 20, 16), 57), ((143, 440, 22), 605)], ids=["57", "605"]
)
def test_totals_of_parts_are_those_of_the_whole(parents, workers):
    """R11, and the sum of R24 without its types: each part has as many zones as units, and they add up."""
    units = part_of(lattice(len(parents) * 440, 1), np.arange(workers))
    within = np.repeat(np.arange(len(parents)), parents)
    parts = fields(units, NAMES, within, workers)
    assert tuple(part.zones for part in parts) == parents
    assert sum(part.zones for part in parts) == workers
