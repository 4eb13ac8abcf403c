"""Cutting a polygon into cells that share every vertex."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgis.errors import InvalidInput
from gridgis.geometry.tessellation import Tessellation, find_chord

SQUARE = np.array([[0.0, 0], [1000, 0], [1000, 1000], [0, 1000]])
# a bay from the south: lines across it have two chords
HORSESHOE = np.array(
    [[0.0, 0], [300, 0], [300, 600], [700, 600], [700, 0], [1000, 0], [1000, 1000], [0, 1000]]
)


def cells_of(tessellation: Tessellation) -> np.ndarray:
    return np.array([shapely.Polygon(tessellation.ring(face)) for face in range(tessellation.faces)])


@pytest.mark.parametrize("ring", [SQUARE, HORSESHOE])
@given(cells=st.integers(1, 120), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_cells_are_as_many_as_asked_and_fill_the_polygon_vertex_for_vertex(ring, cells, seed):
    tessellation = Tessellation.of(ring, cells)
    tessellation.split(0, cells, np.random.default_rng(seed))
    polygons = cells_of(tessellation)
    assert len(polygons) == cells
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    union = shapely.coverage_union_all(polygons)
    assert union.symmetric_difference(shapely.Polygon(ring)).area == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("angle", "share"), [(0.0, 0.25), (np.pi / 2, 0.5), (np.pi / 4, 0.9), (np.pi, 0.25)])
def test_a_chord_leaves_the_share_before_it(angle, share):
    x, y = np.ascontiguousarray(SQUARE.T)
    chord = find_chord(x, y, angle, share)
    assert chord.low_share == pytest.approx(share, abs=1e-9)
    tessellation = Tessellation.of(SQUARE, 2)
    before, after = tessellation.cut(0, chord, 1.0)
    assert tessellation.area_m2(before) == pytest.approx(share * 1e6)
    heading = np.array([np.cos(angle), np.sin(angle)])
    assert (tessellation.ring(before).mean(axis=0) - tessellation.ring(after).mean(axis=0)) @ heading < 0


def test_a_line_with_two_chords_cuts_along_one_of_them_only():
    x, y = np.ascontiguousarray(HORSESHOE.T)
    tessellation = Tessellation.of(HORSESHOE, 2)
    before, after = tessellation.cut(0, find_chord(x, y, np.pi / 2, 0.2), 1.0)
    assert {tessellation.area_m2(before), tessellation.area_m2(after)} != {0.0}
    assert shapely.is_valid(cells_of(tessellation)).all()
    assert sum(tessellation.area_m2(face) for face in (before, after)) == pytest.approx(760_000)


def test_a_chord_that_ends_near_a_junction_makes_a_crossing_of_it():
    tessellation = Tessellation.of(SQUARE, 4)
    x, y = np.ascontiguousarray(SQUARE.T)
    low, high = tessellation.cut(0, find_chord(x, y, np.pi / 2, 0.5), 500.0)
    x, y = np.ascontiguousarray(tessellation.ring(low).T)
    tessellation.cut(low, find_chord(x, y, 0.0, 0.5), 500.0)
    x, y = np.ascontiguousarray(tessellation.ring(high).T)
    tessellation.cut(high, find_chord(x, y, 0.0, 0.52), 500.0)
    crossing = [500.0, 500.0]
    assert all(np.isclose(tessellation.ring(face), crossing).all(axis=1).any() for face in range(4))


@given(
    seed=st.integers(0, 2**32 - 1), counts=st.lists(st.integers(1, 90), min_size=2, max_size=4, unique=True)
)
@settings(max_examples=20, deadline=None)
def test_groups_are_connected_and_nested(seed, counts):
    tessellation = Tessellation.of(SQUARE, 90)
    tessellation.split(0, 90, np.random.default_rng(seed))
    polygons, coarser = cells_of(tessellation), None
    for count in sorted(counts):
        label = tessellation.groups(count)
        assert set(label) == set(range(count))
        unions = [shapely.coverage_union_all(polygons[label == group]) for group in range(count)]
        assert {union.geom_type for union in unions} == {"Polygon"}
        if coarser is not None:
            assert all(len(set(coarser[label == group])) == 1 for group in range(count))
        coarser = label


def test_group_sizes_differ_little():
    tessellation = Tessellation.of(SQUARE, 160)
    tessellation.split(0, 160, np.random.default_rng(3))
    sizes = np.bincount(tessellation.groups(40))
    assert sizes.min() >= 2
    assert sizes.max() <= 8


def test_no_group_spans_two_parts_once_there_are_as_many_groups_as_parts():
    tessellation = Tessellation.of(SQUARE, 60)
    x, y = np.ascontiguousarray(SQUARE.T)
    small, large = tessellation.cut(0, find_chord(x, y, 0.0, 0.15), 10.0)
    tessellation.split(small, 50, np.random.default_rng(1))
    tessellation.split(large, 10, np.random.default_rng(2))
    parts = (shapely.get_x(shapely.centroid(cells_of(tessellation))) > 150).astype(int)
    label = tessellation.groups(2, parts)
    assert np.array_equal(label == label[0], parts == parts[0])


@pytest.mark.parametrize("count", [0, 5])
def test_groups_that_cannot_be_are_refused(count):
    tessellation = Tessellation.of(SQUARE, 4)
    tessellation.split(0, 4, np.random.default_rng(0))
    with pytest.raises(InvalidInput, match=f"4 cells cannot form {count} groups"):
        tessellation.groups(count)


def test_no_cells_are_refused():
    with pytest.raises(InvalidInput, match="at least one cell"):
        Tessellation.of(SQUARE, 0)
