"""Many edits at random, of all kinds, and what must hold after them.

`python bench/editing.py --operations 10000` makes ten thousand with the same checks.
"""

from collections import Counter

import pytest

from gridgis.planning.barriers import Lines
from gridgis.planning.design import ALIKE
from gridgis.planning.dividing import divided, ground
from gridgis.planning.editing.operations import perform
from tests.edits import OFTEN, Walk, district, made, not_once, not_whole
from tests.fabrics import findings, stored

OPERATIONS = 1000


@pytest.fixture(scope="module")
def city():
    return made(district(1600), 30_000)


@pytest.mark.slow
def test_random_edits_break_nothing_and_are_undone_to_the_byte(city):
    before, walk = stored(city), Walk(city, seed=1)
    made_, done = Counter(), []
    for name, change in walk.changes(OPERATIONS):
        made_[name] += 1
        done.append(change)
    assert made_.keys() == OFTEN.keys()
    assert made_.total() > OPERATIONS / 3
    assert not findings(city)
    assert not not_whole(city)
    assert not_once(city, 20_000, seed=2) == 0
    for change in reversed(done):
        city.apply(change.inverse)
    assert stored(city) == before


def test_a_design_takes_the_place_of_a_community(city):
    community = min(city.outlines)
    rows = city.buildings.within(city.outlines[community])
    households = city.buildings.loads["households"][rows]
    place = ground(
        community, city.outlines[community], city.buildings.polygons[rows], households, Lines(city.roads),
        target=households.sum() / 12, tolerance=0.02, srid=city.srid,
    )  # fmt: skip
    *_, found = place.search(seed=1, weights=ALIKE, tolerance=0.02, effort=100.0)
    polygons = list(divided(place, found, city.srid).polygons)
    before = stored(city)
    change = perform(city, "redraw", {"community": community, "polygons": polygons})
    city.apply(change)
    assert len(change.added) == len(polygons)
    assert not findings(city)
    assert not not_whole(city)
    city.apply(change.inverse)
    assert stored(city) == before
