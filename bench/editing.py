"""Edits at random on cities of 1,600 and 16,000 grids: how fast, and whether anything breaks.

``python bench/editing.py [--operations N] [--grids N …] [--seed N]``. An edit is `perform` (with its proof)
and `Fabric.apply`, refused ones included; times of single edits are processor time. Afterwards the whole city
is checked for gaps, overlaps, buildings cut and points not located once, and every edit is undone; the exit
status is 1 when anything is wrong.
"""

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from gridgis.planning.editing.fabric import Fabric
from gridgis.sample.city import shenzhen
from tests.edits import OFTEN, Walk, district, made, not_once, not_whole
from tests.fabrics import findings, stored

POINTS = 100_000


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--grids", type=int, nargs="+", default=[1_600, 16_000])
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    whole = [edited(grids, given.operations, given.seed) for grids in given.grids]
    sys.exit(0 if all(whole) else 1)


def edited(grids, operations, seed):
    """Edit a city, print the figures, and return whether nothing broke."""
    fabric = made(shenzhen(grids) if grids >= 16_000 else district(grids), grids * 19)
    print(f"{len(fabric.grids):,} grids, {len(fabric.buildings.ids):,} buildings, index", end=" ")
    print(f"{seconds(lambda: indexed(fabric)):.2f} s, once a fabric")
    before, walk, done, took, clock = stored(fabric), Walk(fabric, seed), [], defaultdict(list), 0.0
    for name in ("split_into", *walk.names(operations)):  # the first compiles, and is not counted
        proposal = walk.proposal(name)
        start, ran = time.perf_counter(), time.process_time()
        change = walk.edited(name, *proposal)
        took[name].append(time.process_time() - ran)
        clock += time.perf_counter() - start
        done += [change] if change else []
    took["split_into"].pop(0)
    figures(took, clock, len(done), walk.refused)
    found = findings(fabric), not_whole(fabric), not_once(fabric, POINTS, seed)
    undone = seconds(lambda: [fabric.apply(change.inverse) for change in reversed(done)])
    same = stored(fabric) == before
    print(
        f"  findings of the coverage check {len(found[0])}, buildings cut {len(found[1])}, points not in"
        f" exactly one grid {found[2]} of {POINTS:,}; undone in {undone:.1f} s to the same bytes: {same}"
    )
    return same and not any(found)


def indexed(fabric):
    """Build what a fabric of a whole city builds once."""
    Fabric((key, held.community, held.polygon) for key, held in fabric.grids.items())
    return fabric.buildings.tree, fabric.roads_tree


def figures(took, clock, done, refused):
    every = [second for kind in took.values() for second in kind]
    print(
        f"  {len(every):,} edits, {done:,} made, {len(every) / clock:,.0f}/s on the clock, "
        f"{len(every) / sum(every):,.0f} a second of processor time"
    )
    for name in OFTEN:
        p50, p99 = np.quantile(took[name], (0.5, 0.99)) * 1e3 if took[name] else (np.nan, np.nan)
        why = {reason: count for (of, reason), count in refused.most_common() if of == name}
        print(
            f"  {name:<18} {len(took[name]):>6,} tried  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  refused "
            + (", ".join(f"{reason} {count:,}" for reason, count in why.items()) or "none")
        )


def seconds(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
