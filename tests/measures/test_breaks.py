"""The classes of a printed map, and that they are those of the live one."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgis.measures.breaks import class_of, quantile_breaks

BREAKS_JS = Path(__file__).resolve().parents[2] / "web" / "js" / "geo" / "breaks.js"


def test_few_values_get_a_class_each() -> None:
    assert quantile_breaks([], 5) == []
    assert quantile_breaks([3, 1, 3, 2], 5) == [1, 2, 3]


def test_a_value_that_fills_most_areas_leaves_classes_for_the_others() -> None:
    assert quantile_breaks([1] * 50 + [2, 3, 4, 5, 6, 7], 5) == [1, 3, 4, 6, 7]


@given(st.lists(st.integers(1, 30), min_size=1), st.integers(1, 7))
def test_no_class_is_empty_and_each_value_has_one(values: list[int], classes: int) -> None:
    breaks = quantile_breaks(values, classes)
    assert breaks == sorted(set(breaks))
    assert breaks[-1] == max(values)
    assert {class_of(value, breaks) for value in values} == set(range(1, len(breaks) + 1))


def test_nothing_and_what_lies_above_have_no_class() -> None:
    assert [class_of(value, [2.0, 5.0]) for value in (0, 1, 2, 2.1, 5, 6)] == [0, 1, 1, 2, 2, 0]


def test_the_live_map_breaks_where_the_printed_one_does() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node; make test installs it")
    chance = random.Random(7)
    lists = [
        [chance.choice([chance.randint(1, 9), round(chance.expovariate(0.1), 2) + 0.01]) for _ in range(size)]
        for size in (1, 4, 5, 6, 7, 20, 63, 200, 701)
    ]
    program = (
        f"import {{ quantileBreaks }} from {json.dumps(BREAKS_JS.as_uri())};"
        f"console.log(JSON.stringify({json.dumps(lists)}.map((values) => quantileBreaks(values, 5))));"
    )
    run = subprocess.run(
        [node, "--input-type=module", "--eval", program], capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout) == [quantile_breaks(values, 5) for values in lists]
