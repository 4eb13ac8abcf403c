"""The two encrypted Chinese datums, GCJ-02 and BD-09, forth and back, vectorised.

The formulas are public facts, known from many open implementations. Two constants vary among those:
the radius is that of the Krasovsky ellipsoid, and BD-09's waves have a period of 3000 pi / 180 (some
copies lost the 3000 and are off by up to 40 m). The inverses are iterated, since subtracting the shift
once is off by about a metre.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]

_RADIUS_M = 6_378_245.0
_ECCENTRICITY2 = 0.00669342162296594323
_BD_PERIOD = np.pi * 3000.0 / 180.0
#: Nothing is shifted outside of this box (lon, lat): the encryption is defined for mainland China.
SHIFTED_BOX = (72.004, 0.8293, 137.8347, 55.8271)
# Both shifts change by less than 0.3 % of a step: each round gains 300 times, and 500 m end below 1e-7 m.
_ROUNDS = 4


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return GCJ-02 degrees of WGS 84 degrees; unchanged outside `SHIFTED_BOX`."""
    lon, lat = _floats(lon), _floats(lat)
    x, y = lon - 105.0, lat - 35.0
    root, both = np.sqrt(np.abs(x)), 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north = north + (both + _waves(y, 20, 40, 3) + _waves(y / 12, 160, 320, 2.5)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east = east + (both + _waves(x, 20, 40, 3) + _waves(x / 12, 150, 300, 2.5)) * 2 / 3
    flattening = 1 - _ECCENTRICITY2 * np.sin(np.radians(lat)) ** 2
    metres_lat = _RADIUS_M * (1 - _ECCENTRICITY2) / (flattening * np.sqrt(flattening))
    metres_lon = _RADIUS_M / np.sqrt(flattening) * np.cos(np.radians(lat))
    west, south, eastern, northern = SHIFTED_BOX
    shifted = (lon >= west) & (lon <= eastern) & (lat >= south) & (lat <= northern)
    return (
        np.where(shifted, lon + np.degrees(east / metres_lon), lon),
        np.where(shifted, lat + np.degrees(north / metres_lat), lat),
    )


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return WGS 84 degrees of GCJ-02 degrees; forth and back agree to far less than 1 cm."""
    return _inverse(wgs84_to_gcj02, _floats(lon), _floats(lat))


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return BD-09 degrees of GCJ-02 degrees."""
    x, y = _floats(lon), _floats(lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_PERIOD)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_PERIOD)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return GCJ-02 degrees of BD-09 degrees; forth and back agree to far less than 1 cm."""
    return _inverse(gcj02_to_bd09, _floats(lon), _floats(lat))


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return BD-09 degrees of WGS 84 degrees."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return WGS 84 degrees of BD-09 degrees."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _waves(t: Floats, slow: float, fast: float, ratio: float) -> Floats:
    return slow * np.sin(np.pi * t) + fast * np.sin(np.pi * t / ratio)


def _inverse(forward: Shift, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Solve ``forward(p) = (lon, lat)`` by moving a guess by what it misses the target."""
    x, y = lon, lat
    for _ in range(_ROUNDS):
        image_x, image_y = forward(x, y)
        x, y = x + (lon - image_x), y + (lat - image_y)
    return x, y
