import shapely

from gridgis.planning.editing.operations import perform
from tests.fabrics import drawn, findings, path, stored

FOUR = "A A B\nA A B\nC D D"


def split(fabric, key, line):
    return perform(fabric, "split", {"key": key, "line": shapely.geometry.mapping(line)})


def test_a_line_makes_two_grids_and_neighbours_get_its_ends():
    fabric = drawn(FOUR)
    change = split(fabric, "A", path((0.5, 3.5), (0.7, 2), (1.5, 0.5)))
    assert change.removed == {"A"}
    assert change.from_ == {"n1": ["A"], "n2": ["A"]}
    assert change.reshaped.keys() == {"D"}  # the line leaves A there; north of A lies nothing
    fabric.apply(change)
    assert not findings(fabric)
    assert fabric.of("C") == ["B", "C", "D", "n1", "n2"]


def test_undoing_gives_back_the_same_bytes():
    fabric = drawn(FOUR)
    before = stored(fabric)
    change = split(fabric, "A", path((0.5, 3.5), (0.7, 2), (1.5, 0.5)))
    fabric.apply(change)
    fabric.apply(change.inverse)
    assert stored(fabric) == before
    assert change.inverse.from_ == {"A": ["n1", "n2"]}
