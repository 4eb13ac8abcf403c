"""What is collected in a grid, against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from gridgis.measures.collection import FIGURES, NEVER, collected

DAY = 86_400_000_000
UNTIL = 400 * DAY
SINCE = UNTIL - 28 * DAY
GRIDS = np.array(["a", "b"], dtype=object)
BUILDING, LAMP = (True, 1), (False, 1)  # buildings and components count their ids apart


def things(*rows):
    """Return things (is_building, id, grid, days)."""
    building, number, grid, days = zip(*rows, strict=True)
    fixed = {"households": 3, "firms": 1, "fields_filled": 2, "fields_wanted": 4}
    return pa.table(
        {"is_building": list(building), "id": list(number), "grid_code": list(grid),
         "days": pa.array(days, pa.float64())} | {name: [n] * len(rows) for name, n in fixed.items()}
    )  # fmt: skip


def looks(*rows):
    """Return looks (thing, days before the end, worker, result)."""
    columns = {"is_building": pa.bool_(), "thing_id": pa.int64(), "id": pa.int64(), "at_us": pa.int64(),
               "worker_code": pa.string(), "result": pa.string()}  # fmt: skip
    made = [
        (*thing, n, int(UNTIL - ago * DAY), who, result) for n, (thing, ago, who, result) in enumerate(rows)
    ]
    return pa.table([pa.array([row[k] for row in made], kind) for k, kind in enumerate(columns.values())],
                    names=list(columns))  # fmt: skip


def figures(things, looks, grid=0):
    found = collected(things, looks, GRIDS, SINCE, UNTIL)
    return {name: found[name][grid] for name in (*FIGURES, "oldest_us", "latest_us")}


def test_what_stands_is_counted_in_its_grid_and_nowhere_else() -> None:
    there = things((*BUILDING, "a", 30), (*LAMP, "a", None), (False, 2, "b", 7), (False, 3, "elsewhere", 7))
    found = figures(there, looks())
    assert (found["buildings"], found["components"], found["cycled"], found["never"]) == (1, 1, 1, 1)
    assert (found["households"], found["fields_filled"], found["fields_wanted"]) == (6, 4, 8)
    assert found["buildings_a_week"] == pytest.approx(7 / 30)
    assert found["oldest_us"] == found["latest_us"] == NEVER
    assert figures(there, looks(), 1)["components_a_week"] == 1


@pytest.mark.parametrize(
    ("ago", "result", "current", "never"),
    [(30, "unchanged", 1, 0), (30.01, "unchanged", 0, 0), (1, "no_access", 0, 1), (-1, "unchanged", 0, 1)],
)
def test_a_look_counts_to_the_last_instant_of_its_cycle(ago, result, current, never) -> None:
    found = figures(things((*BUILDING, "a", 30)), looks((BUILDING, ago, "W1", result)))
    assert (found["current"], found["never"]) == (current, never)


def test_the_oldest_and_the_latest_are_of_the_last_looks_at_things() -> None:
    both = things((*BUILDING, "a", 30), (*LAMP, "a", None))
    found = figures(both, looks((BUILDING, 300, "W1", "unchanged"), (BUILDING, 5, "W1", "unchanged"),
                                (LAMP, 90, "W1", "corrected")))  # fmt: skip
    assert (found["oldest_us"], found["latest_us"]) == (UNTIL - 90 * DAY, UNTIL - 5 * DAY)
    assert found["inspections"] == 1  # of the last 28 days


def test_a_repeated_look_is_due_and_is_in_time_within_the_cycle() -> None:
    one = things((*LAMP, "a", 10))
    in_time = figures(one, looks((LAMP, 12, "W1", "unchanged"), (LAMP, 2, "W1", "unchanged")))
    late = figures(one, looks((LAMP, 12.01, "W1", "unchanged"), (LAMP, 2, "W1", "unchanged")))
    assert (in_time["inspections_due"], in_time["inspections_in_time"]) == (1, 1)
    assert (late["inspections_due"], late["inspections_in_time"]) == (1, 0)


@pytest.mark.parametrize(
    ("worker", "ago", "result", "rechecks", "agreeing"),
    [
        ("W2", 3, "unchanged", 1, 1),
        ("W2", 3, "corrected", 1, 0),
        ("W1", 3, "unchanged", 0, 0),
        (None, 3, "unchanged", 0, 0),
        ("W2", 40, "unchanged", 0, 0),
    ],
)
def test_a_recheck_is_another_workers_look_within_thirty_days(
    worker, ago, result, rechecks, agreeing
) -> None:
    found = figures(
        things((*LAMP, "a", 10)), looks((LAMP, ago, "W1", "unchanged"), (LAMP, 1, worker, result))
    )
    assert (found["rechecks"], found["rechecks_agreeing"]) == (rechecks, agreeing)


def test_nothing_is_collected_of_nothing() -> None:
    empty = things((*LAMP, "a", 1)).slice(0, 0)
    assert set(figures(empty, looks()).values()) == {0, NEVER}
