"""Many edits at random, of all kinds, and what must hold after them.

`python bench/editing.py --operations 10000` makes ten thousand with the same checks.
"""

from collections import Counter

import pytest

from tests.edits import OFTEN, Walk, district, findings, made, not_once, not_whole, stored

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
