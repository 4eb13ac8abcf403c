"""One small city for all tests that only look at it."""

from __future__ import annotations

import pytest

from gridgis.sample.generation import PRESENT, Amounts, layers
from gridgis.sample.layers import Layer
from tests.sample.cities import PROFILE, shuangfeng

AMOUNTS = Amounts(buildings=1500, components=6000, incidents=4000, days=2, track_workers=6)


@pytest.fixture(scope="session")
def city() -> dict[str, Layer]:
    """Return Shuangfeng's layers by name; of the tracks, the first worker's."""
    made: dict[str, Layer] = {}
    for layer in layers(shuangfeng(), AMOUNTS, 1, PRESENT, PROFILE):
        made.setdefault(layer.name, layer)
    return made
