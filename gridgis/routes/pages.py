"""Pages for people."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import render_template, request

from gridgis.errors import Unavailable
from gridgis.paths import resource
from gridgis.routes import caller
from gridgis.routes.access import RULES

blueprint = APIBlueprint("pages", __name__, enable_openapi=False)

#: What the modules of a page import by name, and the file of each.
_CENTRE_PACKAGES = {"maplibre-gl": "maplibre-gl.mjs"}
_REPORT_PACKAGES = _CENTRE_PACKAGES | {"echarts": "echarts.esm.min.mjs"}
_PLANNER_PACKAGES = _REPORT_PACKAGES | {
    "terra-draw": "terra-draw.modern.js",
    "terra-draw-maplibre-gl-adapter": "terra-draw-maplibre-gl-adapter.modern.js",
}
_IMPORT = re.compile(r'^(?:import|export)\b[^;]*?from "(\.[^"]+)"', re.MULTILINE)


@blueprint.get("/")
def command_centre() -> str:
    """Show the whole city live."""
    role = caller.current().role
    return _map_page(
        "index.html",
        "main.js",
        _CENTRE_PACKAGES,
        ahead=_ahead(),
        may_report=role in RULES["incidents.create_incident"],
        may_plan=role in RULES["pages.planner"],
    )


@blueprint.get("/planner")
def planner() -> str:
    """Show the grids of a plan, to draw them and give them out."""
    return _map_page("planner.html", "planner.js", _PLANNER_PACKAGES)


@blueprint.get("/reports")
def reports() -> str:
    """Show coverage and workload: map, table and chart together."""
    return _map_page("reports.html", "reports.js", _REPORT_PACKAGES)


@blueprint.get("/docs")
def docs() -> str:
    """Show the API document with Swagger UI, from this server alone."""
    return render_template("docs.html", swagger=f"/web/vendor/{_vendored('swagger-ui-dist')}")


def _map_page(template: str, entry: str, packages: Mapping[str, str], **more: Any) -> str:
    """Fill in a page of map_frame.html: its entry module, what that imports, and the packages it names."""
    return render_template(
        template,
        maplibre=f"/web/vendor/{_vendored('maplibre-gl')}",
        packages={name: f"/web/vendor/{_vendored(name)}/{file}" for name, file in packages.items()},
        entry=f"/web/js/{entry}",
        modules=_modules(entry),
        **more,
    )


def _ahead() -> list[str]:
    """Return what the page will ask first, word for word, so that it comes while its modules do."""
    area = {"division": request.args.get("division", ""), "days": request.args.get("days", "30")}
    wanted = urlencode({name: value for name, value in area.items() if value})
    return ["/api/city", f"/api/summary?{wanted}", "/api/incidents/points?state=open"]


@cache
def _modules(entry: str) -> tuple[str, ...]:
    """Return the addresses of all that a module imports; a browser would find them level by level."""
    folder = resource("web") / "js"
    found = [folder / entry]
    for module in found:  # grows while it is walked
        for name in _IMPORT.findall(module.read_text(encoding="utf-8")):
            file = (module.parent / name).resolve()
            if file not in found:
                found.append(file)
    return tuple(f"/web/js/{file.relative_to(folder.resolve()).as_posix()}" for file in found[1:])


@cache
def _vendored(name: str) -> str:
    """Return the folder below web/vendor/ of a package that set-up brought."""
    try:
        packages = json.loads((resource("web") / "vendor.json").read_text(encoding="utf-8"))
        return next(f"{name}-{package['version']}" for package in packages if package["name"] == name)
    except (OSError, StopIteration) as error:
        raise Unavailable(f"web/vendor.json does not list {name}; run 'make vendor' again") from error
