from itertools import pairwise

import hypothesis.strategies as st
import numpy as np
import shapely
from hypothesis import given, settings

from gridgis.geometry.stitching import stitched
from tests import specimens
from tests.sketch import sketch


def test_a_vertex_on_a_neighbours_edge_becomes_its_vertex():
    left, *right = stitched(specimens.T_JUNCTION)
    assert [10.0, 5.0] in shapely.get_coordinates(left).tolist()
    assert shapely.coverage_is_valid([left, *right])


def test_what_is_shared_already_stays_as_it_is():
    shapes = list(sketch("A A B\nA B B\nC C C").values())
    assert shapely.equals_identical(stitched(shapes), shapes).all()


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(10, 990), min_size=1, max_size=5, unique=True), seed=st.integers(0, 99))
def test_several_vertices_on_one_edge_come_in_order(cuts, seed):
    """Strips above a slanted line, cut at thousandths, and one polygon below; any way round."""
    rng = np.random.default_rng(seed)
    a, b = np.array([114.0, 22.5]), np.array([114.01, 22.5 + rng.uniform(-0.005, 0.005)])
    up = np.array([0.0, 0.02])
    ends = [a, *(a + (b - a) * (cut / 1000) for cut in sorted(cuts)), b]
    strips = [shapely.Polygon([p, q, q + up, p + up]) for p, q in pairwise(ends)]
    below = shapely.Polygon([a, a - up, b - up, b])
    joined = stitched([shapely.reverse(below) if seed % 2 else below, *strips])
    assert shapely.coverage_is_valid(joined)
    assert shapely.is_valid(joined).all()
