"""Who may call what: the one table endpoint -> rule, and the one place a caller's scope comes from."""

from __future__ import annotations

import hmac
from enum import Enum
from ipaddress import ip_address

from flask import Flask, abort, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from gridgis.routes.context import context
from gridgis.scope import EVERYTHING, Scope


class Access(Enum):
    """A rule; every endpoint has exactly one."""

    #: Anyone, from anywhere: nothing about the city is told.
    PUBLIC = "public"
    #: Anyone on this machine; from elsewhere, holders of the admin token.
    READ = "read"
    #: Holders of the admin token only.
    WRITE = "write"


#: Every endpoint of the application. One that is missing here is refused, and a test names it.
RULES: dict[str, Access] = {
    "assets.file": Access.PUBLIC,
    "buildings.get_building": Access.READ,
    "components.get_component": Access.READ,
    "divisions.get_division": Access.READ,
    "divisions.list_divisions": Access.READ,
    "exports.get_export": Access.READ,
    "grids.get_grid": Access.READ,
    "health.live": Access.PUBLIC,
    "health.ready": Access.PUBLIC,
    "incidents.create_incident": Access.WRITE,
    "incidents.get_incident": Access.READ,
    "incidents.list_incidents": Access.READ,
    "incidents.list_points": Access.READ,
    "incidents.recognise": Access.READ,
    "locate.locate": Access.READ,
    "metrics.scrape": Access.READ,
    "openapi.spec": Access.PUBLIC,
    "pages.command_centre": Access.PUBLIC,
    "pages.docs": Access.PUBLIC,
    "search.find": Access.READ,
    "stream.follow": Access.READ,
    "stream.poll": Access.READ,
    "summary.area": Access.READ,
    "summary.city": Access.READ,
    "summary.theme": Access.READ,
    "tiles.style": Access.READ,
    "tiles.tile": Access.READ,
    "tiles.tilejson": Access.READ,
}

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


def install(app: Flask) -> None:
    """Check the rule of every request before its view runs."""
    app.before_request(_enforce)


def current_scope() -> Scope:
    """Return the part of the city the caller may see."""
    return EVERYTHING


def is_admin() -> bool:
    """Whether the request carries the admin token; compared in constant time."""
    if "is_admin" not in g:
        given = request.authorization
        token = given.token if given is not None and given.type == "bearer" else None
        g.is_admin = token is not None and hmac.compare_digest(token.encode(), context().admin_token.encode())
    return bool(g.is_admin)


def _enforce() -> None:
    endpoint = request.endpoint
    if endpoint is None:  # no such path or method: the router's own answer follows
        return
    rule = RULES.get(endpoint)
    if rule is Access.PUBLIC or (rule is Access.READ and _is_local()):
        return
    if rule is None:
        abort(403, f"the endpoint {endpoint} has no access rule")
    if not is_admin():
        _refuse(rule)


def _refuse(rule: Access) -> None:
    if request.authorization is not None:
        abort(403, "The token given is not the admin token.")
    need = "Writing" if rule is Access.WRITE else "Reading from another machine"
    raise Unauthorized(
        f"{need} needs the admin token, sent as 'Authorization: Bearer …'.",
        www_authenticate=WWWAuthenticate("bearer", {"realm": "GridGIS"}),
    )


def _is_local() -> bool:
    """Whether the request comes from this machine itself, and was meant for it.

    A forwarded request comes from a proxy here, on behalf of somebody elsewhere. One for a foreign host
    name was made by a page of that site, whose name was pointed at this machine (DNS rebinding).
    """
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    if request.host.rsplit(":", 1)[0] not in _LOCAL_NAMES and request.host not in _LOCAL_NAMES:
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:  # a Unix socket: only this machine's processes reach it
        return True
