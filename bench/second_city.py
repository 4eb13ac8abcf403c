"""Write divisions and grids of a made-up city round the points of a file, to load real data into.

The grids are squares of the metric CRS, kept in EPSG:4326 with shared vertices; all lie in one community.

    python bench/second_city.py POINTS --srid 3879 --side 250 --root 990100 --out DIR
"""

from __future__ import annotations

import argparse
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from gridgis.geometry.crs import from_metric, to_metric


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("points")
    parser.add_argument("--srid", type=int, required=True)
    parser.add_argument("--side", type=float, default=250.0)
    parser.add_argument("--root", default="990100")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    found = gpd.read_file(given.points).geometry
    x, y = to_metric(found.x, found.y, given.srid)
    columns = np.arange(x.min() // given.side, x.max() // given.side + 2) * given.side
    rows = np.arange(y.min() // given.side, y.max() // given.side + 2) * given.side
    corner_x, corner_y = np.meshgrid(columns, rows, indexing="ij")
    lon, lat = from_metric(corner_x, corner_y, given.srid)
    corners = np.stack((lon, lat), axis=-1)
    cells = [
        shapely.Polygon([corners[i, j], corners[i + 1, j], corners[i + 1, j + 1], corners[i, j + 1]])
        for j in reversed(range(len(rows) - 1))
        for i in range(len(columns) - 1)
    ]
    district = given.root[:4] + "01"
    community = district + "001001"
    outline = shapely.coverage_union_all(cells)
    chain = [given.root[:2] + "0000", given.root, district, district + "001", community]
    names = ["country", "city", "district", "street", "community"]
    given.out.mkdir(parents=True, exist_ok=True)
    places = [None, *[outline] * 4]
    divisions = gpd.GeoDataFrame({"code": chain, "name": names}, geometry=places, crs="EPSG:4326")
    divisions.to_parquet(given.out / "divisions.parquet")
    codes = [f"{community}{n:03d}" for n in range(1, len(cells) + 1)]
    gpd.GeoDataFrame({"code": codes}, geometry=cells, crs="EPSG:4326").to_parquet(given.out / "grids.parquet")
    print(f"{len(cells)} grids of {given.side:g} m in {given.out}")


if __name__ == "__main__":
    main()
