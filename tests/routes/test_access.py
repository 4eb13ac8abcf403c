"""Every endpoint has its rule, and the rule holds for everybody."""

from __future__ import annotations

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from gridgis.models.accounts import ROLES
from gridgis.routes.access import ANYONE, RULES

PATH = "/api/divisions"

#: What the whole world may see; a new one is to be thought about.
OPEN = {
    "accounts.login",
    "accounts.login_code",
    "assets.file",
    "health.live",
    "health.ready",
    "openapi.spec",
    "pages.docs",
}


def test_every_endpoint_has_a_rule_and_every_rule_an_endpoint(app: APIFlask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints - set(RULES) == set(), "endpoints without a rule in gridgis/routes/access.py"
    assert set(RULES) - endpoints == set(), "rules without an endpoint"


def test_strangers_see_nothing_of_the_city() -> None:
    assert {endpoint for endpoint, roles in RULES.items() if "anonymous" in roles} == OPEN
    assert all(roles is ANYONE for roles in RULES.values() if "anonymous" in roles)


def test_rules_name_roles_there_are() -> None:
    assert frozenset.union(*RULES.values()) == {*ROLES, "anonymous"}
    assert all("administrator" in roles for roles in RULES.values())


def test_a_route_without_a_rule_is_refused(
    app: APIFlask, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(RULES, "divisions.list_divisions")
    assert app.test_client().get(PATH, headers=admin).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"X-Forwarded-For": "192.0.2.7"}, {"Host": "rebound.example"}])
def test_strangers_are_asked_who_they_are(stranger: FlaskClient, headers: dict[str, str]) -> None:
    answer = stranger.get(PATH, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].lower().startswith("bearer")


@pytest.mark.parametrize(
    "given",
    ["Bearer wrong", "Bearer ", "Basic dTpw", "Bearer t\u00f6ken".encode().decode("latin-1")],
)
def test_what_is_no_token_is_refused_even_with_a_session(client: FlaskClient, given: str) -> None:
    assert client.get(PATH, headers={"Authorization": given}).status_code == 401


def test_the_admin_token_of_this_machine_administers(stranger: FlaskClient, admin: dict[str, str]) -> None:
    assert stranger.get("/api/me", headers=admin).json == {
        "name": "admin token",
        "login": None,
        "role": "administrator",
        "divisions": ["all"],
        "department_code": None,
    }


def test_pages_lead_strangers_to_the_log_in_and_back(stranger: FlaskClient) -> None:
    answer = stranger.get("/?division=440305", headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login?next=/?division%3D440305"


def test_pages_of_administrators_are_for_them(client: FlaskClient, login) -> None:
    assert client.get("/admin/audit").status_code == 403
    assert login("administrator").get("/admin/audit").status_code == 200


@pytest.mark.parametrize(
    ("layer", "role", "status"),
    [
        ("workers", "analyst", 403),
        ("workers", "operator", 204),
        ("tracks", "operator", 403),
        ("tracks", "planner", 400),  # allowed: what is missing is a filter
        ("incidents", "public", 403),
        ("grids", "public", 204),
    ],
)
def test_some_tile_layers_are_for_some_roles(login, layer: str, role: str, status: int) -> None:
    assert login(role).get(f"/tiles/{layer}/12/1/1.mvt").status_code == status
