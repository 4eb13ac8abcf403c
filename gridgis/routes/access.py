"""Who may call what: the one table endpoint -> roles, and the check of every request against it."""

from __future__ import annotations

from flask import Flask, Response, abort, g, redirect, request, url_for
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from gridgis.errors import NotAllowed
from gridgis.models.accounts import ROLES
from gridgis.routes import caller, identity
from gridgis.routes.caller import ANONYMOUS
from gridgis.scope import Scope

#: Nothing about the city is told; who asks is not even found out.
ANYONE = frozenset({ANONYMOUS.role, *ROLES})
#: Whoever is known. The role `public` is for those who take open data.
KNOWN = frozenset(ROLES)
#: Everybody who works for the city.
STAFF = KNOWN - {"public"}
#: Whoever takes reports in.
REPORTERS = frozenset({"worker", "operator", "officer", "administrator"})
ADMINISTRATORS = frozenset({"administrator"})

#: Whoever draws grids and gives them out, and whoever looks on.
PLANNERS = frozenset({"planner", "administrator"})
ONLOOKERS = PLANNERS | {"operator", "analyst"}

#: Every endpoint of the application. One that is missing here is refused, and a test names it.
RULES: dict[str, frozenset[str]] = {
    "accounts.change_password": KNOWN,
    "accounts.confirm_codes": KNOWN,
    "accounts.end_codes": KNOWN,
    "accounts.issue_token": STAFF,
    "accounts.login": ANYONE,
    "accounts.login_code": ANYONE,
    "accounts.logout": KNOWN,
    "accounts.revoke_token": STAFF,
    "accounts.show": KNOWN,
    "accounts.start_codes": KNOWN,
    "administration.change_account": ADMINISTRATORS,
    "administration.create_account": ADMINISTRATORS,
    "administration.end_codes": ADMINISTRATORS,
    "administration.get_account": ADMINISTRATORS,
    "administration.issue_token": ADMINISTRATORS,
    "administration.list_accounts": ADMINISTRATORS,
    "administration.list_tokens": ADMINISTRATORS,
    "administration.reset_password": ADMINISTRATORS,
    "administration.revoke_token": ADMINISTRATORS,
    "administration.search_audit": ADMINISTRATORS,
    "administration.set_active": ADMINISTRATORS,
    "assets.file": ANYONE,
    "buildings.get_building": KNOWN,
    "components.get_component": KNOWN,
    "coverage.get_cleaning": STAFF,
    "coverage.get_coverage": STAFF,
    "coverage.get_definition": KNOWN,
    "coverage.list_definitions": KNOWN,
    "coverage.list_findings": STAFF,
    "divisions.get_division": KNOWN,
    "divisions.list_divisions": KNOWN,
    "designing.design": PLANNERS,
    "designing.stop": PLANNERS,
    "drafting.compare": ONLOOKERS,
    "drafting.create_edit": PLANNERS,
    "drafting.group_beats": PLANNERS,
    "drafting.list_changes": ONLOOKERS,
    "drafting.list_edits": ONLOOKERS,
    "drafting.list_findings": ONLOOKERS,
    "drafting.list_grids": ONLOOKERS,
    "drafting.list_loads": ONLOOKERS,
    "drafting.list_unassigned": ONLOOKERS,
    "drafting.redo": PLANNERS,
    "drafting.undo": PLANNERS,
    "exports.get_export": KNOWN,
    "grids.get_grid": KNOWN,
    "grids.list_types": KNOWN,
    "health.live": ANYONE,
    "health.ready": ANYONE,
    "incidents.create_incident": REPORTERS,
    "incidents.get_incident": STAFF,
    "incidents.list_incidents": STAFF,
    "incidents.list_points": STAFF,
    "incidents.recognise": STAFF,
    "locate.locate": KNOWN,
    "me.get_me": KNOWN,
    "metrics.scrape": ADMINISTRATORS,
    "openapi.spec": ANYONE,
    "pages.command_centre": STAFF,
    "pages.docs": ANYONE,
    "pages.planner": frozenset({"planner", "administrator"}),
    "pages.reports": STAFF,
    "reports.definition": KNOWN,
    "reports.division": STAFF,
    "reports.figures": STAFF,
    "plans.change_plan": PLANNERS,
    "plans.copy_plan": PLANNERS,
    "plans.create_plan": PLANNERS,
    "plans.delete_plan": PLANNERS,
    "plans.get_plan": ONLOOKERS,
    "plans.import_plan": PLANNERS,
    "plans.list_plans": ONLOOKERS,
    "publishing.approve_plan": PLANNERS,
    "publishing.publish_plan": PLANNERS,
    "publishing.rollback_plan": PLANNERS,
    "publishing.submit_plan": PLANNERS,
    "publishing.withdraw_plan": PLANNERS,
    "reports.map_": STAFF,
    "rosters.cancel_absence": PLANNERS,
    "rosters.change_roster": PLANNERS,
    "rosters.cover_absence": PLANNERS,
    "rosters.create_absence": PLANNERS,
    "rosters.export_csv": STAFF - {"worker"},
    "rosters.export_geojson": STAFF - {"worker"},
    "rosters.get_roster": STAFF,
    "rosters.list_suggestions": PLANNERS,
    "rosters.load_roster": PLANNERS,
    "rosters.print_beat": STAFF - {"worker"},
    "rosters.return_worker": PLANNERS,
    "search.find": STAFF,
    "stream.follow": STAFF,
    "stream.poll": STAFF,
    "summary.area": STAFF,
    "summary.city": KNOWN,
    "summary.theme": STAFF,
    "tiles.style": KNOWN,
    "tiles.tile": KNOWN,
    "tiles.tilejson": KNOWN,
    "workload.get_worker": STAFF,
    "workload.get_workload": STAFF,
    "workload.list_moves": frozenset({"planner", "operator", "analyst", "administrator"}),
}

