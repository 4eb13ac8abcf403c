"""The API document is complete, stands alone, and the server does what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from apiflask import APIFlask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gridgis.routes.access import ANYONE, RULES

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    return client.get("/api/openapi.json").json


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def test_every_reference_is_inside_the_document(document: dict[str, Any]) -> None:
    for reference in set(_references(document)):
        assert reference.startswith("#/")
        place: Any = document
        for step in reference[2:].split("/"):
            place = place[step]
        assert place


def test_it_names_no_outside_address(document: dict[str, Any]) -> None:
    assert "http://" not in json.dumps(document)
    assert "https://" not in json.dumps(document)


def test_every_operation_declares_who_may_call_and_how_it_fails(
    app: APIFlask, document: dict[str, Any]
) -> None:
    documented = 0
    for item in document["paths"].values():
        for operation in item.values():
            documented += 1
            answers = operation["responses"]
            assert "400" in answers
            assert any(code.startswith(("2", "3")) for code in answers)
            if operation.get("security"):
                assert {"401", "403", "503"} <= set(answers)
    assert documented >= 10


def test_all_but_the_open_operations_say_that_one_must_be_known(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            endpoint = operation["operationId"].split("_", 1)[1].replace("_", ".", 1)
            if RULES[endpoint] is not ANYONE:
                assert operation["security"] == [{"token": []}, {"session": []}]


def test_the_server_keeps_to_the_document(app: APIFlask, admin: dict[str, str]) -> None:
    # An event stream never ends; its own tests read it.
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app).exclude(path="/api/stream")
    for operation in schema.get_all_operations():
        # nobody else's city is written to: a stranger writes, and is refused
        _keeps(operation.ok(), admin if operation.ok().method == "get" else {})


def _keeps(operation: Any, headers: dict[str, str]) -> None:
    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def call(case: schemathesis.Case) -> None:
        # its WSGI client takes gzip and does not unpack it
        case.call_and_validate(checks=CHECKS, headers=headers | {"Accept-Encoding": "identity"})

    call()
