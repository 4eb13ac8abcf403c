from __future__ import annotations

import gzip

import pytest
from flask.testing import FlaskClient

from gridgis.geometry.tile import at
from gridgis.routes import tiles as tiles_routes
from gridgis.scope import EVERYTHING, Scope
from tests.routes.city import SOUTH, STEP, WEST
from tests.tiles.decoding import decode


def url(layer: str, z: int) -> str:
    x, y = at(WEST + STEP / 2, SOUTH + STEP / 2, z)
    return f"/tiles/{layer}/{z}/{x}/{y}.mvt"


def test_a_tile_is_private_and_asked_for_again(client: FlaskClient) -> None:
    answer = client.get(url("grids", 14))
    assert answer.status_code == 200
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert set(decode(answer.data)) == {"grids", "grid_labels"}
    again = client.get(url("grids", 14), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == answer.headers["ETag"]


def test_the_compressed_tile_has_its_own_tag(client: FlaskClient) -> None:
    plain = client.get(url("grids", 14))
    packed = client.get(url("grids", 14), headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    refused = client.get(url("grids", 14), headers={"Accept-Encoding": "gzip;q=0"})
    assert refused.data == plain.data


def test_where_nothing_is_the_answer_is_204(client: FlaskClient) -> None:
    answer = client.get("/tiles/grids/10/0/0.mvt")
    assert (answer.status_code, answer.data) == (204, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/streets/1/0/0.mvt",
        "/tiles/grids/3/8/0.mvt",
        "/tiles/grids/23/0/0.mvt",
        "/tiles/grids/-1/0/0.mvt",
        "/tiles/grids/1/a/0.mvt",
        "/tiles/grids/99999999999999999999/0/0.mvt",
        "/tiles/streets.json",
        "/tiles/styles/none.json",
        "/tiles/styles/..%2Fstyles%2Flight.json",
    ],
)
def test_what_does_not_exist_is_404(path: str, client: FlaskClient) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("query", ["x=1", "class=01", "as_of=soon", "as_of=2026-01-01&as_of=2026-01-02"])
def test_a_filter_that_cannot_be_is_400_and_named(query: str, client: FlaskClient) -> None:
    answer = client.get(f"{url('grids', 14)}?{query}")
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["field"] == query.split("=", maxsplit=1)[0]


def test_a_filter_is_obeyed(client: FlaskClient) -> None:
    assert client.get(f"{url('grids', 14)}?as_of=2019-12-31").status_code == 204
    assert client.get(f"{url('grids', 14)}?as_of=2020-01-01").status_code == 200


def test_callers_with_different_scopes_get_their_own_bytes(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(scope: Scope, **headers: str) -> tuple[int, bytes, str]:
        monkeypatch.setattr(tiles_routes, "current_scope", lambda: scope)
        answer = client.get(url("buildings", 16), headers=headers)
        return answer.status_code, answer.data, answer.headers.get("ETag", "")

    whole, own, foreign = asked(EVERYTHING), asked(Scope.of("440305")), asked(Scope.of("440304"))
    assert (whole[0], own[0], foreign[:2]) == (200, 200, (204, b""))
    assert whole[2] != own[2]
    # the tag of one opens nothing for the other
    assert asked(Scope.of("440305"), **{"If-None-Match": whole[2]})[0] == 200
    assert asked(Scope.of("440304"), **{"If-None-Match": whole[2]})[:2] == (204, b"")


def test_tilejson_and_styles_point_at_this_server(client: FlaskClient) -> None:
    tilejson = client.get("/tiles/grids.json").json
    assert tilejson is not None
    assert tilejson["tiles"] == ["http://localhost/tiles/grids/{z}/{x}/{y}.mvt"]
    style = client.get("/tiles/styles/light.json").json
    assert style is not None
    assert style["sources"]["grids"]["url"] == "http://localhost/tiles/grids.json"
