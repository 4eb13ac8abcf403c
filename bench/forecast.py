"""The weekly forecast of incidents against what came, beside the naive forecast: what came last week.

    python bench/forecast.py --city DIR [--weeks 26]

DIR is written by `gridgis sample`. For each of the last weeks, the eight weeks before it forecast it, grid by
grid. Prints the mean absolute error of both, and fails when ours is not the smaller.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import geopandas as gpd
import numpy as np

from gridgis.config import Config
from gridgis.geometry.adjacency import adjacency
from gridgis.geometry.location import GridSet
from gridgis.measures.forecast import mean_absolute_error, weekly_rate

_PAST = 8


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--city", type=Path, required=True)
    parser.add_argument("--weeks", type=int, default=26)
    given = parser.parse_args()
    config = Config()
    grids = gpd.read_parquet(given.city / "grids.parquet").sort_values("code", ignore_index=True)
    incidents = gpd.read_parquet(given.city / "incidents.parquet", columns=["reported_at", "geometry"])
    known = GridSet(grids["code"], grids.geometry.to_numpy(), srid=config.metric_srid, tolerance_m=50.0)
    row = known.cell_index.covering(incidents.geometry.x.to_numpy(), incidents.geometry.y.to_numpy())
    age_s = (incidents["reported_at"].max() - incidents["reported_at"]).dt.total_seconds().to_numpy()
    week = (age_s // (7 * 86_400)).astype(int)
    most = given.weeks + _PAST
    kept = (row >= 0) & (week < most)
    counts = np.zeros((len(grids), most))
    np.add.at(counts, (row[kept], most - 1 - week[kept]), 1)
    beside = adjacency(known.polygons, config.metric_srid)
    ours, naive = [], []
    for w in range(_PAST, most):
        rate = weekly_rate(counts[:, w - _PAST : w], beside.one, beside.other)
        ours.append(mean_absolute_error(rate, counts[:, w]))
        naive.append(mean_absolute_error(counts[:, w - 1], counts[:, w]))
    a, b = float(np.mean(ours)), float(np.mean(naive))
    print(f"{len(grids):,} grids, {given.weeks} weeks: error {a:.3f} a grid and week, naive {b:.3f}")
    print(f"ours is {a / b:.2f} of the naive one")
    if a >= b:
        raise SystemExit("the forecast is no better than last week's count")


if __name__ == "__main__":
    main()
