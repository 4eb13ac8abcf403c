import contextlib

import hypothesis.strategies as st
import pytest
import shapely
from hypothesis import given, settings

from gridgis.errors import InvalidInput
from gridgis.planning.editing.fabric import Fabric
from gridgis.planning.editing.operations import perform
from gridgis.planning.editing.refusals import Refused
from tests.fabrics import CELL, SRID, at, block, drawn, findings, houses, stored
from tests.jigsaw import jigsaw


def draw(fabric, shape, community="C"):
    return perform(fabric, "draw", {"polygon": shapely.geometry.mapping(shape), "community": community})


def box(west, south, east, north):
    return shapely.box(*at(west, south), *at(east, north))


def with_free_land(drawing, *free, **more):
    """A drawing whose letters `free` belong to the community's ground and to no grid."""
    whole = drawn(drawing)
    kept = [(k, held.community, held.polygon) for k, held in whole.grids.items() if k not in free]
    return Fabric(kept, outlines=whole.outlines, srid=SRID, **more)


def test_drawing_around_a_gap_fills_it_exactly():
    fabric = with_free_land("A A B\nA F B\nC C C", "F")
    before = stored(fabric)
    change = draw(fabric, box(0.5, 0.5, 2.5, 2.5))
    assert (change.removed, change.reshaped, change.from_) == (set(), {}, {"n1": []})
    fabric.apply(change)
    assert not findings(fabric)
    fabric.apply(change.inverse)
    assert stored(fabric) == before


def test_what_is_not_drawn_stays_free_and_can_be_drawn_later():
    fabric = with_free_land("A F F B\nA F F B", "F")
    fabric.apply(draw(fabric, box(0.5, -1, 2.02, 1.1)))
    assert {f.kind for f in findings(fabric)} == {"gap"}
    fabric.apply(draw(fabric, box(0, -1, 4, 3)))
    assert not findings(fabric)


def test_a_border_drawn_a_little_off_is_the_neighbours():
    fabric = with_free_land("A F", "F")
    (west, south), (east, north) = at(1, 0), at(2, 1)
    fabric.apply(draw(fabric, shapely.box(west + 4e-7, south, east, north)))
    assert not findings(fabric)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.2, 3.0), st.floats(-1, 1), st.floats(-1, 1))
def test_land_drawn_in_rough_pieces_is_filled_without_a_crack(seed, reach, east, north):
    cells = jigsaw(4, seed)
    middle = cells[seed % len(cells)].centroid
    free = shapely.intersects(cells, middle) | shapely.dwithin(cells, middle, 0.002)
    whole = shapely.coverage_union_all(cells)
    kept = [(f"G{k}", "C", cell) for k, cell in enumerate(cells) if not free[k]]
    fabric = Fabric(kept, outlines={"C": whole}, srid=SRID)
    blob = shapely.Point(middle.x + 0.001 * east, middle.y + 0.001 * north).buffer(0.002 * reach, quad_segs=2)
    land = shapely.union_all(cells[free])
    for shape in (blob, whole.envelope):
        with contextlib.suppress(Refused):
            fabric.apply(draw(fabric, shape))
        found = findings(fabric)
        assert {finding.kind for finding in found} <= {"gap"}
        assert all(land.buffer(1e-9).covers(finding.place) for finding in found)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (box(0.1, 0.1, 0.9, 0.9), "no_free_land"),
        (box(5, 5, 6, 6), "no_free_land"),
        (box(0.5, 0.2, 3.5, 0.4), "two_parts"),
        (box(1, 0.2, 1.5, 0.8), "building_cut"),
        (box(1, 0.2, 1.01, 0.8), "sliver"),
    ],
)
def test_what_a_drawing_is_refused_for(shape, reason):
    fabric = with_free_land("A F B F", "F", buildings=houses(shop=block(1.5, 0.5)))
    with pytest.raises(Refused) as refused:
        draw(fabric, shape)
    assert refused.value.reason == reason


def test_a_draft_made_from_nothing_is_drawn_from_its_outline():
    outline = box(0, 0, 4, 2)
    fabric = Fabric([], outlines={"C": outline}, srid=SRID)
    fabric.apply(draw(fabric, box(-1, -1, 2, 3)))
    fabric.apply(draw(fabric, box(1, -1, 6, 3)))
    assert not findings(fabric)
    assert fabric.grids["n1"].polygon.area == pytest.approx(4 * CELL**2)


def test_the_outline_must_be_known():
    with pytest.raises(InvalidInput, match="outline of community 'X' is not known"):
        draw(drawn("A B"), box(0, 0, 1, 1), "X")
