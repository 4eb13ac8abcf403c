from fractions import Fraction

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgis.errors import InvalidInput
from gridgis.geometry.cell_index import CellIndex
from tests import specimens
from tests.jigsaw import jigsaw, probes
from tests.sketch import sketch


def first_covering(polygons, x, y):
    """The rule in the plainest words there are: try all polygons in order."""
    points = shapely.points(x, y)
    answer = np.full(len(points), -1)
    for row in reversed(range(len(polygons))):
        answer[shapely.covers(polygons[row], points)] = row
    return answer


@pytest.mark.parametrize("cells_across", [1, 3, 14, 40])
def test_every_point_has_the_first_polygon_that_covers_it(cells_across):
    polygons = jigsaw(7, seed=1)
    x, y = probes(polygons, seed=2, count=5_000)
    found = CellIndex(polygons, cells_across=cells_across).covering(x, y)
    assert (found == first_covering(polygons, x, y)).all()
    assert 0.5 < (found >= 0).mean() < 1.0


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 5),
    cells_across=st.sampled_from([1, 2, 7, 14]),
    origin=st.sampled_from([(0.0, 0.0), (114.0, 22.5), (-179.99, -60.0), (500_000.0, 2_500_000.0)]),
    cell=st.sampled_from([1e-6, 0.003, 7.0]),
)
def test_it_holds_anywhere_and_at_any_size(seed, n, cells_across, origin, cell):
    polygons = jigsaw(n, seed, origin=origin, cell=cell)
    polygons = polygons[shapely.is_valid(polygons) & ~shapely.is_empty(polygons)]
    x, y = probes(polygons, seed, count=200)
    found = CellIndex(polygons, cells_across=cells_across).covering(x, y)
    assert (found == first_covering(polygons, x, y)).all()


def rounded_wrongly(a, b, rng, count):
    """Points so near the line a-b that a plain floating-point determinant has the wrong sign or is zero."""
    found = []
    while len(found) < count:
        t = rng.uniform()
        x, y = a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])
        plain = (a[0] - x) * (b[1] - y) - (b[0] - x) * (a[1] - y)
        ax, ay, bx, by, px, py = map(Fraction, (*a, *b, x, y))
        exact = (ax - px) * (by - py) - (bx - px) * (ay - py)
        if np.sign(plain) != np.sign(float(exact)):
            found.append((x, y))
    return np.array(found)


def test_points_that_floating_point_puts_on_the_wrong_side_are_put_right():
    a, b = (0.1, 0.1), (12.3, 7.7)
    left, right = shapely.Polygon([a, b, (0.0, 9.0)]), shapely.Polygon([b, a, (13.0, 0.0)])
    x, y = rounded_wrongly(a, b, np.random.default_rng(3), 200).T
    found = CellIndex([left, right]).covering(x, y)
    assert (found == first_covering([left, right], x, y)).all()
    assert set(found) == {0, 1}


def test_on_shared_edges_and_corners_the_first_wins():
    index = CellIndex(specimens.FOUR_CORNERS)
    edge, corner = specimens.ON_A_SHARED_EDGE, specimens.WHERE_FOUR_MEET
    assert list(index.covering([edge.x, corner.x], [edge.y, corner.y])) == [0, 0]
    backwards = CellIndex(specimens.FOUR_CORNERS[::-1])
    assert list(backwards.covering([edge.x, corner.x], [edge.y, corner.y])) == [2, 0]


def test_holes_parts_and_overlaps():
    polygons = [specimens.SQUARE_WITH_HOLE, specimens.TWO_PARTS, specimens.SQUARE]
    index = CellIndex(polygons)
    x, y = np.array([[5, 5], [4, 5], [0.5, 0.5], [3.5, 0.5], [5, 4], [11, 11]], dtype=float).T
    assert list(index.covering(x, y)) == [2, 0, 0, 0, 0, -1]
    assert list(CellIndex(polygons[1:2]).covering(x, y)) == [-1, -1, 0, 0, -1, -1]


def test_a_sketch_is_answered_letter_by_letter():
    shapes = sketch("A A B\nA B B\n. C C")
    index = CellIndex([shapes[letter] for letter in "ABC"])
    x, y = np.array([[0.5, 2.5], [2.5, 2.5], [0.5, 0.5], [1.5, 0.5], [1.0, 1.0]]).T
    assert list(index.covering(x, y)) == [0, 1, -1, 2, 0]


def test_points_that_are_nowhere():
    index = CellIndex([specimens.SQUARE])
    x = [np.nan, np.inf, -np.inf, 5.0, 1e300, -1e-300]
    y = [5.0, 5.0, 5.0, np.nan, -1e300, 5.0]
    assert (index.covering(x, y) == -1).all()
    assert CellIndex([]).covering([1.0], [2.0]).tolist() == [-1]
    assert index.covering([], []).shape == (0,)
    assert CellIndex([]).nbytes == 0


def test_threads_change_nothing():
    polygons = jigsaw(4, seed=5)
    x, y = probes(polygons, seed=6, count=150_000)
    index = CellIndex(polygons)
    assert (index.covering(x, y, threads=1) == index.covering(x, y, threads=3)).all()


def test_polygons_at_the_ends_of_the_earth_take_little_memory():
    far_apart = [shapely.box(x, y, x + 0.001, y + 0.001) for x, y in ((-179, -80), (114, 22.5), (179, 80))]
    index = CellIndex(far_apart)
    assert index.nbytes < 60e6
    assert list(index.covering([114.0005, 179.001, 0.0], [22.5005, 80.0, 0.0])) == [1, 2, -1]


@pytest.mark.parametrize(
    "wrong", [None, specimens.EMPTY_POLYGON, specimens.CENTRE_POINT, specimens.COLLECTION]
)
def test_what_is_no_polygon_is_refused_by_row(wrong):
    with pytest.raises(InvalidInput, match="row 1"):
        CellIndex([specimens.SQUARE, wrong])
