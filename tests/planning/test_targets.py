"""R17: households per grid against a target, outliers by name."""

from gridgis.planning.targets import off_target


def test_grids_off_the_target_are_named_the_furthest_first():
    found = off_target(["a", "b", "c", "d", "e"], [300, 361, 360, 150, 240], 300, 0.2)
    assert [(one.name, one.households, round(one.share, 3)) for one in found] == [
        ("d", 150, -0.5),
        ("b", 361, 0.203),
    ]


def test_nothing_is_listed_where_all_are_near_or_there_is_none():
    assert off_target(["a"], [301], 300) == []
    assert off_target([], [], 300) == []
