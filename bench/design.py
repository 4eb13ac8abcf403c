"""Designing beats and grids beside METIS: the same graphs, the same measures, one run.

``python bench/design.py --city FOLDER [--whole-city] [--seed N]``. FOLDER holds the files of ``gridgis
sample`` at full size. METIS runs as pymetis with contiguous zones asked for; k-means, for the buildings, is
Lloyd's on their middles, and k-means-c is k-means-constrained, which bounds their number in a zone. With
``--whole-city`` the command line divides every community, on all processors.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely
from k_means_constrained import KMeansConstrained

from gridgis.config import Config
from gridgis.geometry.crs import geometries_to_metric
from gridgis.planning.barriers import Lines
from gridgis.planning.blocks import block_units, building_blocks
from gridgis.planning.design import designs
from gridgis.planning.measures import largest_deviation, polsby_popper
from gridgis.planning.partition import is_partition, part_of, tally, units_of
from gridgis.planning.proposals import metis

SRID = Config().metric_srid


def timed(action):
    """Return seconds on the clock, those of them that this process ran, and the answer."""
    start, ran = time.perf_counter(), time.process_time()
    answer = action()
    return (time.perf_counter() - start, time.process_time() - ran), answer


def ours(units, zones, seed, **options):
    *_, best = designs(units, zones, seed=seed, **options)
    return best.zone


def line(name, seconds, units, zone, zones, more=""):
    state = tally(units, zone, zones)
    fullest, round_share = state.load.max() / state.load.mean(), polsby_popper(state).mean()
    print(
        f"  {name:<9} {seconds[0]:6.2f} s (running {seconds[1]:.2f} s)   max/mean {fullest:.4f}   largest"
        f" deviation {largest_deviation(state):7.2%}   Polsby-Popper {round_share:.3f}"
        f"   whole zones {'yes' if is_partition(units, zone, zones) else 'NO'}{more}"
    )


def beats(city, seed):
    grids = geopandas.read_parquet(city / "grids.parquet")
    buildings = pd.read_parquet(city / "buildings.parquet", columns=["source_id", "households"])
    load = buildings.groupby(buildings["source_id"].str[:15])["households"].sum()
    units = units_of(grids.geometry.to_numpy(), load.reindex(grids["code"]).fillna(0).to_numpy(), SRID)
    ours(part_of(units, np.arange(200)), 2, seed, effort=10)  # compiled before the clock starts
    print(f"{len(grids):,} grids into 400 beats, {units.load.sum():,.0f} households")
    for name, make in (("METIS", metis), ("ours", ours)):
        seconds, zone = timed(lambda make=make: make(units, 400, seed))
        line(name, seconds, units, zone, 400)


def houses_of(city, wanted, households):
    """Return buildings around a community's middle, and households scaled to a sum."""
    buildings = geopandas.read_parquet(city / "buildings.parquet", columns=["households", "geometry"])
    lived_in = buildings[buildings["households"] > 0]
    middles = shapely.get_coordinates(shapely.centroid(lived_in.geometry.to_numpy()))
    centre = np.median(middles, axis=0)
    near = np.argsort(np.hypot(*(middles - centre).T), kind="stable")[:wanted]
    shapes = lived_in.geometry.to_numpy()[near]
    rng = np.random.default_rng(1)
    return shapes, rng.multinomial(households - wanted, np.full(wanted, 1 / wanted)) + 1.0


def nearest_centres(points, weights, zones, seed):
    """Lloyd's k-means, the usual tool at hand."""
    rng = np.random.default_rng(seed)
    centres = points[rng.choice(len(points), zones, replace=False)]
    for _ in range(100):
        zone = shapely.STRtree(shapely.points(centres)).nearest(shapely.points(points))
        sums = np.column_stack([np.bincount(zone, weights * c, minlength=zones) for c in points.T])
        centres = sums / np.maximum(np.bincount(zone, weights, minlength=zones), 1e-9)[:, None]
    return zone.astype(np.int32)


def even_centres(points, zones, seed):
    """k-means-constrained: about as many points in each zone; it knows no weights."""
    even = len(points) / zones
    model = KMeansConstrained(
        zones, size_min=int(even * 0.97), size_max=int(np.ceil(even * 1.03)), n_init=1, random_state=seed
    )
    return model.fit_predict(points).astype(np.int32)


def cut_by(units, polygons, zone, shapes):
    """Count buildings with more than a square metre outside the zone that holds their middle."""
    grids = [shapely.coverage_union_all(polygons[zone == z]) for z in np.unique(zone)]
    shapely.prepare(grids)
    home = shapely.STRtree(grids).nearest(shapely.point_on_surface(shapes))
    outside = shapely.difference(shapes, np.array(grids, dtype=object)[home])
    return int((shapely.area(geometries_to_metric(outside, SRID)) > 1).sum())


def grids(city, seed):
    shapes, households = houses_of(city, 2000, 15_900)
    outline = shapely.buffer(shapely.convex_hull(shapely.union_all(shapes)), 1e-4)
    seconds, blocks = timed(lambda: building_blocks(outline, shapes, SRID))
    load = np.bincount(blocks.block, households, minlength=len(blocks.polygons))
    units = block_units(blocks.polygons, load, Lines(), SRID)
    print(
        f"2,000 buildings, {load.sum():,.0f} households, into 53 grids;"
        f" {len(load)} blocks in {seconds[0]:.2f} s (running {seconds[1]:.2f} s)"
    )
    middles = shapely.get_coordinates(shapely.centroid(geometries_to_metric(blocks.polygons, SRID)))
    for name, make in (
        ("METIS", metis),
        ("k-means", lambda u, k, s: nearest_centres(middles, u.load, k, s)),
        ("k-means-c", lambda _, k, s: even_centres(middles, k, s)),
        ("ours", ours),
    ):
        seconds, zone = timed(lambda make=make: make(units, 53, seed))
        cut = cut_by(units, blocks.polygons, zone, shapes)
        line(name, seconds, units, zone, 53, f"   buildings cut {cut}")


def whole_city(city, seed):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "grids.parquet"
        command = [sys.executable, "-m", "gridgis", "plan", "design", "--seed", str(seed), "--out", str(out)]
        command += ["--buildings", str(city / "buildings.parquet"), "--roads", str(city / "roads.parquet")]
        command += ["--within", str(city / "divisions.parquet"), "--effort", "500"]
        seconds, done = timed(lambda: subprocess.run(command, check=True, capture_output=True, text=True))
    ran = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"whole city from building blocks: {seconds[0]:.0f} s, on all processors together"
        f" {ran.ru_utime + ran.ru_stime:.0f} s\n  " + done.stdout.replace("\n", "\n  ").rstrip()
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--city", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--whole-city", action="store_true")
    wish = parser.parse_args()
    beats(wish.city, wish.seed)
    grids(wish.city, wish.seed)
    if wish.whole_city:
        whole_city(wish.city, wish.seed)
