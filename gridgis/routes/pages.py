"""Pages for people."""

from __future__ import annotations

import json
import re
from functools import cache
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import render_template, request

from gridgis.errors import Unavailable
from gridgis.paths import resource
from gridgis.routes import caller
from gridgis.routes.access import RULES

blueprint = APIBlueprint("pages", __name__, enable_openapi=False)

#: What the planner's modules import by name, and the file of each.
_PLANNER_PACKAGES = {
    "maplibre-gl": "maplibre-gl.mjs",
    "terra-draw": "terra-draw.modern.js",
    "terra-draw-maplibre-gl-adapter": "terra-draw-maplibre-gl-adapter.modern.js",
    "echarts": "echarts.esm.min.mjs",
}
#: The same for the reports'.
_REPORT_PACKAGES = {"maplibre-gl": "maplibre-gl.mjs", "echarts": "echarts.esm.min.mjs"}
_IMPORT = re.compile(r'^(?:import|export)\b[^;]*?from "(\.[^"]+)"', re.MULTILINE)


@blueprint.get("/")
def command_centre() -> str:
    """Show the whole city live."""
    return render_template(
        "index.html",
        maplibre=f"/web/vendor/{_vendored('maplibre-gl')}",
        modules=_modules("main.js"),
        ahead=_ahead(),
        may_report=caller.current().role in RULES["incidents.create_incident"],
        may_plan=caller.current().role in RULES["pages.planner"],
    )


@blueprint.get("/planner")
def planner() -> str:
    """Show the grids of a plan, to draw them and give them out."""
    packages = {name: f"/web/vendor/{_vendored(name)}/{file}" for name, file in _PLANNER_PACKAGES.items()}
    return render_template(
        "planner.html",
        maplibre=f"/web/vendor/{_vendored('maplibre-gl')}",
        packages=packages,
        modules=_modules("planner.js"),
    )


@blueprint.get("/reports")
def reports() -> str:
    """Show coverage and workload: map, table and chart together."""
    packages = {name: f"/web/vendor/{_vendored(name)}/{file}" for name, file in _REPORT_PACKAGES.items()}
    return render_template(
        "reports.html",
        maplibre=f"/web/vendor/{_vendored('maplibre-gl')}",
        packages=packages,
        modules=_modules("reports.js"),
    )


@blueprint.get("/docs")
def docs() -> str:
    """Show the API document with Swagger UI, from this server alone."""
    return render_template("docs.html", swagger=f"/web/vendor/{_vendored('swagger-ui-dist')}")


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
