"""Points in grids: our cell index beside geopandas, shapely, DuckDB and SedonaDB, in one run.

``python bench/locate.py [--points N] [--grids FILE] [--seed N]``. Without a file the grids are a made-up
tessellation of 16,000 crooked cells. Points, polygons and tables are in each engine's own form before its
clock starts; every engine answers with the lowest grid of each point, and answers are compared row by row.
"""

import argparse
import sys
import time
from pathlib import Path

import duckdb
import duckdb_extension_spatial
import geopandas
import numpy as np
import pyarrow as pa
import sedonadb
import shapely

from gridgis.config import Config
from gridgis.geometry.cell_index import CellIndex
from gridgis.geometry.location import GridSet
from gridgis.services.assigning import read_grids

SHENZHEN = (113.75, 22.44, 114.62, 22.86)
REPEATS = 3


def tessellation(count, seed):
    """Voronoi cells of a jittered lattice whose borders are bent, shared vertex for vertex."""
    rng = np.random.default_rng(seed)
    down = round((count / 2) ** 0.5)
    across = count // down
    lattice = np.stack(np.meshgrid(np.arange(across), np.arange(down)), axis=-1).reshape(-1, 2) + 0.5
    centres = shapely.multipoints(lattice + rng.uniform(-0.35, 0.35, lattice.shape))
    extent = shapely.box(0, 0, across, down)
    cells = shapely.get_parts(shapely.voronoi_polygons(centres, extend_to=extent))
    cells = shapely.segmentize(shapely.intersection(cells, extent), 0.1)

    def bend(xy):
        x, y = np.round(xy, 7).T
        inner = (x > 0) & (x < across) & (y > 0) & (y < down)
        x, y = (
            x + 0.02 * inner * np.sin(7.3 * x + 2 * np.cos(5.1 * y)),
            y + 0.02 * inner * np.cos(6.7 * y + 2 * np.sin(4.3 * x)),
        )
        west, south, east, north = SHENZHEN
        return np.column_stack((west + x / across * (east - west), south + y / down * (north - south)))

    return shapely.transform(cells, bend)


def timed(action, repeats=REPEATS):
    """Return the best time of some runs, and the answer."""
    best = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        answer = action()
        best = min(best, time.perf_counter() - start)
    return best, answer


