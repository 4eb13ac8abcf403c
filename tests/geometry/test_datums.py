import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgis.geometry import datums

METRES_PER_DEGREE = 111_320
PAIRS = [
    (datums.wgs84_to_gcj02, datums.gcj02_to_wgs84),
    (datums.gcj02_to_bd09, datums.bd09_to_gcj02),
    (datums.wgs84_to_bd09, datums.bd09_to_wgs84),
]


def metres_apart(a, b):
    return float(np.hypot(a[0] - b[0], a[1] - b[1])) * METRES_PER_DEGREE


def published(shared, datum):
    with (shared / "data/oracles/datum_pairs.csv").open() as file:
        return [
            ((float(row["from_lon"]), float(row["from_lat"])), (float(row["to_lon"]), float(row["to_lat"])))
            for row in csv.DictReader(file)
            if row["from_datum"] == datum
        ]


def test_published_gcj02_figures_are_met_to_the_micrometre(shared):
    for wgs84, gcj02 in published(shared, "WGS-84"):
        assert metres_apart(datums.wgs84_to_gcj02(*wgs84), gcj02) < 1e-6
        assert metres_apart(datums.gcj02_to_wgs84(*gcj02), wgs84) < 1e-6


def test_published_bd09_figures_are_met_with_the_period_they_were_made_with(shared, monkeypatch):
    # Their source lost a factor of 3000 / 180 in the period (its own open bug report says so) and subtracted
    # the GCJ-02 shift once, which is worth 1.6 m here.
    monkeypatch.setattr(datums, "_BD_PERIOD", np.pi)
    for bd09, wgs84 in published(shared, "BD-09"):
        gcj02 = datums.bd09_to_gcj02(*bd09)
        shifted = datums.wgs84_to_gcj02(*gcj02)
        once = (2 * gcj02[0] - shifted[0], 2 * gcj02[1] - shifted[1])
        # BD-09 was inverted without iteration as well
        assert metres_apart(once, wgs84) < 1.0
        assert metres_apart(datums.bd09_to_wgs84(*bd09), wgs84) < 2.5


def test_a_published_station_is_met_to_its_five_decimals():
    # Beijing railway station as two public maps state it
    assert metres_apart(datums.gcj02_to_bd09(116.42703, 39.90245), (116.43351, 39.90851)) < 1.0


@pytest.mark.parametrize(("there", "back"), PAIRS)
@given(lon=st.floats(73.5, 135.1), lat=st.floats(18.1, 53.6))
def test_there_and_back_is_within_a_centimetre(there, back, lon, lat):
    assert metres_apart(back(*there(lon, lat)), (lon, lat)) < 0.01
    assert metres_apart(there(*back(lon, lat)), (lon, lat)) < 0.01


def test_shenzhen_moves_half_a_kilometre_south_east():
    lon, lat = datums.wgs84_to_gcj02(114.06, 22.54)
    assert 450 < (lon - 114.06) * METRES_PER_DEGREE * np.cos(np.radians(22.54)) < 550
    assert -400 < (lat - 22.54) * METRES_PER_DEGREE < -280


def test_nothing_is_shifted_abroad():
    assert datums.wgs84_to_gcj02(24.94, 60.17) == (24.94, 60.17)


def test_arrays_keep_their_shape_and_nan_stays_nan():
    lon, lat = np.array([[114.0, np.nan], [113.9, 114.1]]), np.full((2, 2), 22.5)
    out_lon, out_lat = datums.wgs84_to_bd09(lon, lat)
    assert out_lon.shape == out_lat.shape == (2, 2)
    assert np.isnan(out_lon[0, 1])
    assert np.isfinite(out_lon[1]).all()
