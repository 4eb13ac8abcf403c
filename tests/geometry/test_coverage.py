import numpy as np
import pyogrio
import pytest
import shapely

from gridgis.geometry.adjacency import adjacency, islands
from gridgis.geometry.coverage import check_coverage, simplified
from gridgis.geometry.crs import geometries_from_metric, geometries_to_metric
from tests import specimens
from tests.sketch import sketch

SRID = 4547
PARENT = "440303001001"


def laid_out(shapes):
    """Shapes in hundreds of metres, put down in Shenzhen."""
    moved = shapely.transform(list(shapes), lambda xy: xy * 100.0 + [506_000.0, 2_494_000.0])
    return geometries_from_metric(moved, SRID)


def check(shapes, outline=None, parents=None):
    codes = list(shapes) if isinstance(shapes, dict) else [f"G{k}" for k in range(len(shapes))]
    polygons = laid_out(shapes.values() if isinstance(shapes, dict) else shapes)
    # an outline has the grids' vertices: an edge straight in metres is not quite so in degrees
    outlines = {} if outline is None else {PARENT: laid_out([shapely.segmentize(outline, 1.0)])[0]}
    return check_coverage(codes, polygons, parents or [PARENT] * len(codes), outlines, srid=SRID)


def summary(result):
    return [(f.kind, f.codes, round(f.area_m2)) for f in result.findings]


def test_a_tiling_has_no_findings_and_covers_all():
    result = check(sketch("A A B\nA B B\nC C C"), shapely.box(0, 0, 3, 3))
    assert result.findings == []
    assert result.ratio == {PARENT: pytest.approx(1.0, abs=1e-9)}


def test_a_gap_is_listed_with_area_place_and_who_is_beside_it():
    result = check(sketch("A A B\nA . B\nC C C"), shapely.box(0, 0, 3, 3))
    assert summary(result) == [("gap", ("A", "B", "C"), 10_000)]
    assert result.findings[0].parent == PARENT
    assert result.ratio[PARENT] == pytest.approx(8 / 9, rel=1e-6)
    place = geometries_to_metric([result.findings[0].place], SRID)[0]
    assert shapely.bounds(place) == pytest.approx([506_100, 2_494_100, 506_200, 2_494_200], abs=0.001)


def test_a_gap_at_the_border_needs_the_outline():
    shapes = sketch("A B .\nA B B")
    assert check(shapes).findings == []
    assert summary(check(shapes, shapely.box(0, 0, 3, 2))) == [("gap", ("B",), 10_000)]


def test_without_an_outline_what_is_enclosed_is_a_gap_unless_another_parents():
    shapes = sketch("A A B\nA . B\nC C C")
    assert summary(check(shapes)) == [("gap", ("A", "B", "C"), 10_000)]
    assert check(sketch("A A B\nA X B\nC C C"), parents=[PARENT, PARENT, PARENT, "other"]).findings == []


def test_an_overlap_is_listed_once_with_both_grids():
    result = check([shapely.box(0, 0, 2, 1), shapely.box(1, 0, 3, 1)])
    assert ("overlap", ("G0", "G1"), 10_000) in summary(result)
    assert result.total_m2("overlap") == pytest.approx(10_000, rel=1e-4)
    assert len([f for f in result.findings if f.kind == "overlap"]) == 1


@pytest.mark.parametrize("inner", [shapely.box(0, 0, 3, 3), shapely.box(1, 1, 2, 2)])
def test_a_grid_upon_another_is_an_overlap(inner):
    found = check([shapely.box(0, 0, 3, 3), inner])
    assert [f.kind for f in found.findings] == ["overlap"]


def test_grids_of_two_parents_may_not_overlap_either():
    result = check([shapely.box(0, 0, 2, 1), shapely.box(1, 0, 3, 1)], parents=[PARENT, "other"])
    assert [(f.kind, f.parent) for f in result.findings if f.kind == "overlap"] == [("overlap", PARENT)]


