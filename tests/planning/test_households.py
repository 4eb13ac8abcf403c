import numpy as np

from gridgis.planning.households import estimated_households


def test_floors_count_then_height_then_one_floor():
    found = estimated_households(
        [900.0] * 6,
        [10, np.nan, np.nan, np.nan, 3, 0],
        [99, 30, np.nan, 0.5, 9, np.nan],
        ["apartments", "yes", None, "house", "industrial", ""],
        floor_m2=90.0,
    )
    assert found.tolist() == [100, 100, 10, 10, 0, 10]
