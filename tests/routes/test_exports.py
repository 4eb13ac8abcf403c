"""Exports over HTTP: who gets what, caching, and connections given back."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("grids.geojson", "application/geo+json"),
        ("grids.geojsonseq", "application/geo+json-seq"),
        ("grids.fgb", "application/flatgeobuf"),
        ("grids.parquet", "application/vnd.apache.parquet"),
        ("grids.gpkg", "application/geopackage+sqlite3"),
        ("grids.shp", "application/zip"),
        ("grids.csv", "text/csv"),
    ],
)
def test_each_format_has_its_type_and_file_name(client: FlaskClient, path: str, media_type: str) -> None:
    answer = client.get(f"/api/exports/{path}?division=440305")
    assert (answer.status_code, answer.mimetype) == (200, media_type)
    name = path.replace("grids", "grids-440305").replace(".shp", ".zip")
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert answer.data


def test_what_the_caller_has_is_not_sent_again(client: FlaskClient, admin: dict[str, str]) -> None:
    path = "/api/exports/buildings.geojson"
    tag = client.get(path).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(path, headers=admin | {"If-None-Match": tag}).status_code == 200


def test_the_token_decides_the_profile(client: FlaskClient, admin: dict[str, str]) -> None:
    path = "/api/exports/incidents.csv"
    assert "description" not in client.get(path).text
    assert "description" in client.get(path, headers=admin).text
    assert "description" not in client.get(f"{path}?profile=public", headers=admin).text
    assert client.get(f"{path}?profile=internal").status_code == 403


@pytest.mark.parametrize(("layer", "status"), [("workers", 403), ("tracks", 403), ("people", 404)])
def test_a_closed_layer_says_why(client: FlaskClient, layer: str, status: int) -> None:
    answer = client.get(f"/api/exports/{layer}.csv")
    assert answer.status_code == status
    assert len(answer.get_json(force=True)["detail"]) > 40


def test_a_reader_who_leaves_gives_the_connection_back(client: FlaskClient, city_engine: Engine) -> None:
    for file_format in ("geojson", "fgb"):
        answer = client.get(f"/api/exports/grids.{file_format}", buffered=False)
        next(iter(answer.response))
        answer.close()
    assert city_engine.pool.checkedout() == 0  # type: ignore[attr-defined]