def test_a_t_junction_is_an_unshared_vertex():
    left, *right = specimens.T_JUNCTION
    polygons = [left, *right]
    result = check_coverage(["A", "B", "C"], polygons, [PARENT] * 3, {}, srid=3857)
    found = {f.codes: f.place for f in result.findings if f.kind == "unshared_vertex"}
    assert set(found) == {("A", "B"), ("A", "C")}
    assert all(place == shapely.Point(10, 5) for place in found.values())
    assert {f.kind for f in result.findings} == {"unshared_vertex"}


def test_parts_and_slivers_are_listed_with_their_whole_area():
    result = check([specimens.TWO_PARTS, shapely.box(0, 2, 100, 2.1)])
    assert summary(result) == [("multipart", ("G0",), 20_000), ("sliver", ("G1",), 100_000)]


def test_what_sticks_out_of_its_parent_is_cut_out_and_listed():
    result = check(sketch("A B B"), shapely.box(0, 0, 2, 1))
    assert summary(result) == [("outside", ("B",), 10_000)]


def test_order_of_rows_does_not_matter():
    shapes = sketch("A A B\nA . B\nC C C")
    backwards = dict(reversed(shapes.items()))
    assert summary(check(shapes)) == summary(check(backwards))


def test_no_grids_no_findings():
    assert check([]).findings == []


def test_a_dirty_coverage_is_counted_as_published(shared):
    zones = pyogrio.read_dataframe(shared / "data/shenzhen/traffic_zones/SZ_districts.shp").to_crs(4326)
    polygons = zones.geometry.to_numpy()
    names = [f"{k:03d}" for k in range(len(zones))]
    result = check_coverage(names, polygons, [PARENT] * len(zones), {}, srid=SRID)
    overlaps = [f for f in result.findings if f.kind == "overlap"]
    assert sum(f.area_m2 > 1 for f in overlaps) == pytest.approx(509, abs=3)
    assert result.total_m2("overlap") == pytest.approx(0.53e6, rel=0.02)
    assert result.total_m2("gap") == pytest.approx(0.43e6, rel=0.05)


def test_neighbours_share_an_edge_and_not_just_a_point():
    shapes = sketch("A B\nC D")
    found = adjacency(laid_out(shapes.values()), SRID)
    assert list(zip(found.one, found.other, strict=True)) == [(0, 1), (0, 2), (1, 3), (2, 3)]
    assert found.shared_m == pytest.approx([100.0] * 4, abs=0.01)


def test_a_border_of_several_edges_counts_in_full():
    shapes = sketch("A A B\nA B B\nA A B")
    found = adjacency(laid_out(shapes.values()), SRID)
    assert found.shared_m == pytest.approx([500.0], abs=0.05)


def test_holes_have_neighbours_too():
    found = adjacency([specimens.SQUARE_WITH_HOLE, specimens.ISLAND_IN_THE_HOLE], 3857)
    assert list(zip(found.one, found.other, strict=True)) == [(0, 1)]


def test_islands_are_the_connected_groups():
    shapes = sketch("A A . D\nB . . E\nB C . .\n. . F .")
    rows = list(shapes)
    groups = islands(len(rows), adjacency(laid_out(shapes.values()), SRID))
    # F touches C at a corner only
    assert [[rows[k] for k in group] for group in groups] == [["A", "B", "C"], ["D", "E"], ["F"]]
    assert islands(0, adjacency([], SRID)) == []


def test_simplified_grids_still_share_their_borders():
    wave = np.column_stack((np.sin(np.linspace(0, 20, 200)) * 0.1 + 1, np.linspace(0, 3, 200)))
    left = shapely.Polygon([(0, 0), *wave, (0, 3)])
    right = shapely.Polygon([(2, 0), *wave, (2, 3)])
    out = simplified([left, right], 0.2)
    assert shapely.coverage_is_valid(out)
    assert shapely.get_num_coordinates(out).sum() < shapely.get_num_coordinates([left, right]).sum() / 4
    assert shapely.area(out).sum() == pytest.approx(6.0)
