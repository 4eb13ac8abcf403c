import numpy as np
import pytest
import shapely

from gridgis.geometry.measurement import area_m2
from gridgis.planning.editing.fabric import Numbers
from gridgis.planning.editing.operations import perform
from gridgis.planning.editing.refusals import Refused
from gridgis.planning.editing.rings import SNAP
from tests.fabrics import CELL, SRID, at, block, drawn, findings, houses, path, stored

FOUR = "A A B\nA A B\nC D D"


def split(fabric, line, key="A"):
    return perform(fabric, "split", {"key": key, "line": shapely.geometry.mapping(line)})


def test_a_line_makes_two_grids_and_neighbours_get_its_ends():
    fabric = drawn(FOUR)
    change = split(fabric, path((0.5, 3.5), (0.7, 2), (1.5, 0.5)))
    assert change.removed == {"A"}
    assert change.from_ == {"n1": ["A"], "n2": ["A"]}
    assert change.reshaped.keys() == {"D"}  # the line leaves A there; north of A lies nothing
    fabric.apply(change)
    assert not findings(fabric)
    assert fabric.of("C") == ["B", "C", "D", "n1", "n2"]


def test_areas_add_up_to_a_square_centimetre():
    fabric = drawn(FOUR)
    pieces = [held.polygon for held in split(fabric, path((0.3, 3.5), (0.9, 2.2), (1.5, 0.5))).added.values()]
    (whole,) = area_m2([fabric.grids["A"].polygon], SRID)
    assert abs(area_m2(pieces, SRID).sum() - whole) < 1e-3


def test_neighbours_of_another_community_get_the_vertex_and_keep_their_ground():
    fabric = drawn(FOUR, {"D": "E"})
    change = split(fabric, path((0.5, 3.5), (1.5, 0.5)))
    fabric.apply(change)
    assert fabric.grids["D"].community == "E"
    assert fabric.grids["D"].polygon.equals_exact(change.before["D"].polygon.segmentize(CELL), 1e-5) is False
    assert abs(fabric.grids["D"].polygon.area - change.before["D"].polygon.area) < 1e-18
    assert not findings(fabric)


def test_ends_near_a_vertex_use_it():
    fabric = drawn("A B\nC D")
    fabric.apply(split(fabric, path((0.5, 2.5), (1, 1)), "A"))
    (west, south), snap = at(1, 1), SNAP / 2
    near = shapely.LineString([at(0, 0), (west + snap, south + snap)])
    change = split(fabric, near, "C")
    assert not change.reshaped
    assert all((west, south) in held.polygon.exterior.coords for held in change.added.values())


def test_a_line_may_cross_several_times_and_dangling_ends_are_left_out():
    fabric = drawn(". A .\nA A A\nB B B")
    change = split(fabric, path((-0.5, 1.5), (3.5, 1.5)))
    assert len(change.added) == 2
    wave = path((0.25, 3), (0.5, 0.5), (1.25, 3.5), (1.75, 3.5), (2.5, 0.5), (2.6, 1.2))
    change = split(fabric, wave)
    fabric.apply(change)
    assert len(change.added) == 6  # the line runs through A five times, and ends in it
    assert not findings(fabric)


def test_a_closed_line_makes_a_grid_within_a_grid():
    fabric = drawn(FOUR)
    change = split(fabric, path((0.5, 1.5), (1.5, 1.5), (1, 2.5), (0.5, 1.5)))
    fabric.apply(change)
    assert sorted(len(held.polygon.interiors) for held in change.added.values()) == [0, 1]
    assert not findings(fabric)


def test_a_grid_with_a_hole_is_split_around_it():
    fabric = drawn("A A A\nA B A\nA A A")
    fabric.apply(split(fabric, path((1.5, -0.5), (1.5, 3.5))))
    assert fabric.of("C") == ["B", "n1", "n2"]
    assert not findings(fabric)


