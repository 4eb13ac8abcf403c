"""Small cities for tests: trees of invented codes, made to the sizes cities have published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gridgis.sample.city import CitySpec, Place, round_city
from gridgis.sample.layers import Layer

PROFILE = "gbt47678.5-2026"


def tree(district: str, communities: list[int]) -> tuple[Place, ...]:
    """Return a district whose streets have so many communities each, with its city and province."""
    city, province = f"{district[:4]}00", f"{district[:2]}0000"
    places = [
        Place(province, "某省", "province", ""),
        Place(city, "某市", "city", province),
        Place(district, "某区", "district", city),
    ]
    for s, count in enumerate(communities, start=1):
        street = f"{district}{s:03d}"
        places.append(Place(street, f"第{s}街道", "street", district))
        places += [
            Place(f"{street}{c:03d}", f"第{s}{c}社区居委会", "community", street) for c in range(1, count + 1)
        ]
    return tuple(places)


def xianlin() -> CitySpec:
    """Nanjing Xianlin: 1,156 grids in 23.17 km2 and 3 communities."""
    return round_city(
        "仙林",
        "320113",
        tree("320113", [3]),
        centre=(118.92, 32.1),
        area_km2=23.17,
        grids=1156,
        metric_srid=4549,
    )


def shuangfeng() -> CitySpec:
    """Hefei Shuangfeng: 57 grids, 21 + 20 + 16."""
    grids = {"340121001001": 21, "340121001002": 20, "340121001003": 16}
    return round_city(
        "双凤",
        "340121",
        tree("340121", [3]),
        centre=(117.27, 31.96),
        area_km2=9,
        grids=grids,
        metric_srid=4548,
    )


def dongcheng() -> CitySpec:
    """Beijing Dongcheng: 1,539 grids in 17 streets and 169 communities, 41.8 km2."""
    return round_city(
        "东城",
        "110101",
        tree("110101", [10] * 16 + [9]),
        centre=(116.41, 39.91),
        area_km2=41.8,
        grids=1539,
        metric_srid=4548,
    )


def frame(layer: Layer) -> pd.DataFrame:
    """Return a layer's table."""
    return layer.table.to_pandas()


def shapes(layer: Layer) -> np.ndarray:
    """Return a layer's geometries."""
    return layer.shapes.geometries(0, len(layer))


def grid_of(city: dict[str, Layer], geometries: np.ndarray) -> np.ndarray:
    """Return the row of the grid that covers each geometry, -1 where none does."""
    tree = shapely.STRtree(shapes(city["grids"]))
    row, grid = tree.query(geometries, predicate="covered_by")
    found = np.full(len(geometries), -1)
    found[row] = grid
    return found
