import pytest

from gridgis.errors import Conflict
from gridgis.planning.editing.fabric import Fabric
from gridgis.planning.editing.operations import perform
from tests.fabrics import at, drawn, path, stored


def test_a_change_is_made_only_to_what_it_was_made_for():
    fabric = drawn("A B\nC D")
    one = perform(fabric, "merge", {"keys": ["A", "B"]})
    other = perform(fabric, "merge", {"keys": ["B", "D"]})
    fabric.apply(one)
    before = stored(fabric)
    with pytest.raises(Conflict, match=r"grid (B|n1) has been changed"):
        fabric.apply(other)
    assert stored(fabric) == before


def test_a_change_read_back_from_bytes_is_the_same_change():
    fabric, twin = drawn("A B\nC D"), drawn("A B\nC D")
    change = perform(fabric, "split", {"key": "A", "line": path((-1, 1.5), (3, 1.6))})
    fabric.apply(change)
    twin.apply(change)
    assert stored(twin) == stored(fabric)


def test_grids_are_found_where_they_are_now():
    fabric = drawn("A B\nC D")
    there = (*at(1.5, 1.5), *at(1.5, 1.5))
    assert fabric.near(there) == ["B"]
    change = perform(fabric, "merge", {"keys": ["A", "B"]})
    fabric.apply(change)
    assert fabric.near(there) == ["n1"]
    fabric.apply(change.inverse)
    assert fabric.near(there) == ["B"]
    assert fabric.next_number == 2  # n1 is not given to another grid


def test_a_fabric_may_be_empty():
    assert Fabric([]).near((0, 0, 1, 1)) == []
