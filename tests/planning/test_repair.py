import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
from hypothesis import given, settings

from gridgis.geometry.coverage import check_coverage
from gridgis.geometry.crs import geometries_from_metric
from gridgis.planning.repair import mended
from tests import specimens
from tests.jigsaw import jigsaw
from tests.sketch import sketch

SRID = 4547
PARENT = "440303001001"


def laid_out(shapes):
    """Shapes in hundreds of metres, put down in Shenzhen; straight in metres is not quite so in degrees."""
    moved = shapely.transform(
        shapely.segmentize(list(shapes), 0.5), lambda xy: xy * 100.0 + [506_000.0, 2_494_000.0]
    )
    return geometries_from_metric(moved, SRID)


def mend(shapes, outlines=None, parents=None):
    names = [f"G{k}" for k in range(len(shapes))]
    polygons, parents = laid_out(shapes), parents or [PARENT] * len(names)
    outlines = {key: laid_out([shape])[0] for key, shape in (outlines or {}).items()}
    done = mended(names, polygons, parents, outlines, srid=SRID)
    kept = ~shapely.is_missing(done.polygons)
    check = check_coverage(
        np.array(names)[kept], done.polygons[kept], np.array(parents)[kept], outlines, srid=SRID
    )
    return done, check


def moves(done):
    return [(m.reason, m.given_by, m.given_to, round(m.area_m2)) for m in done.moves]


def test_a_good_coverage_stays_as_it_is():
    done, check = mend(sketch("A A B\nA B B\nC C C").values())
    assert done.moves == []
    assert check.findings == []
    assert shapely.equals(done.polygons, laid_out(sketch("A A B\nA B B\nC C C").values())).all()


def test_a_gap_goes_to_the_neighbour_with_the_longest_border():
    done, check = mend(sketch("A A B\nA . B\nC C C").values())
    assert moves(done) == [("gap", (), "G0", 10_000)]
    assert check.findings == []
    assert done.area_change_m2 == pytest.approx([10_000, 0, 0], abs=0.01)


def test_an_overlap_goes_to_one_of_its_two():
    done, check = mend([shapely.box(0, 0, 2, 1), shapely.box(1, 0, 3, 1)])
    assert [(m.reason, round(m.area_m2)) for m in done.moves] == [("overlap", 10_000)]
    assert check.findings == []


def test_a_grid_upon_another_keeps_its_ground():
    done, check = mend([shapely.box(0, 0, 3, 3), shapely.box(1, 1, 2, 2)])
    assert moves(done) == [("overlap", ("G0",), "G1", 10_000)]
    assert check.findings == []


def test_a_t_junction_gets_its_vertex_in_both():
    shapes = [shapely.transform(shape, lambda xy: xy * 1e-4) for shape in specimens.T_JUNCTION]
    done = mended(["A", "B", "C"], shapes, [PARENT] * 3, {}, srid=3857)
    assert done.moves == []
    assert check_coverage(["A", "B", "C"], done.polygons, [PARENT] * 3, {}, srid=3857).findings == []


def test_a_loose_part_goes_to_the_neighbour_and_an_island_stays():
    done, check = mend(sketch("A B A A\nB B . A").values())
    assert moves(done) == [("detached", ("G0",), "G1", 10_000)]
    assert check.findings == []
    done, check = mend(sketch("A . B").values())
    assert (done.moves, check.findings) == ([], [])
    done, check = mend(sketch("A . A").values())
    assert [f.kind for f in check.findings] == ["multipart"]


def test_a_sliver_goes_to_its_neighbour_in_whole():
    done, check = mend([shapely.box(0, 0, 10, 10), shapely.box(0, 10, 10, 10.01)])
    assert moves(done) == [("sliver", ("G1",), "G0", 1_000)]
    assert done.polygons[1] is None
    assert check.findings == []


def test_outlines_are_filled_and_not_left():
    left, right = shapely.box(0, 0, 2, 2), shapely.box(2, 0, 4, 2)
    shapes = [shapely.box(0, 0, 2.5, 2), shapely.box(2.5, 0, 4, 2.5)]
    done, check = mend(shapes, {"left": left, "right": right}, ["left", "right"])
    assert check.findings == []
    assert check.ratio == {"left": pytest.approx(1.0), "right": pytest.approx(1.0)}
    assert sorted(moves(done)) == [("outside", ("G0",), "G1", 10_000), ("outside", ("G1",), "", 7_500)]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from([1e-7, 1e-6, 1e-5, 1e-4]))
def test_shaken_coverages_become_exact_again(seed, size):
    """Each polygon's vertices move on their own, by a centimetre up to ten metres."""
    rng = np.random.default_rng(seed)
    shapes = jigsaw(4, seed % 1000)
    for k, phase in enumerate(rng.uniform(0, 6, len(shapes))):
        shapes[k] = shapely.transform(
            shapes[k], lambda xy, p=phase: xy + size * np.sin(xy[:, ::-1] * 9e4 + p)
        )
    shapes = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    names = np.array([f"{k:02d}" for k in range(len(shapes))], dtype=object)
    parents = np.full(len(names), PARENT, dtype=object)
    done = mended(names, shapes, parents, {}, srid=SRID)
    kept = ~shapely.is_missing(done.polygons)
    check = check_coverage(names[kept], done.polygons[kept], parents[kept], {}, srid=SRID)
    for finding in check.findings:  # a part that has come to lie alone, with no neighbour to take it
        assert finding.kind == "multipart"
        others = shapely.union_all(done.polygons[kept & ~np.isin(names, finding.codes)])
        least = min(shapely.get_parts(finding.place), key=shapely.area)
        assert shapely.length(shapely.intersection(least, others)) == 0
    assert kept.sum() >= 0.9 * len(names)
    ground = shapely.area(shapely.union_all(shapes))
    assert shapely.area(done.polygons[kept]).sum() >= ground * (1 - 1e-9)
