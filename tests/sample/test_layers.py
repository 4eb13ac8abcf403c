"""The layers together: counts, independence of each other, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from gridgis.codes.catalogue import catalogue
from gridgis.errors import InvalidInput
from gridgis.sample.generation import PRESENT, Amounts, layers
from gridgis.sample.layers import Layer
from tests.sample.cities import PROFILE, frame, shuangfeng


def test_the_counts_are_those_asked_for(city):
    assert len(city["grids"]) == 57
    assert [len(city[n]) for n in ("buildings", "components", "incidents", "workers")] == [
        1500,
        6000,
        4000,
        57,
    ]


def test_more_of_one_layer_leaves_the_others_as_they_are():
    def made(**amounts: int) -> dict[str, Layer]:
        few = Amounts(buildings=50, components=60, incidents=40, days=0, track_workers=1, **amounts)
        return {layer.name: layer for layer in layers(shuangfeng(), few, 5, PRESENT, PROFILE)}

    one, two = made(), made(workers=20)
    for name in ("grids", "roads", "buildings", "components"):
        assert one[name].table.equals(two[name].table)


@pytest.mark.parametrize(
    ("amounts", "until", "words"),
    [
        (Amounts(buildings=-1), PRESENT, "buildings is -1"),
        (Amounts(), datetime(2026, 1, 1), "has no time zone"),  # noqa: DTZ001 -- the point
        (Amounts(buildings=9, components=9, incidents=9, workers=58), PRESENT, "58 workers for 57 grids"),
    ],
)
def test_what_cannot_be_made_is_refused(amounts, until, words):
    with pytest.raises(InvalidInput, match=words):
        list(layers(shuangfeng(), amounts, 1, until, PROFILE))


def test_the_present_is_an_argument():
    few = Amounts(buildings=5, components=20, incidents=200, days=1, track_workers=1)
    until = datetime(2025, 3, 1, 4, tzinfo=UTC)
    incidents = next(x for x in layers(shuangfeng(), few, 1, until, PROFILE) if x.name == "incidents")
    reported = frame(incidents)["reported_at"]
    assert reported.max() <= pd.Timestamp(until)
    assert reported.min() >= pd.Timestamp(until) - timedelta(days=365)


@pytest.mark.parametrize("profile", ["cjt214-2007", "gbt30428.2-2013"])
def test_every_profile_makes_a_city(profile):
    few = Amounts(buildings=5, components=200, incidents=200, days=0, track_workers=0)
    made = {layer.name: layer for layer in layers(shuangfeng(), few, 1, PRESENT, profile)}
    assert set(made["components"].table["class_code"].to_pylist()) <= {
        c.code for c in catalogue(profile).classes if c.kind == "component"
    }
