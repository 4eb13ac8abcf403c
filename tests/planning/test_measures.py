import numpy as np
import pytest

from gridgis.planning.measures import measures
from tests.lattices import lattice

NAMES = np.array(["north", "south"], dtype=object)


def test_each_measure_says_what_it_is_and_why():
    load = np.array([5.0, 5, 5, 5, 1, 1, 1, 1])
    units = lattice(4, 2, load)._replace(crossings=np.ones(20))
    zone = np.array([0, 0, 0, 0, 1, 1, 1, 1], np.int32)
    was = np.array([0, 0, 0, 1, 1, 1, 1, -1], np.int32)
    found = {m.name: m for m in measures(units, zone, 2, names=NAMES, was=was)}
    assert found["largest_deviation"].value == pytest.approx(8 / 12)
    assert found["largest_deviation"].why.startswith("north carries 20.0, +8.0 off the mean of 12.0")
    assert found["compactness"].value == pytest.approx(4 * np.pi * 4 / 100)
    assert found["roads_crossed"].value == pytest.approx(6 / 10)
    assert found["changed"].value == pytest.approx(1 / 7)
    assert all(m.definition and m.why for m in found.values())
    deviation = found["largest_deviation"]
    assert (deviation.reason, deviation.zone) == ("give_costs_others", 0)
    assert deviation.values == {"load": 20.0, "off": 8.0, "mean": 12.0, "lightest": 5.0}
    assert found["roads_crossed"].reason == "roads_inside"
    assert found["changed"].values == {"moved": 1, "known": 7}


@pytest.mark.parametrize(
    ("load", "parents", "reason", "why"),
    [
        ([7, 1], None, "single_unit", "+3.0 off the mean of 4.0, and it is a single unit"),
        ([7, 1], ["A", "B"], "parent_mean", "and the 1 zones that its parent has carry 7.0 on average"),
        ([0, 0], None, "nothing_at_border", "and no unit with a load lies at its border"),
    ],
)
def test_the_reason_fits_the_case(load, parents, reason, why):
    units = lattice(2, 1, np.array(load, float))
    zone = np.array([0, 1], np.int32)
    parents = None if parents is None else np.array(parents, dtype=object)
    found = measures(units, zone, 2, names=NAMES, parents=parents)[0]
    assert why in found.why
    assert found.reason == reason
