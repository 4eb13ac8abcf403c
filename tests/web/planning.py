"""A draft to plan with in a browser, and where on the screen its ground lies."""

from __future__ import annotations

import json
import math
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import shapely
import shapely.ops
from playwright.sync_api import Page, expect
from sqlalchemy import text

from gridgis.database import transaction
from tests.web.conftest import TOKEN, Server, Visitor

#: Pixels of the map that are free of what lies over it.
WIDE, HIGH = 640, 480


def ask(server: Server, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Return what the server answers to a planner's request."""
    request = urllib.request.Request(
        server.url + path,
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        told = answer.read()
    return json.loads(told) if told else None


@dataclass
class Drawing:
    """A draft on the screen, worked on in one community."""

    visitor: Visitor
    plan: int
    community: str
    grids: dict[str, shapely.Polygon] = field(default_factory=dict)
    centre: tuple[float, float] = (0.0, 0.0)
    zoom: float = 16.0
    parts: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.visitor.page

    def open(self, more: str = "") -> Page:
        """Show the community, all of it."""
        answer = ask(self.visitor.server, "GET", f"/api/plans/{self.plan}/grids?community={self.community}")
        self.grids = {f["id"]: shapely.geometry.shape(f["geometry"]) for f in answer["features"]}
        west, south, east, north = shapely.total_bounds(list(self.grids.values()))
        # as the address has it, so that what is clicked is where it is meant
        self.centre = (round((west + east) / 2, 5), round((south + north) / 2, 5))
        (left, low), (right, high) = (_world(west, south, 0), _world(east, north, 0))
        self.zoom = round(math.log2(min(WIDE / (right - left), HIGH / (low - high))) - 0.01, 2)
        camera = f"{self.zoom:.2f}/{self.centre[1]:.5f}/{self.centre[0]:.5f}"
        page = self.visitor.open(
            f"/planner?plan={self.plan}&community={self.community}&camera={camera}{more}"
        )
        page.wait_for_selector("#map[data-idle]", timeout=30_000)
        expect(self.rows()).to_have_count(len(self.grids))
        return page

    def edit(self, operation: str, **arguments: Any) -> Any:
        """Edit the draft behind the page's back."""
        body = {"operation": operation, "arguments": arguments, "versions": {}}
        return ask(self.visitor.server, "POST", f"/api/plans/{self.plan}/edits", body)

    def log(self) -> list[dict[str, Any]]:
        """The edits made on the page, newest first; the two that the draft begins with are left out."""
        edits = ask(self.visitor.server, "GET", f"/api/plans/{self.plan}/edits")["edits"]
        return list(edits[:-2])

    def rows(self) -> Any:
        """The rows of the list of grids."""
        return self.page.locator("#grids tbody tr")

    def choose(self, *keys: str) -> None:
        """Select grids in the list."""
        for n, key in enumerate(keys):
            self.page.locator(f"[data-key='grid-{key}']").click(modifiers=["Control"] if n else [])

    def pixel(self, lon: float, lat: float) -> tuple[float, float]:
        """Where on the page a place is."""
        box = self.page.locator("#map").bounding_box()
        assert box is not None
        (x, y), (cx, cy) = _world(lon, lat, self.zoom), _world(*self.centre, self.zoom)
        return box["x"] + box["width"] / 2 + x - cx, box["y"] + box["height"] / 2 + y - cy

    def draw(self, line: shapely.LineString) -> None:
        """Click along a line, attracted by nothing, and end it."""
        self.page.locator(".maplibregl-canvas").focus()
        self.page.keyboard.down("Alt")
        for lon, lat in line.coords:
            x, y = self.pixel(lon, lat)
            self.page.mouse.move(x - 3, y - 3)
            self.page.mouse.click(x, y)
        self.page.keyboard.up("Alt")
        self.page.keyboard.press("Enter")

    def across(self, *, cutting: bool) -> tuple[str, shapely.LineString]:
        """A grid, and a level line right across it that cuts a building, or none."""
        houses = self._buildings()
        for key, grid in self.grids.items():
            for line in _lines(grid):
                inside = line.intersection(grid)
                # a hand on a screen is not exact to the metre
                near = shapely.intersects(houses, inside.buffer(1.5e-5)).any()
                cut = shapely.intersects(houses, inside).any()
                if (
                    inside.geom_type == "LineString"
                    and _halves(grid, line)
                    and (cut if cutting else not near)
                ):
                    return key, line
        raise AssertionError("no grid has such a line")

    def free_corner(self) -> tuple[float, float]:
        """The corner between the four parts that has most room before the next building."""
        houses = shapely.union_all(self._buildings())
        shared = shapely.union_all(
            [self.grids[a].intersection(self.grids[b]) for a in self.parts for b in self.parts if a < b]
        )
        outline = shapely.union_all(list(self.grids.values())).boundary  # which nobody moves
        corners = shapely.points(shapely.get_coordinates(shared))
        corners = corners[shapely.distance(corners, outline) > 1e-6]
        lon, lat = shapely.get_coordinates(corners[shapely.distance(corners, houses).argmax()])[0]
        return float(lon), float(lat)

    def neighbours(self) -> tuple[str, str]:
        """Two grids with a common border."""
        for a, left in self.grids.items():
            for b, right in self.grids.items():
                if a < b and left.intersection(right).length > 1e-4:
                    return a, b
        raise AssertionError("no two grids are neighbours")

    def _buildings(self) -> Any:
        with transaction(self.visitor.server.engine) as session:
            found = session.scalars(
                text("SELECT ST_AsBinary(geom) FROM buildings WHERE grid_code ^@ :code"),
                {"code": self.community},
            )
            return shapely.from_wkb([bytes(wkb) for wkb in found])


@contextmanager
def drawing(visitor: Visitor, *, most: int = 40) -> Iterator[Drawing]:
    """A draft where a grid of at most so many buildings is four, one of them another worker's."""
    with transaction(visitor.server.engine) as session:
        code = session.execute(
            text("""
                SELECT grid_code FROM buildings GROUP BY 1 HAVING count(*) <= :most
                ORDER BY count(*) DESC, 1 LIMIT 1
            """),
            {"most": most},
        ).scalar_one()
        worker = session.execute(text("SELECT max(code) FROM workers")).scalar_one()
    plan = ask(visitor.server, "POST", "/api/plans", {"name": "a draft"})["id"]
    draft = Drawing(visitor, plan, str(code)[:12])
    parts = draft.edit("split_into", key=code, n=4, load="buildings")["grids"]["features"]
    draft.parts = sorted(part["id"] for part in parts if part["properties"]["code"] is None)
    draft.edit("assign", keys=draft.parts[:1], worker_code=worker)
    yield draft
    with transaction(visitor.server.engine) as session:
        session.execute(text("DELETE FROM plans WHERE id = :id AND state = 'draft'"), {"id": plan})


def _halves(grid: shapely.Polygon, line: shapely.LineString) -> bool:
    """Whether a line leaves two parts worth the name."""
    parts = shapely.ops.split(grid, line).geoms
    return len(parts) == 2 and min(part.area for part in parts) > 0.2 * grid.area


def _lines(grid: shapely.Polygon) -> Iterator[shapely.LineString]:
    """Lines right across a grid and a little beyond, in many directions, the one through its middle first."""
    west, south, east, north = grid.bounds
    reach = 0.55 * math.hypot(east - west, north - south)
    for degrees in range(0, 180, 15):
        dx, dy = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        for step in (0, 1, -1, 2, -2, 3, -3, 4, -4):
            x, y = grid.centroid.x - dy * step * reach / 10, grid.centroid.y + dx * step * reach / 10
            yield shapely.LineString([(x - reach * dx, y - reach * dy), (x + reach * dx, y + reach * dy)])


def _world(lon: float, lat: float, zoom: float) -> tuple[float, float]:
    size = 512 * 2.0**zoom
    y = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
    return size * (lon + 180) / 360, size * (1 - y / math.pi) / 2
