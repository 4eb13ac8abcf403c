"""A background of another host: nowhere unless the city sets one, then exactly that host."""

from __future__ import annotations

from dataclasses import replace

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from gridgis.app import create_app
from gridgis.config import Config
from gridgis.errors import InvalidInput
from tests.routes.people import enter

URL = "https://t0.tiles.example:8443/img_w/wmts?layer=img&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=secret"


@pytest.fixture(scope="module")
def with_base(config: Config, web_engine: Engine) -> APIFlask:
    """The application of a city that has set a background."""
    set_ = replace(config, base_layer_url=URL, base_layer_name="天地图", base_layer_attribution="© 某局")
    return create_app(set_, engine=web_engine)


def test_without_the_setting_no_other_host_is_named(client: FlaskClient) -> None:
    assert "://" not in client.get("/").headers["Content-Security-Policy"]
    assert client.get("/api/city").json["base_layer"] is None
    style = client.get("/tiles/styles/light.json").json
    assert {source["type"] for source in style["sources"].values()} == {"vector"}


def test_pages_may_ask_that_host_for_pictures_and_nothing_else(with_base: APIFlask) -> None:
    client = enter(with_base, "operator")
    policy = dict(
        rule.split(" ", 1) for rule in client.get("/").headers["Content-Security-Policy"].split("; ")
    )
    naming = {name for name, allowed in policy.items() if "https://t0.tiles.example:8443" in allowed}
    assert naming == {"img-src", "connect-src"}
    assert client.get("/api/city").json["base_layer"] == {
        "url": URL,
        "name": "天地图",
        "attribution": "© 某局",
    }


@pytest.mark.parametrize("name", ["light", "dark"])
def test_styles_lay_it_over_the_land_and_under_everything_else(with_base: APIFlask, name: str) -> None:
    style = enter(with_base, "public").get(f"/tiles/styles/{name}.json").json
    assert style["sources"]["base"]["tiles"] == [URL]
    assert style["sources"]["base"]["attribution"] == "© 某局"
    assert [layer["id"] for layer in style["layers"]][:3] == ["void", "land", "base"]


@pytest.mark.parametrize(
    "address",
    [
        "https://tiles.example/{z}/{x}",
        "https://{s}.tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example/{z}/{x}/{y}.png?k={key}",
        "https://tiles.example/{z}/{x}/{y}.png; script-src *",
        "https://tiles.example;x/{z}/{x}/{y}.png",
        "//tiles.example/{z}/{x}/{y}.png",
        "file:///{z}/{x}/{y}.png",
    ],
)
def test_an_address_that_would_not_work_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Config.from_environment({"GRIDGIS_BASE_LAYER_URL": address})
    assert refused.value.field == "GRIDGIS_BASE_LAYER_URL"


def test_an_address_that_works_is_taken() -> None:
    assert Config.from_environment({"GRIDGIS_BASE_LAYER_URL": URL}).base_layer_url == URL
    assert Config.from_environment({"GRIDGIS_BASE_LAYER_URL": ""}).base_layer_url == ""
