"""Errors as HTTP: domain error -> status in one table, RFC 9457 for programs, a plain page for people."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

from apiflask.exceptions import HTTPError
from flask import Flask, Response, g, request
from markupsafe import escape
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from gridgis import errors
from gridgis.routes import bodies

#: The most telling class of an error's ancestry decides.
STATUS: dict[type[errors.GridgisError], int] = {
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.NotAllowed: 403,
    errors.Unavailable: 503,
    errors.InvalidInput: 400,
    errors.GridgisError: 400,
}

#: Below these prefixes programs ask, whatever they say they accept.
PROGRAM_PREFIXES = ("/api/", "/tiles/", "/ogc", "/open311/", "/health/", "/metrics", "/web/")

PROBLEM_TYPE = "application/problem+json"

_log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    """Answer every error of `app` in the one form, and look at bodies before any view does."""
    app.before_request(bodies.check)
    app.register_error_handler(errors.GridgisError, _domain_error)
    app.register_error_handler(HTTPError, _validation_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _defect)


def problem(
    status: int, detail: str, *, field: str | None = None, kind: str | None = None, **members: Any
) -> Response:
    """Return the answer to a request that failed.

    Parameters
    ----------
    kind
        Name of the domain error; it makes the problem's ``type``. Without one the status says it all.
    members
        Extension members of the problem document.
    """
    title = HTTP_STATUS_CODES.get(status, "Error")
    if not _for_a_program():
        page = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{status} {title}</title>'
            f"<h1>{title}</h1><p>{escape(detail)}</p>"
        )
        return Response(page, status, mimetype="text/html")
    document: dict[str, Any] = {
        "type": f"urn:gridgis:problem:{kind}" if kind else "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if field is not None:
        document["field"] = field
    document |= members
    document["instance"] = f"urn:gridgis:request:{g.get('request_id', '')}"
    return Response(json.dumps(document, ensure_ascii=False), status, content_type=PROBLEM_TYPE)


def _for_a_program() -> bool:
    return request.path.startswith(PROGRAM_PREFIXES) or not request.accept_mimetypes.accept_html


def _domain_error(error: errors.GridgisError) -> Response:
    status = next(STATUS[base] for base in type(error).__mro__ if base in STATUS)
    answer = problem(status, error.message, field=error.field, kind=_kebab(type(error).__name__))
    if status == 503:
        _log.warning("unavailable: %s", error.message)
        answer.headers["Retry-After"] = "5"
    return answer


def _http_error(error: HTTPException) -> Response:
    if error.response is not None:  # abort() with an answer of its own
        return error.response  # type: ignore[return-value]
    answer = problem(error.code or 500, error.description or "")
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            answer.headers.add(name, value)
    return answer


def _validation_error(error: HTTPError) -> Response:
    """Translate a failed request schema: every fault is listed, the first one is the detail."""
    faults = list(_faults(error.detail)) if isinstance(error.detail, dict) else []
    if not faults:
        return problem(error.status_code, error.message or "")
    field, message = faults[0]
    return problem(
        error.status_code,
        f"{field}: {message}",
        field=field,
        kind="invalid-input",
        errors=[{"field": name, "message": text} for name, text in faults],
    )


def _faults(detail: dict[Any, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (field, message) of marshmallow's nested messages, without the location on top."""
    for key, value in detail.items():
        name = f"{path}.{key}" if path else str(key)
        if isinstance(value, dict):
            yield from _faults(value, name if path or key not in _LOCATIONS else "")
        else:
            for message in value if isinstance(value, list) else [value]:
                yield name, str(message)


_LOCATIONS = frozenset({"query", "json", "path", "headers", "form", "files", "form_and_files", "cookies"})


def _defect(error: Exception) -> Response:
    _log.exception("unexpected %s", type(error).__name__, exc_info=error)
    return problem(
        500, f"Something unexpected went wrong; the log has it under request {g.get('request_id')}."
    )


def _kebab(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
