"""Requests have ids, log lines and counters."""

from __future__ import annotations

import json
import logging

import pytest
from flask.testing import FlaskClient

from gridgis.routes.observing import JsonFormatter


def test_a_request_id_is_kept_and_a_strange_one_replaced(client: FlaskClient) -> None:
    assert client.get("/health/live", headers={"X-Request-Id": "abc-1"}).headers["X-Request-Id"] == "abc-1"
    assert client.get("/health/live", headers={"X-Request-Id": "a b"}).headers["X-Request-Id"] != "a b"


def test_the_log_line_is_json_without_query_or_token(
    client: FlaskClient, admin: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "gridgis.requests"):
        client.get("/api/locate?lon=114.001&lat=22.501", headers=admin | {"X-Request-Id": "seen"})
    line = JsonFormatter().format(caplog.records[-1])
    told = json.loads(line)
    assert told["request_id"] == "seen"
    assert (told["endpoint"], told["status"]) == ("locate.locate", 200)
    assert "114" not in line
    assert "token" not in line


def test_metrics_count_requests_by_endpoint_and_status(client: FlaskClient, admin: dict[str, str]) -> None:
    client.get("/health/live")
    text = client.get("/metrics", headers=admin).text
    assert 'gridgis_requests_total{endpoint="health.live",method="GET",status="200"}' in text
