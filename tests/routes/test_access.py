"""Every endpoint has its rule, and the rule holds."""

from __future__ import annotations

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from gridgis.routes.access import RULES, Access

READ_PATH = "/api/divisions"


def test_every_endpoint_has_a_rule_and_every_rule_an_endpoint(app: APIFlask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints - set(RULES) == set(), "endpoints without a rule in gridgis/routes/access.py"
    assert set(RULES) - endpoints == set(), "rules without an endpoint"


def test_every_route_that_changes_something_needs_the_token(app: APIFlask) -> None:
    changing = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.methods & {"POST", "PUT", "PATCH", "DELETE"}
    }
    assert {endpoint for endpoint in changing if RULES[endpoint] is not Access.WRITE} == set()


def test_this_machine_reads_without_a_token(client: FlaskClient) -> None:
    assert client.get(READ_PATH).status_code == 200


@pytest.mark.parametrize(
    ("environment", "headers"),
    [
        ({"REMOTE_ADDR": "192.0.2.7"}, {}),
        ({}, {"X-Forwarded-For": "192.0.2.7"}),
        ({}, {"Forwarded": "for=192.0.2.7"}),
        ({}, {"Host": "rebound.example"}),
    ],
    ids=["another machine", "behind a proxy", "behind a newer proxy", "a rebound name"],
)
def test_others_need_the_token(
    client: FlaskClient, admin: dict[str, str], environment: dict[str, str], headers: dict[str, str]
) -> None:
    refused = client.get(READ_PATH, environ_overrides=environment, headers=headers)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].lower().startswith("bearer")
    wrong = client.get(
        READ_PATH, environ_overrides=environment, headers=headers | {"Authorization": "Bearer wrong"}
    )
    assert wrong.status_code == 403
    assert client.get(READ_PATH, environ_overrides=environment, headers=headers | admin).status_code == 200


def test_a_token_with_odd_characters_is_only_wrong(client: FlaskClient) -> None:
    answer = client.get(
        READ_PATH,
        environ_overrides={"REMOTE_ADDR": "192.0.2.7"},
        headers={"Authorization": "Bearer t\u00f6ken".encode().decode("latin-1")},
    )
    assert answer.status_code == 403


def test_health_is_for_everybody(client: FlaskClient) -> None:
    assert client.get("/health/live", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200
