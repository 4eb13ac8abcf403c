import pytest

from gridgis.planning.editing.operations import perform
from gridgis.planning.editing.refusals import Refused
from tests.fabrics import drawn, findings, path, stored


def merge(fabric, *keys):
    return perform(fabric, "merge", {"keys": list(keys)})


def test_neighbours_become_one_and_others_are_not_touched():
    fabric = drawn("A A B\nC B B\nC D D")
    change = merge(fabric, "A", "B")
    assert (change.removed, change.reshaped) == ({"A", "B"}, {})
    assert change.from_ == {"n1": ["B", "A"]}  # B is the larger
    fabric.apply(change)
    assert not findings(fabric)


def test_splitting_and_merging_again_keeps_the_ground():
    fabric = drawn("A B\nA B")
    whole = fabric.grids["A"].polygon
    fabric.apply(perform(fabric, "split", {"key": "A", "line": path((-1, 1.3), (3, 1.4))}))
    fabric.apply(merge(fabric, "n1", "n2"))
    assert fabric.grids["n3"].polygon.equals(whole) or fabric.grids["n3"].polygon.area == pytest.approx(
        whole.area, rel=1e-12
    )
    assert not findings(fabric)


def test_undoing_gives_back_the_same_bytes():
    fabric = drawn("A A B\nC B B\nC D D")
    before = stored(fabric)
    change = merge(fabric, "A", "B", "C")
    fabric.apply(change)
    fabric.apply(change.inverse)
    assert stored(fabric) == before


@pytest.mark.parametrize(
    ("drawing", "keys", "reason", "named"),
    [
        ("A B C", ("A", "C"), "not_adjacent", "no common border joins [AC] to [AC]"),
        ("A B\nC D", ("A", "D"), "not_adjacent", "no common border"),  # a corner is not a border
        ("A B F", ("B", "F"), "communities", "B belongs to C, F belongs to E"),
        ("A B", ("A",), "no_change", "two grids"),
        ("A B", ("A", "A"), "no_change", "two grids"),
        ("A A A\nA B D\nA A G", ("A", "D"), "pinched", "touch itself"),
    ],
)
def test_what_a_merge_is_refused_for(drawing, keys, reason, named):
    fabric = drawn(drawing, {"F": "E"})
    with pytest.raises(Refused, match=named) as refused:
        merge(fabric, *keys)
    assert refused.value.reason == reason
