"""Which fixes are believed, one rule at a time, and what becomes of pauses and gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgis.errors import InvalidInput
from gridgis.measures.track_cleaning import RULES, CleaningRules, Fixes, clean

NOW = 10_000.0


def cleaned(fixes, **options):
    """Clean fixes (at_s, x, y[, accuracy_m[, worker]]) of one day."""
    rows = [(*fix, *(5.0, 1)[len(fix) - 3 :]) for fix in fixes]
    at, x, y, accuracy, worker = np.array(rows, dtype=float).reshape(-1, 5).T
    return clean(Fixes(worker, np.zeros(len(at)), at, x, y, accuracy), now_s=NOW, **options)


def walk(count, start=0.0, step=40.0):
    return [(start + 30.0 * k, step * k, 0.0) for k in range(count)]


def test_a_plain_walk_is_kept_whole() -> None:
    found = cleaned(walk(5))
    assert found.report() == {"fixes": 5, "kept": 5, **dict.fromkeys(RULES, 0), "out_of_order": 0, "gaps": 0}
    assert found.legs.length_m.sum() == 160
    assert found.legs.seconds.sum() == 120


@pytest.mark.parametrize(
    ("rule", "fix"),
    [
        ("outside", (45.0, np.nan, 0.0)),
        ("outside", (45.0, 9e6, 0.0)),
        ("future", (NOW + 3600, 60.0, 0.0)),
        ("inaccurate", (45.0, 60.0, 0.0, 200.0)),
        ("repeated", (30.0, 40.0, 0.0)),
        ("too_fast", (45.0, 900.0, 0.0)),
    ],
)
def test_a_bad_fix_is_counted_under_its_rule_and_changes_nothing(rule: str, fix) -> None:
    found = cleaned([*walk(5), fix], reach=(-1e4, -1e4, 1e4, 1e4))
    assert found.report()[rule] == 1
    assert found.report()["kept"] == 5
    assert found.legs.length_m.sum() == 160


def test_a_worker_in_two_places_at_once_is_believed_in_neither() -> None:
    found = cleaned([*walk(5), (60.0, 300.0, 0.0)])
    assert found.report()["two_places"] == 2
    assert found.report()["kept"] == 4


def test_a_clock_that_runs_backwards_is_put_in_order() -> None:
    fixes = walk(6)
    found = cleaned([fixes[0], fixes[3], fixes[1], fixes[2], fixes[5], fixes[4]])
    assert found.out_of_order == 2
    assert found.report()["kept"] == 6
    assert found.legs.length_m.sum() == 200


def test_a_gap_does_not_become_a_straight_walk() -> None:
    found = cleaned([*walk(3), (2000.0, 500.0, 0.0), (2030.0, 540.0, 0.0)])
    assert found.gaps == 1
    assert found.legs.length_m.sum() == 80 + 40


def test_a_pause_that_wanders_stays_where_it_began() -> None:
    wander = [(30.0 * k, 8.0 * (-1) ** k, 5.0 * (-1) ** (k // 2)) for k in range(1, 40)]
    found = cleaned([(0.0, 0.0, 0.0), *wander])
    assert found.legs.length_m.sum() == 0
    assert found.legs.seconds.sum() == 30 * 39
    assert (found.legs.ends == 0).all()


def test_days_and_workers_are_never_joined() -> None:
    at = np.array([0.0, 30.0, 60.0, 90.0])
    found = clean(Fixes([1, 1, 2, 2], [0, 1, 1, 1], at, at, at * 0, at * 0 + 5), now_s=NOW)
    assert len(found.legs.seconds) == 1
    assert found.legs.worker.tolist() == [2]


def test_nothing_is_a_track_of_nothing() -> None:
    assert cleaned([]).report()["fixes"] == 0


def test_a_rule_of_zero_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="gap_s is 0"):
        CleaningRules(gap_s=0)


@given(
    st.lists(
        st.tuples(st.integers(0, 600), st.integers(-500, 500), st.integers(-500, 500), st.integers(1, 80)),
        max_size=30,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_arrival_does_not_matter_but_for_equal_instants(fixes, random) -> None:
    """Fixes of one instant agree or all go, so only which of the equals is kept may differ."""
    unique = list({fix[0]: fix for fix in fixes}.values())
    shuffled = unique.copy()
    random.shuffle(shuffled)
    one, other = cleaned(sorted(unique)), cleaned(shuffled)
    assert np.array_equal(one.legs.ends, other.legs.ends)
    assert sum(one.report()[rule] for rule in RULES) + one.report()["kept"] == len(unique)
