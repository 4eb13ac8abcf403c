"""What the OpenAPI document says beyond the views: who may call, and how failures are told."""

from __future__ import annotations

import warnings
from typing import Any

from apiflask import APIFlask

from gridgis.routes.access import ANYONE, RULES

#: APIFlask's own guesses at failures are off; ours follow from the access table and the error table.
SETTINGS: dict[str, Any] = {
    "OPENAPI_VERSION": "3.1.0",
    "AUTO_OPERATION_ID": True,
    "AUTO_SERVERS": False,
    "AUTO_404_RESPONSE": False,
    "AUTO_AUTH_ERROR_RESPONSE": False,
    "AUTO_VALIDATION_ERROR_RESPONSE": False,
    "VALIDATION_ERROR_STATUS_CODE": 400,
    "DESCRIPTION": "The operating map of a city that is managed by grids. Coordinates are lon, lat.",
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "SECURITY_SCHEMES": {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "gridgis_session"},
    },
}

_PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong, and what would be accepted."},
        "field": {"type": "string", "description": "The input it is about."},
        "errors": {
            "type": "array",
            "description": "Every fault found, where there can be several.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "instance": {"type": "string", "format": "uri", "description": "The request, as the log names it."},
    },
}

_FAILURES = {
    "400": ("BadRequest", "Something in the request cannot be accepted."),
    "401": ("Unauthorized", "The caller is not known; `WWW-Authenticate` says how to be."),
    "403": ("Forbidden", "The caller may not do this."),
    "404": ("NotFound", "Nothing by that name, or none the caller may see."),
    "409": ("Conflict", "It contradicts what is stored."),
    "413": ("TooLarge", "The body is larger than the server takes."),
    "415": ("WrongMediaType", "The body is not in a form that this operation reads."),
    "503": ("Unavailable", "Something the product stands on is down; try again after `Retry-After`."),
}


class DocumentedFlask(APIFlask):
    """APIFlask, without its warning about a schema that is both an answer and a part of another."""

    def _generate_spec(self) -> Any:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".* has already been added to the spec")
            return super()._generate_spec()


def answer(description: str, media_type: str, schema: dict[str, Any] | str) -> Any:
    """Return the declaration of an answer; `schema` is the name of a declared one, or the schema itself."""
    if isinstance(schema, str):
        schema = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": description, "content": {media_type: {"schema": schema}}}


def install(app: APIFlask) -> None:
    """Complete the document of `app`."""

    @app.spec_processor
    def complete(document: Any) -> Any:
        components = document.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = _PROBLEM_SCHEMA
        components.setdefault("responses", {}).update(
            {
                name: answer(description, "application/problem+json", "Problem")
                for name, description in _FAILURES.values()
            }
        )
        for item in document["paths"].values():
            for operation in item.values():
                _complete(operation)
        return document


def _complete(operation: dict[str, Any]) -> None:
    """Add the failures an operation can end in; what a view declares itself stays."""
    # APIFlask builds the id from the endpoint: get_health_live is health.live.
    endpoint = operation["operationId"].split("_", 1)[1].replace("_", ".", 1)
    failures = ["400"]
    if RULES.get(endpoint) is not ANYONE:
        failures += ["401", "403", "503"]
        operation["security"] = [{"token": []}, {"session": []}]
    if operation.get("parameters"):  # any of them may name what does not exist
        failures.append("404")
    if "requestBody" in operation:
        failures += ["409", "413", "415"]
    for status in failures:
        name, _ = _FAILURES[status]
        operation["responses"].setdefault(status, {"$ref": f"#/components/responses/{name}"})
