"""What operators see of requests: an id for each, one JSON log line, counters and times for Prometheus."""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from datetime import UTC, datetime

from flask import Flask, Response, abort, g, request
from prometheus_client import Counter, Histogram

_log = logging.getLogger("gridgis.requests")

_REQUESTS = Counter("gridgis_requests", "Requests answered.", ["method", "endpoint", "status"])
_SECONDS = Histogram(
    "gridgis_request_seconds",
    "Time until the answer's first byte.",
    ["endpoint"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON; what a caller put into ``extra={"members": …}`` is merged in."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "members", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def install(app: Flask) -> None:
    """Give every request of `app` an id, a log line, a count and a time."""
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    g.started_at_s = time.perf_counter()
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    # PostgreSQL's texts hold every character but this one; no name or code needs it.
    if "\0" in request.path or "%00" in request.environ.get("QUERY_STRING", ""):
        abort(400, "The address has a NUL character in it.")


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    seconds = time.perf_counter() - g.started_at_s
    endpoint = request.endpoint or "none"
    method = request.method if request.method in _METHODS else "other"
    _REQUESTS.labels(method, endpoint, response.status_code).inc()
    _SECONDS.labels(endpoint).observe(seconds)
    # The path alone: a query may say where somebody stands.
    _log.info(
        "%s %s %s",
        request.method,
        request.path,
        response.status_code,
        extra={
            "members": {
                "request_id": g.request_id,
                "endpoint": endpoint,
                "status": response.status_code,
                "duration_ms": round(seconds * 1000, 2),
                "bytes": response.content_length,
                "remote": request.remote_addr,
            }
        },
    )
    return response
