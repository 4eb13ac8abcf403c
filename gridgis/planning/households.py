"""Households of buildings whose register is not at hand, from floors and footprint."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Metres from floor to floor, where only a height is known.
FLOOR_HEIGHT_M = 3.0
#: Uses without dwellings, as registers and OpenStreetMap's ``building=`` call them. A building whose use is
#: not told counts as lived in.
NOT_LIVED_IN = frozenset(
    [
        "carport",
        "church",
        "civic",
        "college",
        "commercial",
        "construction",
        "factory",
        "fire_station",
        "garage",
        "garages",
        "government",
        "greenhouse",
        "hangar",
        "hospital",
        "hotel",
        "industrial",
        "kindergarten",
        "kiosk",
        "mosque",
        "office",
        "parking",
        "public",
        "retail",
        "roof",
        "school",
        "service",
        "shed",
        "shrine",
        "stadium",
        "supermarket",
        "temple",
        "toilets",
        "train_station",
        "transportation",
        "university",
        "warehouse",
    ]
)


def estimated_households(
    footprint_m2: ArrayLike, floors: ArrayLike, height_m: ArrayLike, use: ArrayLike, *, floor_m2: float
) -> NDArray[np.float64]:
    """Return an estimate of the households in each building, whole numbers.

    Parameters
    ----------
    footprint_m2
        Ground area.
    floors, height_m
        NaN where not known; floors count first, then the height at `FLOOR_HEIGHT_M` a floor, then one floor.
    use
        One of `NOT_LIVED_IN` holds nobody.
    floor_m2
        Floor area of the whole building per household: an assumption of the caller.
    """
    known, height = np.asarray(floors, dtype=np.float64), np.asarray(height_m, dtype=np.float64)
    levels = np.where(np.isnan(known), np.round(height / FLOOR_HEIGHT_M), known)
    levels = np.maximum(np.nan_to_num(levels, nan=1.0), 1.0)
    lived_in = ~np.isin(np.asarray(use, dtype=object).astype(str), list(NOT_LIVED_IN))
    return np.round(np.asarray(footprint_m2, dtype=np.float64) * levels / floor_m2) * lived_in
