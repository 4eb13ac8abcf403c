"""From a draft on the screen to grids in force, done in Chromium on a city of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from gridgis.cluster import Cluster
from gridgis.config import Config
from tests.web.conftest import Server, Visitor, serve
from tests.web.planning import ask, drawing

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(test_cluster: Cluster, city_template: str, config: Config) -> Iterator[Server]:
    """A city whose grids may change."""
    yield from serve(test_cluster, city_template, config)


def test_an_incident_changes_hands_when_a_plan_is_published(visitor: Visitor) -> None:
    with drawing(visitor) as draft:
        page = draft.open()
        given = draft.parts[0]
        worker = page.locator(f"tr[data-grid='{given}'] .who").inner_text()
        place = draft.grids[given].point_on_surface()
        report = {
            "text": "路灯不亮",
            "lon": place.x,
            "lat": place.y,
            "client_uuid": str(uuid.uuid4()),
            "source": "public",
        }
        incident = ask(visitor.server, "POST", "/api/incidents", report)["id"]
        before = ask(visitor.server, "GET", f"/api/incidents/{incident}")["grid_code"]

        page.locator("[data-key=publish]").click()
        expect(page.locator("#dialog")).to_contain_text("新增 4 个网格，撤销 1 个")
        page.locator("#step-publish").click()
        expect(page.locator("#dialog .done")).to_contain_text("起生效", timeout=60_000)
        page.keyboard.press("Escape")
        expect(page.locator("#head .badge")).to_have_text("现行")
        expect(page.locator("[data-grid^=n]")).to_have_count(0)
        expect(page.locator("#tool-split")).to_be_disabled()

        after = ask(visitor.server, "GET", f"/api/incidents/{incident}")["grid_code"]
        assert after != before
        page = visitor.open(f"/?select=incident:{incident}")
        page.locator("#card").get_by_role("button", name=after).click()
        expect(page.locator("#card h2")).to_have_text(after)
        expect(page.locator("#card")).to_contain_text(worker)
