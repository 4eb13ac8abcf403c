import pytest
import shapely

from gridgis.planning.editing.operations import perform
from gridgis.planning.editing.refusals import Refused
from tests.fabrics import block, drawn, findings, houses, path, stored

FOUR = "A A B B\nA A B B\nC C D D\nC C D D"
ROAD = path((2.1, -1), (2.1, 5))


def snap(fabric, *keys, within_m=15):
    return perform(fabric, "snap_to_roads", {"keys": list(keys), "within_m": within_m})


def on_road(fabric):
    """The vertices of grids on the road, to a millimetre."""
    corners = shapely.get_coordinates([held.polygon for held in fabric.grids.values()]).tolist()
    return {(x, y) for x, y in corners if shapely.dwithin(shapely.Point(x, y), ROAD, 1e-8)}


def test_vertices_inside_a_community_move_to_the_road():
    fabric = drawn(FOUR, roads=[ROAD])
    before = stored(fabric)
    change = snap(fabric, "A")
    fabric.apply(change)
    assert not findings(fabric)
    assert change.removed == {"A", "B", "C", "D"}  # the corner in the middle is of all four
    assert len(on_road(fabric)) == 2
    fabric.apply(change.inverse)
    assert stored(fabric) == before


def test_what_stands_in_the_way_keeps_only_its_own_vertex():
    fabric = drawn(FOUR, roads=[ROAD], buildings=houses(shop=block(2.1, 3, 0.03)))
    fabric.apply(snap(fabric, "A", "D"))
    assert not findings(fabric)
    assert len(on_road(fabric)) == 2  # the corner and the vertex south of it, not the one at the shop


def test_vertices_on_the_border_of_a_community_stay():
    fabric = drawn(FOUR, {"B": "E", "D": "E"}, roads=[ROAD])
    with pytest.raises(Refused, match="to a road within 15 m of A"):
        snap(fabric, "A")


@pytest.mark.parametrize("roads", [[], [path((9, 0), (9, 4))]])
def test_without_a_road_near_enough_nothing_changes(roads):
    with pytest.raises(Refused) as refused:
        snap(drawn(FOUR, roads=roads), "A")
    assert refused.value.reason == "no_change"


def test_a_locked_grid_keeps_its_vertices():
    with pytest.raises(Refused):
        snap(drawn(FOUR, roads=[ROAD], locked={"B", "C"}), "A")
