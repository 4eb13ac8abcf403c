import numpy as np
import pytest
import shapely

from gridgis.planning.succession import SAME_M, succession
from tests.sketch import sketch

SRID = 4547
WEST, SOUTH, CELL = 114.05, 22.54, 0.001
COMMUNITY = "440303001001"


def drawn(drawing):
    return sketch(drawing, origin=(WEST, SOUTH), cell=CELL)


def between(old, new, numbers=None, communities=None):
    """What becomes of named shapes, by name."""
    names, keys = list(old), list(new)
    of = communities or {}
    course = succession(
        list(old.values()),
        [COMMUNITY] * len(old),
        list(new.values()),
        [of.get(key, COMMUNITY) for key in keys],
        [(numbers or {}).get(key) for key in keys],
        srid=SRID,
    )
    return (
        {names[o]: keys[n] for o, n in course.kept.items()},
        [names[row] for row in course.retired],
        [keys[row] for row in course.minted],
        {keys[n]: names[o] for n, o in course.heirs().items()},
    )


def test_what_is_drawn_alike_stays_and_a_split_grid_has_two_heirs():
    kept, retired, minted, heirs = between(drawn("A A B"), drawn("C D B"))
    assert kept == {"B": "B"}
    assert retired == ["A"]
    assert minted == ["C", "D"]
    assert heirs == {"C": "A", "D": "A"}


def test_a_grid_that_only_gains_vertices_stays():
    old = {"A": shapely.box(114.0, 22.5, 114.002, 22.502)}
    x, y = 114.001, 22.502
    bent = shapely.Polygon(
        [(114.0, 22.5), (114.002, 22.5), (114.002, 22.502), (x, y + 5e-9), (114.0, 22.502)]
    )
    assert between(old, {"A": bent})[0] == {"A": "A"}


@pytest.mark.parametrize(("moved_m", "stays"), [(0.5 * SAME_M, True), (2 * SAME_M, False)])
def test_a_border_may_move_by_a_millimetre(moved_m, stays):
    old = {"A": shapely.box(114.0, 22.5, 114.002, 22.502)}
    new = {"A": shapely.box(114.0, 22.5, 114.002, 22.502 + moved_m / 111_000)}
    assert bool(between(old, new)[0]) is stays


def test_the_same_ground_in_another_community_is_another_grid():
    shapes = drawn("A")
    kept, retired, minted, heirs = between(shapes, shapes, communities={"A": "440303001002"})
    assert (kept, retired, minted, heirs) == ({}, ["A"], ["A"], {"A": "A"})


def test_the_same_ground_under_another_key_keeps_its_code():
    kept, retired, minted, _ = between(drawn("A B"), {"n1": drawn("A B")["B"], "n2": drawn("A B")["A"]})
    assert kept == {"A": "n2", "B": "n1"}
    assert (retired, minted) == ([], [])


def test_renumbered_ground_follows_itself_under_a_new_code_in_the_order_of_the_numbers():
    names = "ABCDEFGHIJKL"
    old = drawn(" ".join(names))
    new = {f"n{number}": old[name] for number, name in enumerate(reversed(names), start=1)}
    numbers = {key: int(key[1:]) for key in new}
    kept, retired, minted, heirs = between(old, new, numbers=numbers)
    assert kept == {}
    assert retired == list(names)
    assert minted == [f"n{number}" for number in range(1, 13)], "by number, n10 after n9"
    assert heirs == dict(zip(new, reversed(names), strict=True))


def test_new_grids_are_numbered_west_to_east_after_those_somebody_numbered():
    new = drawn("C D E")
    assert between(drawn("A A A"), new)[2] == ["C", "D", "E"]
    assert between(drawn("A A A"), new, numbers={"E": 1})[2] == ["E", "C", "D"]


def test_the_heir_is_who_gave_most_and_shares_add_up():
    old, new = drawn("A A B\nA A B"), drawn("C C C\nC C C")
    course = succession(
        list(old.values()), [COMMUNITY] * 2, list(new.values()), [COMMUNITY], [None], srid=SRID
    )
    areas = {share.old: share.area_m2 for share in course.passed}
    assert areas[0] == pytest.approx(2 * areas[1], rel=1e-4)
    assert between(old, new)[3] == {"C": "A"}


def test_neighbours_that_only_touch_pass_nothing_on():
    course = succession(
        list(drawn("A B").values()), [COMMUNITY] * 2, list(drawn("C D D").values()), [COMMUNITY] * 2,
        [None] * 2, srid=SRID,
    )  # fmt: skip
    assert {(share.old, share.new) for share in course.passed} == {(1, 1)}


def test_nothing_becomes_of_nothing():
    course = succession([], [], [], [], [], srid=SRID)
    assert (course.kept, course.retired, course.minted, course.passed) == ({}, [], [], [])
    assert succession(
        np.array([]), [], [shapely.box(114, 22, 114.1, 22.1)], [COMMUNITY], [None], srid=SRID
    ).minted == [0]
