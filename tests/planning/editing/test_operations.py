import math

import pytest

from gridgis.errors import InvalidInput
from gridgis.planning.editing.operations import NAMES, Reach, perform, reach
from gridgis.planning.editing.rings import SNAP
from tests.fabrics import drawn

SQUARE = {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]]}
BOW_TIE = {"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [2, 1], [1, 2], [1, 1]]]}
WORLD = {"type": "Polygon", "coordinates": [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]]}
LINE = {"type": "LineString", "coordinates": [[1, 2], [400, 3]]}
AROUND = (1 - SNAP, 1 - SNAP, 2 + SNAP, 2 + SNAP)

REACHES = {
    "split": ({"key": "A"}, Reach(keys=("A",))),
    "split_by_roads": ({"key": "A"}, Reach(keys=("A",))),
    "split_into": ({"key": "A", "n": 3}, Reach(keys=("A",))),
    "merge": ({"keys": ["A", "B"]}, Reach(keys=("A", "B"))),
    "move_vertex": (
        {"vertex": [1, 2], "to": [3, 4]}, Reach(bounds=(1 - SNAP, 2 - SNAP, 1 + SNAP, 2 + SNAP)),
    ),
    "move_edge": ({"keys": ["A", "B"]}, Reach(keys=("A", "B"))),
    "transfer": ({"polygon": SQUARE, "to": "A"}, Reach(keys=("A",), bounds=AROUND)),
    "draw": ({"polygon": SQUARE, "community": "C"}, Reach(bounds=AROUND)),
    "snap_to_roads": ({"keys": ["A"], "within_m": 10}, Reach(keys=("A",))),
    "absorb": ({"community": "C", "below_m2": 10}, Reach(communities=("C",))),
    "renumber": ({"community": "C"}, Reach(communities=("C",))),
    "redraw": ({"community": "C", "polygons": [SQUARE]}, Reach(communities=("C",))),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_says_what_it_needs_at_hand(name):
    arguments, wanted = REACHES[name]
    assert reach(name, arguments) == wanted


def test_a_building_or_grids_by_key_are_reached_too():
    assert reach("transfer", {"building": "b", "to": "A"}) == Reach(keys=("A",), buildings=("b",))
    assert reach("absorb", {"keys": ["A"]}) == Reach(keys=("A",))


@pytest.mark.parametrize(
    ("operation", "arguments", "sentence"),
    [
        ("melt", {}, "there is no operation 'melt'; there are split,"),
        ("split", {"line": {}}, "key is None; a text is expected"),
        ("split", {"key": "A"}, "line cannot be read; a GeoJSON LineString"),
        ("split", {"key": "A", "line": LINE | {"coordinates": [[1, 2]]}}, "line cannot be read"),
        ("split", {"key": "A", "line": SQUARE}, "line is a Polygon; a GeoJSON LineString"),
        ("split", {"key": "A", "line": LINE | {"coordinates": []}}, "line is empty; a GeoJSON LineString"),
        ("split", {"key": "A", "line": LINE | {"coordinates": [[1, math.nan], [2, 3]]}}, "no finite number"),
        ("split", {"key": "A", "line": LINE | {"coordinates": [[1, 10**400], [2, 3]]}}, "line cannot be"),
        ("split", {"key": "A", "line": {"type": "Nope", "coordinates": []}}, "line cannot be read"),
        ("redraw", {"community": "C", "polygons": []}, "polygons is empty; a list of GeoJSON Polygons"),
        ("split", {"key": "A", "line": LINE}, "line lies outside"),
        ("move_vertex", {"vertex": [1], "to": [1, 2]}, "vertex cannot be read"),
        ("move_vertex", {"vertex": "x", "to": [1, 2]}, "vertex cannot be read"),
        ("move_vertex", {"vertex": [1, float("nan")], "to": [1, 2]}, "vertex"),
        ("merge", {"keys": []}, "keys is"),
        ("merge", {"keys": ["A", 1]}, "a list of texts is expected"),
        ("move_edge", {"keys": ["A", "A"], "path": {}}, "two different grids"),
        ("draw", {"polygon": BOW_TIE, "community": "C"}, "polygon is no valid polygon: Self-intersection"),
        ("snap_to_roads", {"keys": ["A"], "within_m": 1000}, "a number from 0.1 to 200"),
        ("snap_to_roads", {"keys": ["A"], "within_m": True}, "a number from"),
        ("split_into", {"key": "A", "n": 2.5}, "a whole number"),
        ("split_into", {"key": "A", "n": 1}, "a number from 2 to 99"),
        ("redraw", {"community": "C", "polygons": {}}, "a list of GeoJSON Polygons"),
    ],
)  # fmt: skip
def test_arguments_are_refused_by_name(operation, arguments, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        perform(drawn("A B"), operation, arguments)


@pytest.mark.parametrize("name", ["draw", "transfer"])
def test_a_polygon_of_half_the_world_is_refused_before_all_in_it_is_looked_at(name):
    with pytest.raises(InvalidInput, match="polygon is 360 by 180 degrees; at most 1 are accepted"):
        reach(name, {"polygon": WORLD, "community": "C", "to": "A"})
