import pytest

from gridgis.planning.editing.operations import perform
from gridgis.planning.editing.refusals import Refused
from tests.fabrics import drawn, findings, stored

SMALL = "A A A B\nA A A B\nC S B B\nT D D D"


def absorb(fabric, **arguments):
    change = perform(fabric, "absorb", arguments)
    fabric.apply(change)
    assert not findings(fabric)
    return change


def test_a_grid_goes_to_the_neighbour_with_the_longest_common_border():
    fabric = drawn("A A A\nA S A\nB B B")
    before = stored(fabric)
    change = absorb(fabric, keys=["S"])
    assert change.from_ == {"n1": ["A", "S"]}
    fabric.apply(change.inverse)
    assert stored(fabric) == before


def test_grids_that_go_to_each_other_both_go():
    fabric = drawn("C C D E\nT T D E")
    change = absorb(fabric, keys=["C", "T"])
    assert change.removed == {"C", "D", "T"}
    assert len(change.added) == 1


def test_every_grid_below_an_area_goes():
    fabric = drawn(SMALL)
    absorb(fabric, community="C", below_m2=12_000)  # a cell has 11,391
    assert not {"C", "S", "T"} & fabric.grids.keys()


def test_only_neighbours_of_the_community_that_are_not_locked_take_a_grid():
    fabric = drawn("A A A\nA S A\nB B B", {"A": "E"})
    assert absorb(fabric, keys=["S"]).removed == {"B", "S"}
    alone = drawn("A A A\nA S A\nB B B", {"A": "E"}, locked={"B"})
    with pytest.raises(Refused, match="grid S has no neighbour in community C that could take it") as refused:
        absorb(alone, keys=["S"])
    assert (refused.value.reason, refused.value.keys) == ("not_adjacent", ["S"])


def test_where_no_grid_is_small_nothing_changes():
    with pytest.raises(Refused, match="nothing would change"):
        absorb(drawn("A A B B"), community="C", below_m2=100)