def test_undoing_gives_back_the_same_bytes():
    fabric = drawn(FOUR)
    before = stored(fabric)
    change = split(fabric, path((0.5, 3.5), (0.7, 2), (1.5, 0.5)))
    fabric.apply(change)
    fabric.apply(change.inverse)
    assert stored(fabric) == before
    assert change.inverse.from_ == {"A": ["n1", "n2"]}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (path((0.5, 2.5), (1.5, 2.5)), "no_border"),  # ends inside at both ends
        (path((5, 5), (6, 6)), "no_border"),
        (path((0, 3), (0, 1)), "no_border"),  # along the border
        (path((-1, 2.999), (3, 2.999)), "sliver"),
        (path((1, 3.5), (1, 0.5)), "building_cut"),
        (path((0, 3), (1.5, 1.5), (0.5, 1.5), (2, 3)), "pinched"),
    ],
)
def test_what_a_line_is_refused_for(line, reason):
    fabric = drawn(FOUR, buildings=houses(school=block(1, 2)))
    before = stored(fabric)
    with pytest.raises(Refused) as refused:
        split(fabric, line)
    assert refused.value.reason == reason
    assert refused.value.place.distance(line) < 1e-9
    assert stored(fabric) == before


def test_the_building_cut_is_named_and_the_place_given():
    fabric = drawn(FOUR, buildings=houses(school=block(1, 2), shop=block(0.3, 2.7, 0.1)))
    with pytest.raises(Refused, match=r"would cut building school \(at 114\.051000, 22\.542\d+\)") as refused:
        split(fabric, path((1, 3.5), (1, 0.5)))
    assert refused.value.buildings == ["school"]


def test_a_border_along_a_wall_cuts_nothing():
    fabric = drawn(FOUR, buildings=houses(west=block(0.8, 2), east=block(1.2, 2)))
    assert len(split(fabric, path((1, 3.5), (1, 0.5))).added) == 2


def test_locked_grids_stay_and_their_neighbours_may_be_split():
    fabric = drawn(FOUR, locked={"A"})
    with pytest.raises(Refused, match="locked: A; unlock first"):
        split(fabric, path((1, 3.5), (1, 0.5)))
    assert split(fabric, path((2.5, 4), (2.5, 0)), "B").added


def test_a_community_without_numbers_left_gets_no_further_grid():
    fabric = drawn(FOUR, numbers=Numbers({"C": 998}))
    with pytest.raises(Refused, match="community C would need grid number 1000; its numbers end at 999"):
        split(fabric, path((1, 3.5), (1, 0.5)))
    room = drawn(FOUR, numbers=Numbers({"C": 997}, next_new=40))
    change = split(room, path((1, 3.5), (1, 0.5)))
    room.apply(change)
    assert change.added.keys() == {"n40", "n41"}
    assert room.used == {"C": 999}
    room.apply(perform(room, "merge", {"keys": ["n40", "n41"]}))
    assert room.used == {"C": 998}


def test_an_unknown_grid_is_refused_by_its_key():
    with pytest.raises(Refused, match="no grid Z") as refused:
        split(drawn(FOUR), path((0, 0), (1, 1)), "Z")
    assert refused.value.keys == ["Z"]


def test_roads_split_up_to_where_they_meet():
    roads = [path((1, 0), (1, 2)), path((-1, 2), (1, 2), (4, 2)), path((0.5, 2), (0.5, 2.7))]
    fabric = drawn("A A A\nA A A\nA A A", roads=roads)
    change = perform(fabric, "split_by_roads", {"key": "A"})
    fabric.apply(change)
    assert sorted(np.round(area_m2([h.polygon for h in change.added.values()], SRID) / 11393)) == [2, 3, 4]
    assert not findings(fabric)


def test_roads_that_do_not_part_a_grid_are_refused():
    with pytest.raises(Refused, match="no road runs through grid A"):
        perform(drawn(FOUR, roads=[path((0.5, 2), (0.5, 4))]), "split_by_roads", {"key": "A"})
    with pytest.raises(Refused, match="no road runs through grid A"):
        perform(drawn(FOUR), "split_by_roads", {"key": "A"})
