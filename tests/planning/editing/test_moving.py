import numpy as np
import pytest
import shapely

from gridgis.geometry.measurement import area_m2
from gridgis.planning.editing.fabric import Fabric
from gridgis.planning.editing.operations import perform
from gridgis.planning.editing.refusals import Refused
from tests.fabrics import SRID, at, block, drawn, findings, houses, path, stored

NINE = "A B E\nC D E\nF F F"


def vertex(fabric, place, to):
    return perform(fabric, "move_vertex", {"vertex": list(place), "to": list(to)})


def edge(fabric, one, other, line):
    return perform(fabric, "move_edge", {"keys": [one, other], "path": shapely.geometry.mapping(line)})


def area(fabric, *keys):
    return area_m2([fabric.grids[key].polygon for key in keys], SRID).sum()


def test_a_vertex_moves_in_every_grid_that_has_it():
    fabric = drawn(NINE)
    before, whole = stored(fabric), area(fabric, "A", "B", "C", "D")
    change = vertex(fabric, at(1, 2), at(1.3, 2.2))
    assert change.removed == {"A", "B", "C", "D"}
    assert change.from_ == {"n1": ["A"], "n2": ["B"], "n3": ["C"], "n4": ["D"]}
    fabric.apply(change)
    assert not findings(fabric)
    assert area(fabric, "n1", "n2", "n3", "n4") == pytest.approx(whole, abs=1e-3)
    fabric.apply(change.inverse)
    assert stored(fabric) == before


def test_a_place_on_an_edge_becomes_a_vertex_and_moves():
    fabric = drawn(NINE)
    change = vertex(fabric, at(1, 2.5), at(1.3, 2.5))
    assert change.removed == {"A", "B"}
    fabric.apply(change)
    assert not findings(fabric)


@pytest.mark.parametrize(
    ("place", "to", "reason"),
    [
        (at(0, 3), at(0.1, 2.9), "community_border"),  # on the outline
        (at(2, 2), at(2.2, 2.1), "community_border"),  # E is of another community
        (at(1.5, 2.5), at(1.6, 2.6), "no_border"),
        (at(1, 2), at(2.5, 2.5), "invalid"),  # beyond the neighbours
        (at(1, 2), at(1, 2), "no_change"),
        (at(1, 2), at(0, 2), "pinched"),  # onto another vertex
        (at(1, 2), at(1.5, 2.5), "building_cut"),
    ],
)
def test_what_a_vertex_is_refused_for(place, to, reason):
    fabric = drawn(NINE, {"E": "G"}, buildings=houses(shop=block(1.2, 2.5, 0.1)))
    with pytest.raises(Refused) as refused:
        vertex(fabric, place, to)
    assert refused.value.reason == reason


def test_a_building_changes_hands_whole_when_a_border_jumps_it():
    fabric = drawn("A A B B\nA A B B", buildings=houses(shop=block(1.8, 1, 0.05)))
    fabric.apply(edge(fabric, "A", "B", path((2, 2), (1.5, 1), (2, 0))))
    assert fabric.grids["n2"].polygon.contains(fabric.buildings.polygons[0])


def test_a_border_is_drawn_anew_between_two_of_its_points():
    fabric = drawn(NINE)
    before, whole = stored(fabric), area(fabric, "D", "F")
    change = edge(fabric, "D", "F", path((1.2, 1), (1.5, 1.4), (1.8, 1)))
    assert change.removed == {"D", "F"}
    fabric.apply(change)
    assert not findings(fabric)
    assert area(fabric, "n1", "n2") == pytest.approx(whole, abs=1e-3)
    corners = shapely.get_coordinates(fabric.grids["n1"].polygon).tolist()
    assert [round(x, 9) for x in at(1.5, 1.4)] in np.round(corners, 9).tolist()
    fabric.apply(change.inverse)
    assert stored(fabric) == before


def test_the_direction_of_the_new_border_does_not_matter():
    there, back = drawn(NINE), drawn(NINE)
    there.apply(edge(there, "D", "F", path((1.2, 1), (1.5, 1.4), (1.8, 1))))
    back.apply(edge(back, "D", "F", path((1.8, 1), (1.5, 1.4), (1.2, 1))))
    assert there.grids["n1"].polygon.equals(back.grids["n1"].polygon)


def test_the_border_of_an_enclosed_grid_moves():
    fabric = drawn("A A A\nA B A\nA A A")
    fabric.apply(edge(fabric, "A", "B", path((1, 1), (1.5, 0.5), (2, 1))))
    assert not findings(fabric)
    assert area(fabric, "n2") > area(drawn("B"), "B")


@pytest.mark.parametrize(
    ("keys", "line", "reason", "others"),
    [
        (("A", "D"), path((1, 2), (1, 2)), "not_adjacent", ["A", "D"]),
        (("B", "E"), path((2, 2), (2, 3)), "communities", ["B", "E"]),
        (("C", "F"), path((0, 0.5), (1, 1)), "no_border", ["C", "F"]),
        (("C", "F"), path((0.5, 1), (0.5, 1.2), (0.5, 1)), "no_border", ["C", "F"]),
        (("C", "F"), path((0.2, 1), (0.5, 2.5), (0.8, 1)), "beyond", ["A", "C", "F"]),
        (("C", "F"), path((0.2, 1), (-1, 1.5), (0.8, 1)), "community_border", ["C", "F"]),
        (("D", "F"), path((1.2, 1), (2.5, 1.7), (1.8, 1)), "community_border", ["D", "E", "F"]),
        (("C", "F"), path((0.2, 1), (0.7, 1.5), (0.3, 1.5), (0.8, 1)), "invalid", ["C"]),
        (("C", "F"), path((0, 1), (1, 1)), "no_change", ["C", "F"]),
        (("A", "C"), path((0.2, 2), (0.5, 2.5), (0.8, 2)), "building_cut", []),
    ],
)
def test_what_a_new_border_is_refused_for(keys, line, reason, others):
    fabric = drawn(NINE, {"E": "G"}, buildings=houses(shop=block(0.5, 2.4, 0.05)))
    with pytest.raises(Refused) as refused:
        edge(fabric, *keys, line)
    assert (refused.value.reason, refused.value.keys) == (reason, others)


def test_locked_grids_do_not_move():
    fabric = drawn(NINE, locked={"D"})
    with pytest.raises(Refused, match="locked: D"):
        vertex(fabric, at(1, 2), at(1.3, 2.2))


def test_beside_free_land_a_vertex_stays():
    whole = drawn("A A F\nB B B")
    kept = [(key, held.community, held.polygon) for key, held in whole.grids.items() if key != "F"]
    with pytest.raises(Refused, match="draw a grid on it") as refused:
        vertex(Fabric(kept, outlines=whole.outlines), at(2, 1), at(2.1, 1.1))
    assert refused.value.reason == "free_land"


def test_a_border_that_leaves_no_ground_is_refused():
    corners = {
        "A": (at(0, 0), at(1, 0), at(0.2, 0.2), at(0, 1)),
        "B": (at(1, 0), at(0, 1), at(0.2, 0.2)),
    }
    fabric = Fabric([(key, "C", shapely.Polygon(ring)) for key, ring in corners.items()], srid=SRID)
    with pytest.raises(Refused, match="no ground would be left") as refused:
        edge(fabric, "A", "B", path((1, 0), (0, 1)))
    assert refused.value.reason == "invalid"
