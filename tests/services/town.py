"""A town of one community and four square grids, as files to load."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from gridgis.config import Config
from gridgis.services.loading.load import load
from gridgis.services.loading.options import Options

COMMUNITY = "440303001001"
WEST, SOUTH, SIDE = 114.10, 22.55, 0.001
DIVISIONS = [
    ("440000", "广东省"),
    ("440300", "深圳市"),
    ("440303", "罗湖区"),
    ("440303001", "桂园街道"),
    (COMMUNITY, "老围社区"),
]


def square(column: int, row: int, side: float = SIDE) -> shapely.Polygon:
    """Return a cell of the town's squares, counted from its south-west corner."""
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    if side == SIDE:  # the very numbers of the neighbour's corner
        return shapely.box(west, south, WEST + (column + 1) * SIDE, SOUTH + (row + 1) * SIDE)
    return shapely.box(west, south, west + side, south + side)


def grids() -> gpd.GeoDataFrame:
    """Return the four grids."""
    cells = [(0, 1), (1, 1), (0, 0), (1, 0)]
    return gpd.GeoDataFrame(
        {"code": [f"{COMMUNITY}{n:03d}" for n in range(1, 5)]},
        geometry=[square(*cell) for cell in cells],
        crs="EPSG:4326",
    )


def divisions() -> gpd.GeoDataFrame:
    """Return the chain of divisions; the lower three have the outline of all four grids."""
    outline = shapely.coverage_union_all(grids().geometry.to_numpy())
    return gpd.GeoDataFrame(
        DIVISIONS,
        columns=["code", "name"],
        geometry=[None, outline, outline, outline, outline],
        crs="EPSG:4326",
    )


def components(count: int = 8) -> gpd.GeoDataFrame:
    """Return lamps along a line through the two southern grids."""
    step = 2 * SIDE / (count + 1)
    points = [shapely.Point(WEST + step * (n + 1), SOUTH + SIDE / 2) for n in range(count)]
    frame = {
        "class_code": ["01001"] * count,
        "state": ["完好"] * count,
        "initial_date": ["2026-03-31"] * count,
    }
    return gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4326")


def buildings() -> gpd.GeoDataFrame:
    """Return a house in each grid."""
    houses = [square(column, row, SIDE / 4).buffer(0) for column in (0, 1) for row in (0, 1)]
    houses = [shapely.affinity.translate(house, SIDE / 3, SIDE / 3) for house in houses]
    return gpd.GeoDataFrame(
        {"name": list("甲乙丙丁"), "floors": [1, 2, 3, 4]}, geometry=houses, crs="EPSG:4326"
    )


def write(frame: pd.DataFrame, folder: Path, name: str) -> Path:
    """Write a frame as GeoParquet (or CSV, by the name) and return the path."""
    path = folder / name
    if name.endswith(".csv"):
        frame.to_csv(path, index=False)
    elif name.endswith(".parquet"):
        frame.to_parquet(path)
    else:
        frame.to_file(path)  # type: ignore[attr-defined]
    return path


def build(session, config: Config, folder: Path, *, until: str = "grids") -> None:
    """Load the town's divisions and, unless told to stop before, its grids."""
    load(session, config, "divisions", write(divisions(), folder, "divisions.parquet"), Options(actor="test"))
    if until == "grids":
        load(session, config, "grids", write(grids(), folder, "grids.parquet"), Options(actor="test"))
