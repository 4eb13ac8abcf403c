"""Which zone a real building, charging station or street sign lies in, row by row as geopandas has it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridgis.geometry.cell_index import CellIndex
from gridgis.geometry.measurement import point_on_surface


@pytest.fixture(scope="module")
def zones(shared: Path) -> gpd.GeoDataFrame:
    """491 traffic zones, which overlap in 518 places."""
    return gpd.read_file(shared / "data/shenzhen/traffic_zones/SZ_districts.shp").to_crs(4326)


@pytest.fixture(scope="module")
def districts(shared: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(shared / "data/shenzhen/shenzhen_districts10_transbigdata_wgs84.geojson")


@pytest.fixture(scope="module")
def buildings(shared: Path) -> gpd.GeoSeries:
    with gzip.open(
        shared / "data/shenzhen/shenzhen_osm_buildings.geojsonl.gz", "rt", encoding="utf-8"
    ) as lines:
        shapes = shapely.from_geojson([json.dumps(json.loads(line)["geometry"]) for line in lines])
    return gpd.GeoSeries(point_on_surface(shapes), crs=4326)


@pytest.fixture(scope="module")
def stations(shared: Path) -> gpd.GeoSeries:
    table = pd.read_csv(shared / "data/shenzhen/traffic_zones/stations.csv")
    return gpd.GeoSeries(gpd.points_from_xy(table["longitude"], table["latitude"]), crs=4326)


@pytest.mark.parametrize("places", ["zones", "districts"])
@pytest.mark.parametrize(("points", "rows"), [("buildings", 71_903), ("stations", 1706)])
def test_places_and_counts_are_those_of_geopandas(request, places: str, points: str, rows: int) -> None:
    polygons, found = request.getfixturevalue(places), request.getfixturevalue(points)
    assert len(found) == rows
    ours = CellIndex(polygons.geometry.to_numpy()).covering(found.x.to_numpy(), found.y.to_numpy())

    joined = gpd.sjoin(gpd.GeoDataFrame(geometry=found), polygons[["geometry"]], predicate="covered_by")
    theirs = joined["index_right"].groupby(level=0).min().reindex(found.index, fill_value=-1).astype(int)
    assert np.array_equal(ours, theirs)
    assert (ours >= 0).mean() > 0.9
    counts = joined.groupby(joined["index_right"]).size()
    if not joined.index.has_duplicates:  # where zones overlap, geopandas counts a point in each of them
        assert np.array_equal(
            np.bincount(ours[ours >= 0], minlength=len(polygons)),
            counts.reindex(range(len(polygons)), fill_value=0),
        )
