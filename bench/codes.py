"""Recognising a sentence, and numbering a city's grids: ``python bench/codes.py``."""

import time

import numpy as np
import shapely

from gridgis.codes.aliases import recogniser
from gridgis.planning.numbering import sequence_numbers

SENTENCES = (
    "下水道盖丢了",
    "我家楼下有个下水道的蓋子丟了三天没人管，路灯也不亮，垃圾桶满了",
    "公厕旁边的路灯已经好几天都不亮，" * 16,
    "今天天气很好" * 42,
)
GRIDS, COMMUNITIES = 16_000, 788


def seconds(action, repeat):
    """Return the mean time of one call."""
    start = time.perf_counter()
    for _ in range(repeat):
        action()
    return (time.perf_counter() - start) / repeat


def main():
    start = time.perf_counter()
    known = recogniser("gbt47678.5-2026")
    print(f"recogniser built in {(time.perf_counter() - start) * 1e3:.0f} ms, once a process")
    for text in SENTENCES:
        taken = seconds(lambda t=text: known.recognise(t), 200)
        print(f"recognise {len(text):>3} characters: {taken * 1e3:.3f} ms")
    draw = np.random.default_rng(1)
    corners = draw.uniform(0, 80_000, (GRIDS, 2))
    polygons = shapely.buffer(shapely.points(corners), 50, quad_segs=8)
    communities = draw.integers(0, COMMUNITIES, GRIDS)
    print(
        f"number {GRIDS:,} grids: {seconds(lambda: sequence_numbers(polygons, communities), 5) * 1e3:.0f} ms"
    )


if __name__ == "__main__":
    main()
