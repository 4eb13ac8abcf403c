"""Headers and compression of every answer."""

from __future__ import annotations

import gc
import gzip
import json

from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder


def test_security_headers_are_on_pages_and_data(client: FlaskClient) -> None:
    for path in ("/health/live", "/api/nothing", "/docs"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "'unsafe" not in headers["Content-Security-Policy"]
        assert "http" not in headers["Content-Security-Policy"]


def test_each_page_has_a_nonce_of_its_own(client: FlaskClient) -> None:
    policies = {client.get("/docs").headers["Content-Security-Policy"] for _ in range(2)}
    assert len(policies) == 2


def test_json_is_compressed_for_those_who_take_it(client: FlaskClient) -> None:
    plain = client.get("/api/openapi.json")
    packed = client.get("/api/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert plain.headers.get("Content-Encoding") is None
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert json.loads(gzip.decompress(packed.data)) == plain.json


def test_a_stream_is_compressed_too(client: FlaskClient) -> None:
    plain = client.get("/api/exports/grids.geojson")
    packed = client.get("/api/exports/grids.geojson", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data


def test_who_refuses_gzip_gets_none(client: FlaskClient) -> None:
    answer = client.get("/api/openapi.json", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in answer.headers


def test_a_reader_who_leaves_before_the_first_byte_leaves_no_open_file(
    app: APIFlask, admin: dict[str, str]
) -> None:
    headers = admin | {"Accept-Encoding": "gzip"}
    for path in ("/web/js/api.js", "/api/exports/grids.geojson"):
        environ = EnvironBuilder(path, headers=headers).get_environ()
        app.wsgi_app(environ, lambda *_: lambda _: None).close()  # type: ignore[attr-defined]
    gc.collect()  # an open file would be told of here, and warnings are errors