#: Tile layers that not everybody gets who gets tiles: positions of staff are the centre's alone (P04).
TILE_LAYERS: dict[str, frozenset[str]] = {
    "incidents": STAFF,
    "tracks": frozenset({"planner", "administrator"}),
    "workers": frozenset({"operator", "administrator"}),
}

#: Whoever takes data out unmasked.
INTERNAL_EXPORTS = STAFF - {"worker"}

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def install(app: Flask) -> None:
    """Check the rule of every request before its view runs."""
    app.before_request(_enforce)


def current_scope() -> Scope:
    """Return the part of the city the caller may see."""
    return caller.current().scope


def is_staff() -> bool:
    """Whether the caller works for the city, and sees what is masked for the public."""
    return caller.current().role in STAFF


def check_tile_layer(layer: str) -> None:
    """Refuse a layer that the caller's role does not get.

    Raises
    ------
    NotAllowed
        The message names the layer.
    """
    role = caller.current().role
    if role not in TILE_LAYERS.get(layer, KNOWN):
        raise NotAllowed(f"the layer {layer} is not for the role {role}", field="layer")


def _enforce() -> Response | None:
    endpoint = request.endpoint
    if endpoint is None:  # no such path or method: the router's own answer follows
        return None
    rule = RULES.get(endpoint)
    if rule is None:
        abort(403, f"the endpoint {endpoint} has no access rule")
    if rule is ANYONE:
        return None
    who = identity.identify()
    if who is None:
        raise _unauthorised("The token is not known, has expired or was revoked.")
    if who is ANONYMOUS:
        if request.method == "GET" and request.accept_mimetypes.accept_html and request.blueprint in _PAGES:
            return redirect(url_for("accounts.login", next=request.full_path.rstrip("?")))  # type: ignore[return-value]
        raise _unauthorised("Log in, or send a token as 'Authorization: Bearer …'.")
    if who.role not in rule:
        abort(403, f"This is not for the role {who.role}.")
    if request.blueprint == "accounts" and who.login is None:
        abort(403, "A token has no account of its own: log in.")
    if who.login is not None and request.method not in _SAFE_METHODS:
        identity.csrf.protect()
    g.caller = who
    return None


#: Blueprints whose views are pages: whoever is not known is led to the log-in.
_PAGES = frozenset({"accounts", "administration", "pages", "reports"})


def _unauthorised(detail: str) -> Unauthorized:
    return Unauthorized(detail, www_authenticate=WWWAuthenticate("bearer", {"realm": "GridGIS"}))
