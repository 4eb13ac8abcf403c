import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
from hypothesis import given, settings

from gridgis.planning.editing.cutting import cut
from gridgis.planning.editing.fabric import Fabric
from gridgis.planning.editing.refusals import Refused
from gridgis.planning.editing.rings import SNAP, rings_of
from gridgis.planning.editing.splitting import split
from tests.fabrics import at, findings, path
from tests.jigsaw import jigsaw

SQUARE = shapely.box(*at(0, 0), *at(2, 2))

#: How far beside a vertex a line may be drawn, in degrees: on it, a last bit, within a snap, beyond it, far.
BESIDE = st.sampled_from([0.0, 1e-14, SNAP / 2, SNAP * 1.01, SNAP * 3, 1e-4])
STEP = st.tuples(st.integers(0, 10_000), st.floats(0, 2 * np.pi), BESIDE, st.booleans())


def test_points_on_an_edge_come_in_its_order():
    pieces, inserted = cut(SQUARE, [path((1.5, 3), (1.5, -1)), path((0.5, -1), (0.5, 3))])
    assert len(pieces) == 3
    for (start, end), points in inserted.items():
        far = [np.hypot(*np.subtract(point, start)) for point in points]
        assert far == sorted(far)
        assert far[-1] < np.hypot(*np.subtract(end, start))


def test_points_at_which_no_cut_begins_are_not_put_in():
    pieces, inserted = cut(SQUARE, [path((1.5, 3), (1.5, -1)), path((0.5, -1), (0.5, 1))])
    assert len(pieces) == 2
    assert len(inserted) == 2
    assert all(len(points) == 1 for points in inserted.values())


@pytest.mark.parametrize("line", [path((5, 5), (6, 6)), path((0.5, 0.5), (1, 1)), path((0, 0), (2, 0))])
def test_a_line_that_parts_nothing_changes_nothing(line):
    assert cut(SQUARE, [line]) == ([SQUARE], {})


def test_lines_that_meet_inside_part_together():
    pieces, _ = cut(SQUARE, [path((-1, 1), (1, 1)), path((1, 1), (1, 3)), path((1, 1), (1.5, 0.5))])
    assert len(pieces) == 2
    pieces, _ = cut(SQUARE, [path((-1, 1), (3, 1)), path((1, -1), (1, 3))])
    assert len(pieces) == 4


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 500), st.lists(STEP, min_size=2, max_size=5))
def test_lines_drawn_at_vertices_and_edges_never_tear_the_coverage(seed, steps):
    """Ends and bends are put on, and by a hair beside, vertices and middles of edges."""
    cells = jigsaw(3, seed % 20)
    outlines = {"C": shapely.coverage_union_all(cells)}
    fabric = Fabric([(f"G{k}", "C", cell) for k, cell in enumerate(cells)], outlines=outlines)
    key = f"G{seed % len(cells)}"
    corners = np.array(rings_of(fabric.grids[key].polygon)[0])
    places = []
    for number, heading, beside, between in steps:
        row = number % len(corners)
        place = (corners[row] + corners[row - 1]) / 2 if between else corners[row]
        places.append(place + beside * np.array([np.cos(heading), np.sin(heading)]))
    try:
        change = split(fabric, key, shapely.LineString(places))
    except Refused:
        return
    fabric.apply(change)
    assert not findings(fabric)


def test_a_grid_as_narrow_as_a_snap_is_not_cut_but_refused():
    """Its two long borders are drawn together, so that the pieces cannot be told apart."""
    south, west = 22.5, 114.0
    spike = shapely.Polygon([(west, south), (west + 1e-3, south), (west + 2e-3, south + SNAP / 4)])
    fabric = Fabric([("A", "C", spike)])
    line = shapely.LineString([(west + 5e-4, south - 1e-3), (west + 5e-4, south + 1e-3)])
    with pytest.raises(Refused):
        split(fabric, "A", line)
