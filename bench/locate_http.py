"""What GET /api/locate costs beside GET /health/live, by wrk, in one run.

    python bench/locate_http.py --token TOKEN [--url http://127.0.0.1:8000] [--seconds 5] [--rounds 3]

The server must be up (make demo). The two are measured in turns; prints requests a second of each and the
ratio of their costs (at most 2).
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess


def requests_per_second(url: str, token: str, seconds: int) -> float:
    """Return what wrk measures with one thread and four connections."""
    command = ["wrk", "-t1", "-c4", f"-d{seconds}s", "-H", f"Authorization: Bearer {token}", url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in told:
        raise SystemExit(f"{url} does not answer 200:\n{told}")
    found = re.search(r"Requests/sec:\s+([0-9.]+)", told)
    assert found is not None, told
    return float(found[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--token", required=True)
    parser.add_argument("--point", default="lon=114.05&lat=22.55")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    paths = {"live": "/health/live", "locate": f"/api/locate?{arguments.point}"}
    for path in paths.values():
        requests_per_second(arguments.url + path, arguments.token, 3)  # every process reads the grids once
    measured: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(arguments.rounds):
        for name, path in paths.items():
            rate = requests_per_second(arguments.url + path, arguments.token, arguments.seconds)
            measured[name].append(rate)
    live, locate = (statistics.median(measured[name]) for name in ("live", "locate"))
    print(f"/health/live {live:.0f}/s, /api/locate {locate:.0f}/s, ratio {live / locate:.2f} (at most 2)")


if __name__ == "__main__":
    main()
