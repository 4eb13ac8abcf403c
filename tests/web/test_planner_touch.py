"""The planner under a finger: what a mouse does, done on a screen that is touched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shapely
from playwright.sync_api import CDPSession, expect

from tests.web.conftest import Visitor
from tests.web.planning import Drawing, drawing

pytestmark = pytest.mark.browser


@pytest.fixture
def has_touch() -> bool:
    """Everything here is touched."""
    return True


@pytest.fixture
def draft(visitor: Visitor) -> Iterator[Drawing]:
    """A draft of one's own."""
    with drawing(visitor) as draft:
        yield draft


def drag(finger: CDPSession, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Put a finger down, move it in steps, and lift it."""
    ways = [
        (start[0] + (end[0] - start[0]) * n / 8, start[1] + (end[1] - start[1]) * n / 8) for n in range(9)
    ]
    for kind, (x, y) in zip(["touchStart", *["touchMove"] * 8], ways, strict=True):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_drags_a_corner(draft: Drawing) -> None:
    page = draft.open("&tool=move_vertex")
    corner = draft.free_corner()
    keys = [key for key in draft.parts if shapely.intersects(draft.grids[key], shapely.Point(corner))]
    draft.choose(keys[0])
    x, y = draft.pixel(*corner)
    drag(page.context.new_cdp_session(page), (x + 3, y + 3), (x + 10, y + 8))
    expect(page.locator("#head .meta")).to_have_text("3 次编辑")
    [edit] = draft.log()
    assert edit["operation"] == "move_vertex"
    assert edit["arguments"]["vertex"] == pytest.approx(corner)


def test_taps_draw_a_line_that_splits(draft: Drawing) -> None:
    page = draft.open()
    key, line = draft.across(cutting=False)
    page.locator(f"[data-key='grid-{key}']").tap()
    page.locator("#tool-split").tap()
    for lon, lat in line.coords:
        page.touchscreen.tap(*draft.pixel(lon, lat))
    page.get_by_role("button", name="完成").tap()
    expect(draft.rows()).to_have_count(len(draft.grids) + 1)


def test_a_finger_takes_a_box_of_grids_and_gives_them_to_a_worker(draft: Drawing) -> None:
    page = draft.open("&tool=box&panel=roster")
    finger = page.context.new_cdp_session(page)
    one, *others = draft.parts
    west, south, east, north = draft.grids[one].bounds
    drag(finger, draft.pixel(west, north), draft.pixel(east, south))
    expect(page.locator(f"tr[data-grid='{one}']")).to_have_class("chosen")
    worker = page.locator(f"tr[data-grid='{others[0]}'] .who").inner_text()
    box = page.locator(f"[data-worker='{worker}']").bounding_box()
    assert box
    point = draft.grids[one].point_on_surface()
    drag(finger, (box["x"] + 30, box["y"] + 12), draft.pixel(point.x, point.y))
    expect(page.locator(f"tr[data-grid='{one}'] .who")).to_have_text(worker)
