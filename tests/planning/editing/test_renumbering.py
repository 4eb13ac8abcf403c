import pytest

from gridgis.planning.editing.fabric import Numbers
from gridgis.planning.editing.operations import perform
from gridgis.planning.editing.refusals import Refused
from tests.fabrics import drawn, stored


def test_grids_become_new_in_rows_from_the_north_west():
    fabric = drawn("D C X\nB A X", {"X": "E"}, numbers=Numbers({"C": 4}, next_new=7))
    before = stored(fabric)
    change = perform(fabric, "renumber", {"community": "C"})
    assert change.from_ == {"n7": ["D"], "n8": ["C"], "n9": ["B"], "n10": ["A"]}
    assert all(
        held.polygon.equals(change.before[old].polygon)
        for (_, held), old in zip(change.added.items(), "DCBA", strict=True)
    )
    fabric.apply(change)
    assert fabric.used == {"C": 8}
    fabric.apply(change.inverse)
    assert (stored(fabric), fabric.used) == (before, {"C": 4})


def test_what_renumbering_is_refused_for():
    with pytest.raises(Refused, match="community F has no grids"):
        perform(drawn("A B"), "renumber", {"community": "F"})
    with pytest.raises(Refused, match="locked: B"):
        perform(drawn("A B", locked={"B"}), "renumber", {"community": "C"})
    with pytest.raises(Refused, match="would need grid number 1001"):
        perform(drawn("A B", numbers=Numbers({"C": 999})), "renumber", {"community": "C"})
