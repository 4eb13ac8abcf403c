"""Failures are problem documents for programs and pages for people."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from gridgis import errors
from gridgis.routes.errors import STATUS


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("POST", "/api/locate", 405),
        ("GET", "/api/locate?lon=114", 400),
        ("GET", "/api/locate?lon=114&lat=22&crs=EPSG:1", 400),
        ("GET", "/api/exports/grids.geojson?division=%00", 400),
        ("GET", "/api/grids/440305001001999", 404),
        ("GET", "/api/grids/%00", 400),
    ],
)
def test_a_bad_request_is_a_problem_document(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    told = answer.get_json(force=True)
    assert told["status"] == status
    assert told["instance"] == f"urn:gridgis:request:{answer.headers['X-Request-Id']}"


def test_every_fault_is_listed(client: FlaskClient) -> None:
    told = client.get("/api/locate?lon=x").get_json(force=True)
    assert [fault["field"] for fault in told["errors"]] == ["lon", "lat"]
    assert told["field"] == "lon"


def test_people_get_a_page(client: FlaskClient) -> None:
    answer = client.get("/<b>nothing", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "nonce-" in answer.headers["Content-Security-Policy"]


def test_every_error_of_the_domain_has_a_status() -> None:
    assert {errors.GridgisError, *errors.GridgisError.__subclasses__()} <= set(STATUS)
