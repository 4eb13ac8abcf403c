import numpy as np
import pytest
import shapely

from gridgis.errors import InvalidInput
from gridgis.planning.editing.fabric import Buildings, Fabric
from gridgis.planning.editing.operations import perform
from gridgis.planning.editing.refusals import Refused
from tests.fabrics import SRID, at, block, drawn, findings, stored

HOUSES = {f"h{x}{y}": block(x + 0.5, y + 0.5, 0.3) for x in range(4) for y in range(3)}
BLOCK = "A A A A\nA A A A\nA A A A\nB B B B"


def housed(drawing, households=(1.0,) * 12, **more):
    return drawn(
        drawing,
        buildings=Buildings(
            np.array([*HOUSES], dtype=object),
            np.array([*HOUSES.values()], dtype=object),
            {"households": np.array(households)},
        ),
        **more,
    )


def shares(fabric, keys):
    buildings = fabric.buildings
    return sorted(
        buildings.loads["households"][buildings.within(fabric.grids[key].polygon)].sum() for key in keys
    )


@pytest.mark.parametrize("n", [2, 3])
def test_parts_carry_about_the_same(n):
    fabric = housed("A A A A\nA A A A\nA A A A")
    before = stored(fabric)
    change = perform(fabric, "split_into", {"key": "A", "n": n, "load": "households"})
    fabric.apply(change)
    assert len(change.added) == n
    assert shares(fabric, change.added) == [12 / n] * n
    assert not findings(fabric)
    fabric.apply(change.inverse)
    assert stored(fabric) == before


def test_neighbours_get_the_ends_of_the_cuts():
    fabric = housed("A A A A\nA A A A\nA A A A\nB B B B")
    with pytest.raises(Refused, match="grid B has 4 buildings with 4 households; 5 parts"):
        perform(fabric, "split_into", {"key": "B", "n": 5})
    fabric.apply(perform(fabric, "split_into", {"key": "B", "n": 4}))
    assert not findings(fabric)


def test_a_load_that_buildings_have_not_is_refused_by_name():
    with pytest.raises(InvalidInput, match="no load 'cats'; they have households"):
        perform(housed("A A"), "split_into", {"key": "A", "n": 2, "load": "cats"})


def test_buildings_without_load_make_no_parts():
    with pytest.raises(Refused) as refused:
        perform(housed("A A A A", (0.0,) * 12), "split_into", {"key": "A", "n": 2})
    assert refused.value.reason == "too_few_blocks"


def test_a_community_is_cut_anew_where_it_is_not_locked():
    fabric = housed("A A B B\nA A B B\nD D D L", {"L": "C"}, locked={"L"})
    before = stored(fabric)
    new = [shapely.box(*at(0, 0), *at(1.5, 3)), shapely.box(*at(1.5, 0), *at(4, 3))]
    with pytest.raises(Refused) as refused:
        perform(fabric, "redraw", {"community": "C", "polygons": new})
    assert refused.value.reason == "building_cut"
    new = [shapely.box(*at(0, 0), *at(1, 3)), shapely.box(*at(1, 0), *at(4, 3))]
    change = perform(
        fabric, "redraw", {"community": "C", "polygons": [shapely.geometry.mapping(p) for p in new]}
    )
    fabric.apply(change)
    assert change.removed == {"A", "B", "D"}
    assert sorted(fabric.grids) == ["L", *change.added]
    assert not findings(fabric)
    fabric.apply(change.inverse)
    assert stored(fabric) == before


def test_a_community_in_two_parts_is_cut_in_each():
    shapes = [(key, "C", shapely.box(*at(x, 0), *at(x + 1, 2))) for key, x in (("A", 0), ("B", 5))]
    fabric = Fabric(shapes, srid=SRID)
    halves = [shapely.box(*at(x, y), *at(x + 1, y + 1)) for x in (0, 5) for y in (0, 1)]
    fabric.apply(perform(fabric, "redraw", {"community": "C", "polygons": halves}))
    assert len(fabric.grids) == 4


def test_a_community_without_grids_gets_its_first_ones_within_its_outline():
    outline = shapely.box(*at(0, 0), *at(4, 2))
    beside = ("Z", "D", shapely.box(*at(4, 0), *at(6, 2)))
    fabric = Fabric([beside], outlines={"C": outline}, srid=SRID)
    halves = [shapely.box(*at(0, y), *at(4, y + 1)) for y in (0, 1)]
    change = perform(fabric, "redraw", {"community": "C", "polygons": halves})
    assert len(change.added) == 2
    fabric.apply(change)
    assert not findings(fabric), "the grid beside has the corner of both on its border"
    assert len(fabric.grids["Z"].polygon.exterior.coords) == 6
    with pytest.raises(InvalidInput, match="outline of community 'E'"):
        perform(fabric, "redraw", {"community": "E", "polygons": halves})


def test_where_all_is_locked_nothing_is_cut_anew():
    with pytest.raises(Refused, match="community C has no grid that is not locked"):
        perform(
            housed("A A", locked={"A"}),
            "redraw",
            {"community": "C", "polygons": [shapely.box(*at(0, 0), *at(1, 1))]},
        )
