"""Make the sample city and report time and memory: ``python bench/sample.py [demo|full] [--keep DIR]``.

Each size runs in a process of its own, so that the peak is the city's alone. The first run also compiles.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = {
    "demo": {"buildings": 60_000, "components": 120_000, "incidents": 60_000, "days": 7, "track_workers": 50},
    "full": {"buildings": 600_000, "components": 1_000_000, "incidents": 1_000_000},  # and the other defaults
}  # fmt: skip


def measure(size: str, folder: Path) -> dict[str, object]:
    """Make one city in this process and return its figures."""
    started = time.perf_counter()
    from gridgis.sample.city import shenzhen  # noqa: PLC0415 -- importing is part of what a user waits for
    from gridgis.sample.generation import Amounts, generate  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    figures = generate(shenzhen(), Amounts(**SIZES[size]), folder)
    written = sum(path.stat().st_size for path in folder.iterdir())
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "size": size,
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_mib": round(used.ru_maxrss / 1024),
        "written_mib": round(written / 2**20),
        "rows": figures["rows"],
    }


def main() -> None:
    """Run each size asked for in its own process and print one JSON line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", choices=[*SIZES, []], default=list(SIZES))
    parser.add_argument("--keep", type=Path, help="folder to leave the files of the last size in")
    parser.add_argument("--here", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for size in options.sizes:
        if options.here:
            print(json.dumps(measure(size, options.here)))
            continue
        with tempfile.TemporaryDirectory() as temporary:
            folder = options.keep or temporary
            subprocess.run([sys.executable, __file__, "--here", folder, size], check=True)


if __name__ == "__main__":
    main()
