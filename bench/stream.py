"""From the POST of an incident to its arrival on many open pages, in one run.

    python bench/stream.py --token TOKEN [--url http://127.0.0.1:8000] [--pages 50] [--reports 20]

The server must be up (make demo). Each page holds a line to /api/stream; reports are sent one after the
other. Prints the time from the beginning of the request to the arrival: median, p99, largest, the share
within a second, and beside it how long the POST itself took. The reports stay in the database: not for a
city's real one.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import threading
import time
import uuid
from urllib.parse import urlsplit


class Page(threading.Thread):
    """One open page: notes when each incident arrived."""

    def __init__(self, host: str, headers: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.arrived_s: dict[int, float] = {}
        self.is_open = threading.Event()
        self._host = host
        self._headers = headers

    def run(self) -> None:
        connection = http.client.HTTPConnection(self._host, timeout=30)
        connection.request("GET", "/api/stream", headers=self._headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"/api/stream answers {answer.status}: {answer.read()!r}")
        name = ""
        while line := answer.readline().decode():
            if line.startswith("event: "):
                name = line[7:].strip()
                self.is_open.set()
            elif line.startswith("data: ") and name == "incident":
                self.arrived_s.setdefault(json.loads(line[6:])["id"], time.perf_counter())


def report(host: str, headers: dict[str, str], lon: float, lat: float) -> tuple[int, float, float]:
    """Send one report; return its id, when it was sent, and how long the answer took."""
    connection = http.client.HTTPConnection(host, timeout=30)
    body = json.dumps({"lon": lon, "lat": lat, "text": "路灯不亮", "client_uuid": str(uuid.uuid4())})
    sent_s = time.perf_counter()
    connection.request(
        "POST", "/api/incidents", body.encode(), {**headers, "Content-Type": "application/json"}
    )
    answer = connection.getresponse()
    told = json.load(answer)
    if answer.status != 201:
        raise SystemExit(f"/api/incidents answers {answer.status}: {told}")
    return told["id"], sent_s, time.perf_counter() - sent_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--token", required=True)
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--reports", type=int, default=20)
    parser.add_argument("--point", default="114.05,22.55")
    arguments = parser.parse_args()
    host = urlsplit(arguments.url).netloc
    headers = {"Authorization": f"Bearer {arguments.token}"}
    lon, lat = map(float, arguments.point.split(","))
    pages = [Page(host, headers) for _ in range(arguments.pages)]
    for page in pages:
        page.start()
    if not all(page.is_open.wait(30) for page in pages):
        raise SystemExit("some pages did not open")
    sent = []
    for _ in range(arguments.reports):
        sent.append(report(host, headers, lon, lat))
        time.sleep(0.2)
    time.sleep(3)
    delays = [page.arrived_s[i] - at for i, at, _ in sent for page in pages if i in page.arrived_s]
    due = arguments.reports * arguments.pages
    if len(delays) < due:
        print(f"{due - len(delays)} of {due} did not arrive")
    delays.sort()
    within = sum(delay <= 1 for delay in delays) / due
    post = statistics.median(took for _, _, took in sent)
    print(
        f"{arguments.pages} pages, {arguments.reports} reports:"
        f" median {statistics.median(delays) * 1000:.0f} ms,"
        f" p99 {delays[int(len(delays) * 0.99)] * 1000:.0f} ms, largest {delays[-1] * 1000:.0f} ms,"
        f" {within:.1%} within 1 s; the POST itself {post * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
