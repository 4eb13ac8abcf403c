"""The stand-alone map over HTTP."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

MAP = "/reports/map?division=440305001001&theme=households"


def test_the_page_may_run_what_is_in_it_and_ask_nobody(client: FlaskClient) -> None:
    answer = client.get(MAP)
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert 'filename="440305001001-households-' in answer.headers["Content-Disposition"]
    assert "莲城社区" in answer.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("theme=rain", 404),
        ("division=440305001001", 400),
        ("theme=open&division=1", 404),
        ("theme=open&division=440305001001&level=house", 400),
        ("theme=open&division=440305001001&lang=fr", 400),
    ],
)
def test_what_cannot_be_drawn_is_said(client: FlaskClient, query: str, status: int) -> None:
    answer = client.get(f"/reports/map?{query}")
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_a_map_that_leaves_is_noted(
    client: FlaskClient, admin: dict[str, str], stranger: FlaskClient
) -> None:
    assert client.get(f"{MAP}&level=grid").status_code == 200
    found = stranger.get("/admin/audit?words=map.households", headers=admin)
    assert "map.households" in found.text
    assert "operator-city" in found.text


def test_others_see_nothing_of_it(stranger: FlaskClient, login) -> None:
    assert stranger.get(MAP).status_code == 401
    assert login("public").get(MAP).status_code == 403
    assert login("operator", "foreign").get(MAP).status_code == 404
