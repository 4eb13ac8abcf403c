"""The search box over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.routes.city import COMMUNITY, GRIDS


def _found(client: FlaskClient, admin: dict[str, str], line: str) -> list[dict[str, Any]]:
    answer = client.get("/api/search", query_string={"q": line}, headers=admin)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json["results"]
    return results


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("南山", ("division", "440305")),
        (COMMUNITY, ("division", COMMUNITY)),
        (GRIDS[2], ("grid", GRIDS[2])),
        ("1001003", ("grid", GRIDS[2])),
        ("莲城路3号", ("building", "440305001001001B3")),
        ("440305001001001B3", ("building", "440305001001001B3")),
        ("路灯不亮", ("class", "01037")),
    ],
)
def test_the_first_thing_found(
    client: FlaskClient, admin: dict[str, str], line: str, first: tuple[str, str]
) -> None:
    found = _found(client, admin, line)
    assert (found[0]["kind"], found[0]["id"]) == first


@pytest.mark.parametrize("line", ["114.001,22.501", "22.501 114.001", "114.001， 22.501", " 114.001 22.501 "])
def test_two_numbers_are_a_place_in_any_order(client: FlaskClient, admin: dict[str, str], line: str) -> None:
    found = _found(client, admin, line)
    assert [place["hint"] for place in found] == ["EPSG:4326", "GCJ-02", "BD-09"]
    assert (found[0]["lon"], found[0]["lat"], found[0]["grid_code"]) == (114.001, 22.501, GRIDS[0])


def test_a_named_datum_gives_one_place(client: FlaskClient, admin: dict[str, str]) -> None:
    (place,) = _found(client, admin, "GCJ-02 114.006 22.498")
    assert place["hint"] == "GCJ-02"
    assert place["lon"] == pytest.approx(114.006 - 0.0050, abs=5e-4)


def test_metres_are_in_the_citys_own_system(client: FlaskClient, admin: dict[str, str]) -> None:
    (place,) = _found(client, admin, "500102.9 2488700")
    assert place["hint"] == "EPSG:4547"
    assert place["lon"] == pytest.approx(114.001, abs=1e-5)


def test_an_incident_by_the_beginning_of_its_number(client: FlaskClient, admin: dict[str, str]) -> None:
    found = _found(client, admin, "e0100")
    assert {result["kind"] for result in found} == {"incident"}
    assert len(found) == 3


@pytest.mark.parametrize("line", ["什么也不是", "%%%", "'; DROP TABLE grids; --", "999 999 999", "\\"])
def test_nonsense_finds_nothing(client: FlaskClient, admin: dict[str, str], line: str) -> None:
    assert _found(client, admin, line) == []


def test_nothing_and_too_much_are_refused(client: FlaskClient, admin: dict[str, str]) -> None:
    for line in ("", "x" * 101):
        assert client.get("/api/search", query_string={"q": line}, headers=admin).status_code == 400
