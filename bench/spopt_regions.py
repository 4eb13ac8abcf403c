"""What ``bench/design.py --spopt`` runs in an environment that has spopt: one of its heuristics on one graph.

``python bench/spopt_regions.py ward|skater|regionkmeans GRAPH.npz ZONES SEED OUT.npy``
"""

import sys

import geopandas
import libpysal
import numpy as np
import shapely
from spopt import region


def main(name, path, zones, seed, out):
    graph = np.load(path)
    starts, near = graph["starts"], graph["near"]
    beside = {k: near[starts[k] : starts[k + 1]].tolist() for k in range(len(starts) - 1)}
    weights = libpysal.weights.W(beside)
    units = geopandas.GeoDataFrame({"load": graph["load"]}, geometry=shapely.points(graph["middles"]))
    units["x"], units["y"] = graph["middles"].T
    if name == "ward":
        model = region.WardSpatial(units, weights, ["x", "y"], n_clusters=zones)
    elif name == "skater":
        model = region.Skater(units, weights, ["x", "y"], n_clusters=zones, floor=len(units) // zones // 2)
    else:
        np.random.seed(seed)  # it has no other source of chance
        model = region.RegionKMeansHeuristic(units[["x", "y"]].to_numpy(), zones, weights)
    model.solve()
    labels = model.labels_ if hasattr(model, "labels_") else model.label
    np.save(out, np.asarray(labels))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
