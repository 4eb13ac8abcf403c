"""Designing beats and grids beside METIS: the same graphs, the same measures, one run.

``python bench/design.py --city FOLDER [--whole-city] [--seed N] [--spopt PYTHON]``. FOLDER holds the files of
``gridgis sample`` at full size. METIS runs as pymetis with contiguous zones asked for, METIS-v on the cells
of a Voronoi diagram of the buildings' middles, as is usual, instead of on blocks; k-means, for the buildings,
is Lloyd's on their middles, and k-means-c is k-means-constrained, which bounds their number in a zone. PYTHON
is an interpreter that has spopt, whose heuristics get 40 seconds each. With ``--whole-city`` the command line
divides every community, on all processors. In the end every bar is said to be met or not, by the clock, so
that nothing else should run; it ends with 1 when one is not.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely
from k_means_constrained import KMeansConstrained

from gridgis.config import Config
from gridgis.geometry.adjacency import Adjacency
from gridgis.geometry.crs import geometries_to_metric
from gridgis.planning.barriers import Lines
from gridgis.planning.blocks import block_units, building_blocks
from gridgis.planning.design import designs
from gridgis.planning.measures import largest_deviation, polsby_popper
from gridgis.planning.partition import is_partition, part_of, tally, units_from, units_of
from gridgis.planning.proposals import metis

SRID = Config().metric_srid
SPOPT_S = 40
SPOPT = ("ward", "skater", "regionkmeans")

#: What is to be reached, and whether it is.
bars: list[tuple[str, bool]] = []


def bar(words, met):
    bars.append((words, bool(met)))


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
    return fullest, largest_deviation(state), round_share, is_partition(units, zone, zones)


def beats(city, seed):
    grids = geopandas.read_parquet(city / "grids.parquet")
    buildings = pd.read_parquet(city / "buildings.parquet", columns=["source_id", "households"])
    load = buildings.groupby(buildings["source_id"].str[:15])["households"].sum()
    units = units_of(grids.geometry.to_numpy(), load.reindex(grids["code"]).fillna(0).to_numpy(), SRID)
    ours(part_of(units, np.arange(200)), 2, seed, effort=10)  # compiled before the clock starts
    print(f"{len(grids):,} grids into 400 beats, {units.load.sum():,.0f} households")
    taken, found = {}, {}
    for name, make in (("METIS", metis), ("ours", ours)):
        taken[name], zone = timed(lambda make=make: make(units, 400, seed))
        found[name] = line(name, taken[name], units, zone, 400)
    (seconds, ran), (_, deviation, _, whole) = taken["ours"], found["ours"]
    bar(f"16,000 grids into 400 beats: {seconds:.1f} s (running {ran:.1f} s), at most 10", seconds <= 10)
    bar("every beat in one piece", whole)
    theirs = found["METIS"][1]
    bar(f"largest deviation {deviation:.1%}, METIS's {theirs:.1%}", deviation <= theirs)


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
    found, cuts = {}, {}
    for name, make in (
        ("METIS", metis),
        ("k-means", lambda u, k, s: nearest_centres(middles, u.load, k, s)),
        ("k-means-c", lambda _, k, s: even_centres(middles, k, s)),
        ("ours", ours),
    ):
        seconds, zone = timed(lambda make=make: make(units, 53, seed))
        cuts[name] = cut_by(units, blocks.polygons, zone, shapes)
        found[name] = line(name, seconds, units, zone, 53, f"   buildings cut {cuts[name]}")
    cuts["METIS-v"] = on_middles(shapes, households, outline, seed)
    fullest, deviation, round_share, whole = found["ours"]
    _, their_deviation, their_round_share, _ = found["METIS"]
    bar(f"2,000 buildings into 53 grids: max/mean {fullest:.4f}, at most 1.03", fullest <= 1.03 and whole)
    bar(
        f"Polsby-Popper {round_share:.3f} at a deviation of {deviation:.1%},"
        f" METIS's {their_round_share:.3f} at {their_deviation:.1%}",
        round_share > their_round_share and deviation <= their_deviation,
    )
    bar(
        f"buildings cut: {cuts['ours']}, METIS's {cuts['METIS']} on blocks, {cuts['METIS-v']} on middles",
        cuts["ours"] <= cuts["METIS"] and cuts["ours"] < cuts["METIS-v"],
    )
    return units, middles


def on_middles(shapes, households, outline, seed):
    """Let METIS group the Voronoi cells of the buildings' middles; return how many buildings that cuts."""
    points = shapely.multipoints(shapely.centroid(shapes))
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=outline, ordered=True))
    units = units_of(shapely.intersection(cells, outline), households, SRID)
    seconds, zone = timed(lambda: metis(units, 53, seed))
    cut = cut_by(units, cells, zone, shapes)
    line("METIS-v", seconds, units, zone, 53, f"   buildings cut {cut}")
    return cut


