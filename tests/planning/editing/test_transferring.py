import pytest
import shapely

from gridgis.geometry.measurement import area_m2
from gridgis.planning.editing.operations import perform
from gridgis.planning.editing.refusals import Refused
from tests.fabrics import SRID, at, block, drawn, findings, houses, stored

HOUSES = houses(
    one=block(1.7, 1.5), two=block(0.5, 1.5), three=block(0.5, 0.5), four=block(1.7, 0.5), far=block(3.5, 0.5)
)


def box(west, south, east, north):
    return shapely.geometry.mapping(shapely.box(*at(west, south), *at(east, north)))


def ground_of(fabric):
    return area_m2([held.polygon for held in fabric.grids.values()], SRID).sum()


def test_a_building_brings_the_ground_nearest_to_it():
    fabric = drawn("A A B B\nA A B B", buildings=HOUSES)
    before = stored(fabric)
    whole = ground_of(fabric)
    change = perform(fabric, "transfer", {"building": "one", "to": "B"})
    fabric.apply(change)
    assert not findings(fabric)
    (to,) = [key for key, olds in change.from_.items() if olds[0] == "B"]
    (rest,) = [key for key, olds in change.from_.items() if olds == ["A"]]
    assert change.from_[to] == ["B", "A"]
    assert fabric.grids[to].polygon.contains(HOUSES.polygons[0])
    assert all(fabric.grids[rest].polygon.contains(HOUSES.polygons[row]) for row in (1, 2, 3))
    assert area_m2([held.polygon for held in fabric.grids.values()], SRID).sum() == pytest.approx(
        whole, abs=0.01
    )
    fabric.apply(change.inverse)
    assert stored(fabric) == before


def test_ground_is_taken_from_every_grid_it_lies_in():
    fabric = drawn("A A B B\nC C B B")
    change = perform(fabric, "transfer", {"polygon": box(1.5, 0.5, 2.5, 1.5), "to": "B"})
    fabric.apply(change)
    assert change.removed == {"A", "B", "C"}
    assert len(fabric.grids) == 3
    assert not findings(fabric)


def test_a_grid_may_be_taken_in_whole():
    fabric = drawn("A A B B\nC C B B")
    change = perform(fabric, "transfer", {"polygon": box(-1, 1, 2, 3), "to": "B"})
    assert change.removed == {"A", "B"}
    assert change.from_ == {"n1": ["B", "A"]}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"building": "two", "to": "B"}, "not_adjacent"),
        ({"building": "none", "to": "B"}, "unknown_building"),
        ({"building": "one", "to": "Z"}, "unknown_grid"),
        ({"building": "far", "to": "B"}, "no_change"),
        ({"polygon": box(2.2, 0.2, 2.8, 0.8), "to": "B"}, "no_change"),
        ({"polygon": box(1.6, -1, 2.1, 2), "to": "B"}, "building_cut"),
        ({"polygon": box(1, 1.5, 2.1, 4), "to": "D"}, "communities"),
        ({"polygon": box(0.9, -1, 1.2, 2), "to": "B"}, "two_parts"),
    ],
)
def test_what_a_transfer_is_refused_for(arguments, reason):
    fabric = drawn("D D D D\nA A B B\nA A B B", {"D": "E"}, buildings=HOUSES)
    with pytest.raises(Refused) as refused:
        perform(fabric, "transfer", arguments)
    assert refused.value.reason == reason
    assert refused.value.message
