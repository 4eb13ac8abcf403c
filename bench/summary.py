"""What each question of the command centre costs, beside an answer that asks nothing, in one run.

    python bench/summary.py --token TOKEN [--url http://127.0.0.1:8000] [--rounds 9]

The server must be up, best with the full city (1,000,000 incidents, 600,000 buildings). Each question is
asked for the whole city, its district and its community with the most open incidents. Prints the median in
milliseconds and how many answers of /health/live fit into it; ends with 1 if a limit is passed: 300 ms for
figures and themes, 100 ms for searches, 50 ms for the first page of the queue.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import time
from typing import Any
from urllib.parse import quote, urlsplit


class Server:
    """One kept connection."""

    def __init__(self, url: str, token: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}

    def get(self, path: str) -> Any:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answers {answer.status}: {body[:200]!r}")
        return json.loads(body)

    def median_s(self, path: str, rounds: int) -> float:
        self.get(path)
        times = []
        for _ in range(rounds):
            began_s = time.perf_counter()
            self.get(path)
            times.append(time.perf_counter() - began_s)
        return statistics.median(times)


def areas(server: Server) -> dict[str, str]:
    """Return a division of each level, always the one with the most open incidents."""
    found = {"city": server.get("/api/city")["root_division"]}
    code = found["city"]
    for level in ("district", "street", "community"):
        parts = server.get(f"/api/summary?division={code}")["children"]
        code = found[level] = max(parts, key=lambda part: part["open"])["code"]
    del found["street"]
    return found


def questions(server: Server) -> list[tuple[str, str, float]]:
    """Return name, path and limit in seconds of every question."""
    asked = []
    for name, code in areas(server).items():
        at = f"division={code}"
        asked += [
            (f"{name}: figures, 30 days", f"/api/summary?{at}&days=30", 0.3),
            (f"{name}: figures, 400 days", f"/api/summary?{at}&days=400", 0.3),
            *((f"{name}: theme {theme} by grid", f"/api/themes/{theme}?{at}&level=grid", 0.3) for theme in
              ("open", "open_per_household", "households", "inspection_age")),
            (f"{name}: queue", f"/api/incidents?{at}&state=open", 0.05),
            (f"{name}: queue by due time", f"/api/incidents?{at}&state=open&sort=due", 0.05),
        ]  # fmt: skip
    grid = next(iter(server.get("/api/themes/open?level=grid")["values"]))
    number = server.get("/api/incidents?state=open")["items"][0]["number"]
    words = (
        "龙",
        "花园",
        "社区",
        "路82号",
        "nothing is called so",
        grid,
        grid[-6:],
        grid[:8],
        number[:2],
        number,
    )
    return asked + [(f"search {word}", f"/api/search?q={quote(word)}", 0.1) for word in words]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--token", required=True)
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    server = Server(arguments.url, arguments.token)
    nothing_s = server.median_s("/health/live", 10 * arguments.rounds)
    print(f"{'/health/live':42} {nothing_s * 1000:7.1f} ms")
    slow = 0
    for name, path, limit_s in questions(server):
        took_s = server.median_s(path, arguments.rounds)
        slow += took_s > limit_s
        late = "  too slow" if took_s > limit_s else ""
        print(f"{name:42} {took_s * 1000:7.1f} ms {took_s / nothing_s:7.1f} x{late}")
    sys.exit(slow > 0)


if __name__ == "__main__":
    main()
