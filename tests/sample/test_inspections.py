"""Inspections of the sample: each of one thing that is there, in the past, some of them repeated."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridgis.sample.inspections import inspect

UNTIL_S = 1_780_000_000


def made(buildings=30, components=50, count=400, seed=1) -> pa.Table:
    keys = [
        pa.array([f"{letter}{n}" for n in range(many)])
        for letter, many in (("B", buildings), ("C", components))
    ]
    face = [np.arange(many) % 4 for many in (buildings, components)]
    workers = (np.array([0, 1, 2, 2]), ["W0", "W1", "W2"])
    rng = np.random.default_rng(seed)
    return inspect((face[0], keys[0]), (face[1], keys[1]), workers, count, UNTIL_S, rng).table


def test_each_is_of_one_building_or_component() -> None:
    table = made()
    assert table.num_rows == 400
    building, component = table["building_source_id"].is_valid(), table["component_code"].is_valid()
    assert pc.all(pc.xor(building, component)).as_py()


def test_they_lie_in_the_past_in_order_and_some_are_repeated_by_others() -> None:
    table = made()
    at = table["inspected_at"].cast(pa.int64()).to_numpy()
    assert (np.diff(at) >= 0).all()
    assert at[-1] <= UNTIL_S * 1000
    frame = table.to_pandas().dropna(subset="component_code")
    assert frame.groupby("component_code")["worker_code"].nunique().max() > 1


def test_the_same_seed_makes_the_same_and_nothing_gets_none() -> None:
    assert made().equals(made())
    assert not made().equals(made(seed=2))
    assert made(0, 0).num_rows == 0
    assert made(0, 5).num_rows == 400