def lowest(points, grids, count):
    """Return the lowest grid per point of pairs, -1 where there is none."""
    answer = np.full(count, np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(answer, np.asarray(points), np.asarray(grids))
    answer[answer == np.iinfo(np.int32).max] = -1
    return answer


def by_sjoin(polygons, points):
    left = geopandas.GeoDataFrame(geometry=points, crs=4326)
    right = geopandas.GeoDataFrame({"grid": np.arange(len(polygons))}, geometry=polygons, crs=4326)

    def run():
        pairs = geopandas.sjoin(left, right, predicate="covered_by")
        return lowest(pairs.index, pairs["grid"], len(points))

    return run


def by_polygon_tree(polygons, points):
    tree = shapely.STRtree(polygons)
    return lambda: lowest(*tree.query(points, predicate="covered_by"), len(points))


def by_point_tree(polygons, points):
    def run():
        grids, found = shapely.STRtree(points).query(polygons, predicate="covers")
        return lowest(found, grids, len(points))

    return run


def as_table(key, shapes):
    return pa.table(
        {key: np.arange(len(shapes), dtype=np.int32), "wkb": pa.array(list(shapely.to_wkb(shapes)))}
    )


def by_duckdb(polygons, points):
    extension = next(Path(duckdb_extension_spatial.__file__).parent.rglob("spatial.duckdb_extension"))
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.load_extension(str(extension))
    for name, key, shapes in (("g", "grid", polygons), ("p", "point", points)):
        connection.register("given", as_table(key, shapes))
        connection.execute(f"CREATE TABLE {name} AS SELECT {key}, ST_GeomFromWKB(wkb) AS geom FROM given")

    def run():
        pairs = connection.execute(
            "SELECT point, grid FROM p JOIN g ON ST_Covers(g.geom, p.geom)"
        ).fetchnumpy()
        return lowest(pairs["point"], pairs["grid"], len(points))

    return run


def by_sedonadb(polygons, points):
    engine = sedonadb.connect()
    for name, key, shapes in (("g", "grid", polygons), ("p", "point", points)):
        frame = geopandas.GeoDataFrame(
            {key: np.arange(len(shapes), dtype=np.int32)}, geometry=shapes, crs=4326
        )
        engine.create_data_frame(frame).to_memtable().to_view(name)

    def run():
        query = "SELECT p.point, g.grid FROM p JOIN g ON ST_Covers(g.geometry, p.geometry)"
        pairs = pa.table(engine.sql(query))
        return lowest(pairs["point"], pairs["grid"], len(points))

    return run


OTHERS = {
    "geopandas.sjoin": by_sjoin,
    "STRtree of polygons": by_polygon_tree,
    "STRtree of points": by_point_tree,
    "DuckDB spatial": by_duckdb,
    "SedonaDB": by_sedonadb,
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--grids", type=Path, help="file of grids instead of the made-up ones")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def compare(polygons, points, answer, ours_s):
    """Time every other engine; returns its seconds by name, and whether all gave our answers."""
    times, agreed = {}, True
    for name, engine in OTHERS.items():
        times[name], theirs = timed(engine(polygons, points))
        same = bool((theirs == answer).all())
        agreed &= same
        verdict = "same answers" if same else "DIFFERENT answers"
        print(f"{name:<22}{times[name]:8.3f} s {times[name] / ours_s:7.1f} x   {verdict}")
    return times, agreed


def main():
    given = arguments()
    config = Config()
    polygons = read_grids(given.grids, config).polygons if given.grids else tessellation(16_000, given.seed)
    west, south, east, north = shapely.total_bounds(polygons)
    rng = np.random.default_rng(given.seed)
    lon, lat = rng.uniform((west, south), (east, north), (given.points, 2)).T.copy()
    points = shapely.points(lon, lat)
    vertices = shapely.get_num_coordinates(polygons)
    print(
        f"{len(polygons):,} grids of {np.percentile(vertices, 5):.0f}-{np.percentile(vertices, 95):.0f}"
        f" vertices, {given.points:,} points"
    )

    first_s, _ = timed(lambda: CellIndex(polygons[:10]).covering(lon[:10], lat[:10]), 1)
    build_s, index = timed(lambda: CellIndex(polygons))
    ours_s, answer = timed(lambda: index.covering(lon, lat), 7)
    print(f"first call in this process, compiling or loading machine code: {first_s:.2f} s")
    print(f"index: built in {build_s:.2f} s (at most 3), {index.nbytes / 1e6:.1f} MB (at most 60)")
    print(f"{'cell index':<22}{ours_s:8.3f} s   {(answer >= 0).mean():.1%} covered")

    times, agreed = compare(polygons, points, answer, ours_s)

    codes = [f"{k:06d}" for k in range(len(polygons))]
    grids = GridSet(codes, polygons, srid=config.metric_srid, tolerance_m=config.snap_tolerance_m)
    whole_s, located = timed(lambda: grids.locate_all(lon, lat))
    snapped = (located.match == "snapped").sum()
    print(f"with codes, snapping ({snapped:,} points) and distances: {whole_s:.3f} s")
    grids.locate(lon[0], lat[0])
    single_s, _ = timed(lambda: [grids.locate(lon[k], lat[k]) for k in range(2_000)])
    print(f"one point alone: {single_s / 2_000 * 1e6:.0f} microseconds")

    sjoin = times.pop("geopandas.sjoin") / ours_s
    best = min(times.values()) / ours_s
    print(f"{sjoin:.1f} x sjoin (at least 15), {best:.1f} x the best other (at least 8)")
    sys.exit(0 if agreed and sjoin >= 15 and best >= 8 and build_s <= 3 and index.nbytes <= 60e6 else 1)


if __name__ == "__main__":
    main()
