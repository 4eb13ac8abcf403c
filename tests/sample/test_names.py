"""Names of places, short and numbered."""

from __future__ import annotations

import pytest

from gridgis.sample.names import ordinal, short


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("桂木园社区居民委员会", "桂木园"),
        ("黄麻布社区居委", "黄麻布"),
        ("凤凰社区平湖墟居民委员会", "平湖墟"),
        ("福田保税区虚拟社区", "福田保税区"),
        ("象角塘社区", "象角塘"),
    ],
)
def test_short_names(name, bare):
    assert short(name) == bare


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (99, "九十九"), (100, "100")]
)
def test_ordinals(number, text):
    assert ordinal(number) == text
