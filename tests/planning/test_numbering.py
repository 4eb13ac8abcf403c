import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgis.errors import InvalidInput
from gridgis.planning.numbering import sequence_numbers


def squares(*corners, size=100.0):
    return np.array([shapely.box(x, y, x + size, y + size) for x, y in corners], dtype=object)


def test_numbers_run_west_to_east_then_north_to_south():
    polygons = squares((0, 0), (100, 0), (0, 100), (100, 100), (200, 100))
    assert sequence_numbers(polygons).tolist() == [4, 5, 1, 2, 3]


def test_a_row_is_as_high_as_the_root_of_the_median_area():
    # 100 m rows from the north edge at y = 200: the tall western grid's point lies in the second row
    tall, upper, lower = (
        shapely.box(0, 0, 100, 195),
        shapely.box(100, 100, 200, 200),
        shapely.box(100, 0, 200, 100),
    )
    assert sequence_numbers(np.array([tall, lower, upper])).tolist() == [2, 3, 1]


def test_a_point_on_the_border_of_two_rows_belongs_to_the_lower_one():
    # median area 10,000 m2, so rows are 100 m high; this point lies exactly 100 m below the north edge
    polygons = np.array([shapely.box(0, 0, 100, 200), *squares((100, 100), (100, 0))])
    assert sequence_numbers(polygons).tolist() == [2, 1, 3]


def test_each_community_is_numbered_by_itself():
    polygons = squares((0, 0), (100, 0), (0, 5000), (100, 5000))
    communities = np.array(["440303001001", "440303001002", "440303001001", "440303001002"])
    assert sequence_numbers(polygons, communities).tolist() == [2, 2, 1, 1]


def test_equal_points_are_ordered_by_the_geometry_not_by_the_input():
    wide, high = shapely.box(-100, -50, 100, 50), shapely.box(-50, -100, 50, 100)
    first = sequence_numbers(np.array([wide, high]))
    assert sorted(first) == [1, 2]
    assert sequence_numbers(np.array([high, wide])).tolist() == first[::-1].tolist()


def test_more_than_999_grids_are_still_numbered_without_wrapping():
    polygons = squares(*((100.0 * i, 0) for i in range(1000)))
    assert sequence_numbers(polygons)[-1] == 1000


def test_no_grids_have_no_numbers():
    assert sequence_numbers(np.array([], dtype=object)).tolist() == []


@pytest.mark.parametrize("faulty", [None, shapely.Polygon(), shapely.Point(0, 0)])
def test_what_is_no_polygon_is_refused_by_its_position(faulty):
    polygons = np.array([shapely.box(0, 0, 1, 1), faulty], dtype=object)
    with pytest.raises(InvalidInput, match="position 1"):
        sequence_numbers(polygons)


def test_lists_of_different_length_are_refused():
    with pytest.raises(InvalidInput, match="communities"):
        sequence_numbers(squares((0, 0)), np.array(["a", "b"]))


cells = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=30, unique=True)


@given(cells=cells, data=st.data())
def test_the_order_of_the_input_does_not_matter(cells, data):
    polygons = squares(*((100 * x + 7 * y, 90 * y) for x, y in cells))
    communities = np.array([str(x % 2) for x, _ in cells])
    shuffled = np.array(data.draw(st.permutations(range(len(cells)))))
    straight = sequence_numbers(polygons, communities)
    assert sequence_numbers(polygons[shuffled], communities[shuffled]).tolist() == straight[shuffled].tolist()
    for community in set(communities):
        assert sorted(straight[communities == community]) == list(
            range(1, (communities == community).sum() + 1)
        )
