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


def test_what_the_caller_has_is_not_sent_again(visitor: FlaskClient, admin: dict[str, str]) -> None:
    path = "/api/exports/buildings.geojson"
    tag = visitor.get(path).headers["ETag"]
    again = visitor.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert visitor.get(path, headers=admin | {"If-None-Match": tag}).status_code == 200


def test_the_role_decides_the_profile(visitor: FlaskClient, admin: dict[str, str]) -> None:
    path = "/api/exports/incidents.csv"
    assert "description" not in visitor.get(path).text
    assert "description" in visitor.get(path, headers=admin).text
    assert "description" not in visitor.get(f"{path}?profile=public", headers=admin).text
    assert visitor.get(f"{path}?profile=internal").status_code == 403


@pytest.mark.parametrize(("layer", "status"), [("workers", 403), ("tracks", 403), ("people", 404)])
def test_a_closed_layer_says_why(visitor: FlaskClient, layer: str, status: int) -> None:
    answer = visitor.get(f"/api/exports/{layer}.csv")
    assert answer.status_code == status
    assert len(answer.get_json(force=True)["detail"]) > 40


def test_a_reader_who_leaves_gives_the_connection_back(client: FlaskClient, web_engine: Engine) -> None:
    for file_format in ("geojson", "fgb"):
        answer = client.get(f"/api/exports/grids.{file_format}", buffered=False)
        next(iter(answer.response))
        answer.close()
    assert web_engine.pool.checkedout() == 0  # type: ignore[attr-defined]
