import numpy as np
import shapely

from gridgis.geometry.simplification import dissolved, simplified


def wavy_neighbours() -> np.ndarray:
    """Two squares of side 100 that share a saw-toothed edge."""
    edge = [(50 + (i % 2), 10.0 * i) for i in range(11)]
    left = shapely.Polygon([(0, 0), *edge, (0, 100)])
    right = shapely.Polygon([(100, 0), *edge, (100, 100)])
    return np.array([left, right])


def test_neighbours_keep_sharing_their_edge() -> None:
    before = wavy_neighbours()
    left, right = simplified(before, 20)
    assert shapely.get_num_coordinates(left) < shapely.get_num_coordinates(before[0])
    assert shapely.coverage_is_valid(np.array([left, right]))
    assert shapely.area(shapely.intersection(left, right)) == 0
    assert shapely.area(shapely.union(left, right)) == 100 * 100


def test_order_is_kept_and_nothing_vanishes() -> None:
    speck = shapely.box(500, 500, 500.1, 500.1)
    result = simplified(np.array([speck, *wavy_neighbours()]), 1000)
    assert not shapely.is_empty(result).any()
    assert shapely.intersects(result[0], speck)


def test_no_shapes_are_no_shapes() -> None:
    assert len(simplified(np.array([], dtype=object), 5)) == 0


def test_what_is_no_coverage_is_dissolved_all_the_same() -> None:
    crossing = np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)])
    assert shapely.area(dissolved(crossing)) == 7
    assert shapely.area(dissolved(wavy_neighbours())) == 100 * 100