def regions_of_spopt(python, units, middles, seed):
    """Let spopt's heuristics group the same blocks, each in a process of its own that is ended in time."""
    with tempfile.TemporaryDirectory() as folder:
        graph, found = Path(folder) / "graph.npz", Path(folder) / "zones.npy"
        np.savez(graph, middles=middles, **units._asdict())
        for name in SPOPT:
            program = Path(__file__).with_name("spopt_regions.py")
            command = [python, program, name, graph, "53", str(seed), found]
            run = partial(subprocess.run, command, check=False, preexec_fn=at_most_so_long)
            seconds, done = timed(run)
            if done.returncode:
                print(f"  {name:<12} not done in {SPOPT_S} s of processor time")
                continue
            line(name, seconds, units, np.load(found).astype(np.int32), 53)


def at_most_so_long():
    resource.setrlimit(resource.RLIMIT_CPU, (SPOPT_S, SPOPT_S))


def squares(seeds=20):
    """Group 36 squares into four: nine have a border of 12 at least, so 48 is the least of all."""
    ends = np.arange(36).reshape(6, 6)
    one = np.concatenate((ends[:, :-1].ravel(), ends[:-1].ravel()))
    other = np.concatenate((ends[:, 1:].ravel(), ends[1:].ravel()))
    ones = np.ones(36)
    units = units_from(Adjacency(one, other, np.ones(len(one))), load=ones, area_m2=ones, around_m=4 * ones)
    found = [tally(units, ours(units, 4, seed), 4) for seed in range(seeds)]
    reached = sum(set(state.load) == {9.0} and state.around_m.sum() == 48 for state in found)
    bar(f"6 x 6 squares into 4: the proven optimum in {reached} of {seeds} runs", reached == seeds)


def whole_city(city, seed):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "grids.parquet"
        command = [sys.executable, "-m", "gridgis", "plan", "design", "--seed", str(seed), "--out", str(out)]
        command += ["--buildings", str(city / "buildings.parquet"), "--roads", str(city / "roads.parquet")]
        command += ["--within", str(city / "divisions.parquet"), "--effort", "500", "--json"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds, done = timed(lambda: subprocess.run(command, check=True, capture_output=True, text=True))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        shapes = geopandas.read_parquet(out).geometry.to_numpy()
    ran = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    communities = json.loads(done.stdout)["communities"]
    uneven = np.array([max(c["households"]) / max(np.mean(c["households"]), 1e-9) for c in communities])
    cut = cut_in(city, shapes)
    print(
        f"{len(communities)} communities into {len(shapes):,} grids: {seconds[0]:.0f} s, all processors"
        f" together {ran:.0f} s, the largest process {after.ru_maxrss / 1024:,.0f} MiB\n"
        f"  max/mean by community: mean {uneven.mean():.3f}, median {np.median(uneven):.3f}, worst"
        f" {uneven.max():.3f}   buildings cut {cut}"
    )
    words = f"whole city from building blocks: {seconds[0]:.0f} s (running {ran:.0f} s), at most 300"
    bar(words, seconds[0] <= 300)
    bar("every grid in one piece", (shapely.get_num_geometries(shapes) == 1).all())
    bar(f"buildings cut: {cut}", cut == 0)


def cut_in(city, shapes):
    """Count the buildings of a city that do not lie in one grid."""
    buildings = geopandas.read_parquet(city / "buildings.parquet", columns=["geometry"]).geometry.to_numpy()
    row, home = shapely.STRtree(shapes).query(shapely.point_on_surface(buildings), predicate="intersects")
    shapely.prepare(shapes)
    return len(buildings) - len(np.unique(row[shapely.covers(shapes[home], buildings[row])]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--city", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--whole-city", action="store_true")
    parser.add_argument("--spopt", metavar="PYTHON")
    wish = parser.parse_args()
    beats(wish.city, wish.seed)
    graph = grids(wish.city, wish.seed)
    if wish.spopt:
        regions_of_spopt(wish.spopt, *graph, wish.seed)
    squares()
    if wish.whole_city:
        whole_city(wish.city, wish.seed)
    for words, met in bars:
        print(f"{'met' if met else 'NOT MET':<8} {words}")
    sys.exit(not all(met for _, met in bars))
