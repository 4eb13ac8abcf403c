"""Pages for people."""

from __future__ import annotations

import json
from functools import cache

from apiflask import APIBlueprint
from flask import render_template

from gridgis.errors import Unavailable
from gridgis.paths import resource
from gridgis.routes import caller
from gridgis.routes.access import RULES

blueprint = APIBlueprint("pages", __name__, enable_openapi=False)


@blueprint.get("/")
def command_centre() -> str:
    """Show the whole city live."""
    return render_template(
        "index.html",
        maplibre=f"/web/vendor/{_vendored('maplibre-gl')}",
        may_report=caller.current().role in RULES["incidents.create_incident"],
    )


@blueprint.get("/docs")
def docs() -> str:
    """Show the API document with Swagger UI, from this server alone."""
    return render_template("docs.html", swagger=f"/web/vendor/{_vendored('swagger-ui-dist')}")


@cache
def _vendored(name: str) -> str:
    """Return the folder below web/vendor/ of a package that set-up brought."""
    try:
        packages = json.loads((resource("web") / "vendor.json").read_text(encoding="utf-8"))
        return next(f"{name}-{package['version']}" for package in packages if package["name"] == name)
    except (OSError, StopIteration) as error:
        raise Unavailable(f"web/vendor.json does not list {name}; run 'make vendor' again") from error
