"""Every role on every route, seeing the whole city, a district, another one and nothing: docs/access.md."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridgis.models.accounts import ROLES
from gridgis.routes.access import ANYONE, RULES
from tests.routes.city import COMMUNITY, GRIDS
from tests.routes.people import PLACES, enter

PAGE = Path(__file__).parents[2] / "docs" / "access.md"

#: What is asked of each route; all that is named in it stands in the district that `own` sees.
ASKED = {
    "buildings.get_building": f"/api/buildings/{GRIDS[0]}B1",
    "components.get_component": "/api/components/44030501001000001",
    "divisions.get_division": "/api/divisions/440305001",
    "divisions.list_divisions": "/api/divisions?parent=440305001",
    "exports.get_export": "/api/exports/buildings.csv",
    "grids.get_grid": f"/api/grids/{GRIDS[0]}",
    "grids.list_types": "/api/grids/types?division=440305001",
    "incidents.get_incident": "/api/incidents/{incident}",
    "incidents.list_incidents": "/api/incidents",
    "incidents.list_points": "/api/incidents/points",
    "incidents.recognise": "/api/classes/recognise?text=x",
    "locate.locate": "/api/locate?lon=114.001&lat=22.501",
    "me.get_me": "/api/me",
    "metrics.scrape": "/metrics",
    "pages.command_centre": "/",
    "rosters.export_csv": "/api/exports/roster.csv?division=440305",
    "rosters.export_geojson": "/api/exports/roster.geojson?division=440305",
    "rosters.get_roster": "/api/rosters?division=440305",
    "rosters.list_suggestions": "/api/rosters/suggestions?division=440305",
    "search.find": f"/api/search?q={GRIDS[0]}",
    "stream.poll": "/api/stream/events?after=0",
    "summary.area": "/api/summary?division=440305001",
    "summary.city": "/api/city",
    "summary.theme": "/api/themes/households?division=440305001",
    "tiles.style": "/tiles/styles/{style}.json",
    "tiles.tile": "/tiles/grids/15/26760/14281.mvt",
    "tiles.tilejson": "/tiles/grids.json",
    "accounts.show": "/account",
    "administration.get_account": "/admin/accounts/operator-city",
    "administration.list_accounts": "/admin/accounts",
    "administration.list_tokens": "/admin/tokens",
    "administration.search_audit": "/admin/audit",
}

#: Answers that name no place, or that administrators get about everybody.
PLACELESS = {
    "accounts.show",
    "me.get_me",
    "metrics.scrape",
    "pages.command_centre",
    "tiles.style",
    "summary.city",
    "pages.reports",
}

HEAD = """# Who may call what

Each route, the roles that may call it, and what becomes of the same question about the district 440305
when the caller sees that district, another one, or nothing. `404` is "there is nothing by that name", as for
what does not exist; `part` is an answer with only what the caller sees; `same` has nothing of a place in
it. Sessions need a token against forgery on every route that changes something.

Who is not logged in gets the routes marked *anyone* and 401, or the log-in page, for all others. The admin
token of the data folder is an administrator's. Tile layers: incidents for staff, workers for operators and
administrators, tracks for planners and administrators.

This page is measured and written by `make access`.

"""


@pytest.fixture(scope="module")
def measured(app: Flask) -> dict[str, dict[tuple[str, str], str]]:
    """What each caller got: endpoint -> (role, place) -> status, or ``part`` of what all of the city is."""
    asked = _addresses(app)
    callers = {(role, place): enter(app, role, place) for role in ROLES for place in PLACES}
    found: dict[str, dict[tuple[str, str], str]] = {}
    for endpoint, (method, address) in sorted(asked.items()):
        whole = _ask(callers["administrator", "city"], method, address)
        found[endpoint] = {
            who: _told(endpoint, address, _ask(client, method, address), whole)
            for who, client in callers.items()
        }
    return found


def _addresses(app: Flask) -> dict[str, tuple[str, str]]:
    boss = enter(app, "administrator")
    incident = boss.get("/api/incidents").json["items"][0]["id"]
    asked = {name: ("GET", path.format(incident=incident, style="dark")) for name, path in ASKED.items()}
    for rule in app.url_map.iter_rules():
        if RULES[rule.endpoint] is ANYONE or rule.endpoint in asked:
            continue
        with app.test_request_context():
            values = {name: "1" if name.endswith("_id") else "operator-city" for name in rule.arguments}
            method = next((m for m in ("POST", "PATCH", "PUT", "DELETE") if m in (rule.methods or ())), "GET")
            asked[rule.endpoint] = (method, rule.build(values)[1] if rule.arguments else rule.rule)
    return asked


def _ask(client: FlaskClient, method: str, address: str) -> tuple[int, str]:
    answer = client.open(address, method=method, buffered=False)
    # a stream never ends, and its steps have tests of their own
    text = "" if answer.mimetype == "text/event-stream" else answer.get_data().decode("utf-8", "replace")
    answer.close()
    return answer.status_code, text


def _told(endpoint: str, address: str, answer: tuple[int, str], whole: tuple[int, str]) -> str:
    status, body = answer
    if status >= 300:
        return str(status)
    _, everything = whole
    is_placeless = endpoint in PLACELESS or endpoint.startswith("administration.")
    return "same" if is_placeless or body == everything else "part"


def test_each_role_gets_what_its_rule_says(measured) -> None:
    for endpoint, answers in measured.items():
        for (role, _), told in answers.items():
            assert (told == "403") == (role not in RULES[endpoint]), (endpoint, role, told)


def test_whoever_sees_the_district_is_answered(measured) -> None:
    for endpoint in ASKED:
        for role in RULES[endpoint]:
            for place in ("city", "own"):
                assert measured[endpoint][role, place] in {"same", "part"}, (endpoint, role, place)


@pytest.mark.parametrize("place", ["foreign", "none"])
def test_whoever_does_not_learns_nothing_of_it(app: Flask, place: str) -> None:
    for endpoint, (method, address) in _addresses(app).items():
        if endpoint.startswith("administration.") or endpoint in PLACELESS:
            continue
        for role in RULES[endpoint]:
            _, body = _ask(enter(app, role, place), method, address)
            for asked in address.replace("?", "/").replace("=", "/").split("/"):
                body = body.replace(asked, "") if asked else body  # what one asks for, one knows
            # W1 as a word: the random key of a form may hold those two letters
            for told in (COMMUNITY, "莲城", "WATER", r"\bW1\b", "houses.gpkg"):
                assert not re.search(told, body), (endpoint, role, told)


def test_the_page_is_what_was_measured(measured) -> None:
    page = _page(measured)
    if os.environ.get("WRITE_ACCESS"):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page, "write it again: make access"


def _page(measured: dict[str, dict[tuple[str, str], str]]) -> str:
    lines = [
        "| route | " + " | ".join(ROLES) + " | own | foreign | nothing |",
        "|---|" + ":-:|" * (len(ROLES) + 3),
    ]
    for endpoint, roles in sorted(RULES.items()):
        if roles is ANYONE:
            lines.append(f"| `{endpoint}` | *anyone* |" + " |" * (len(ROLES) + 2))
            continue
        marks = " | ".join("●" if role in roles else "" for role in ROLES)
        role = next(role for role in ("operator", "planner", "administrator") if role in roles)
        told = " | ".join(
            measured[endpoint][role, place] if endpoint in ASKED else ""
            for place in ("own", "foreign", "none")
        )
        lines.append(f"| `{endpoint}` | {marks} | {told} |")
    return HEAD + "\n".join(lines) + "\n"
