"""What an operator does on the command centre, done in Chromium."""

from __future__ import annotations

import json
import re
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from gridgis.database import transaction
from tests.web.conftest import TOKEN, Visitor

pytestmark = pytest.mark.browser

OPEN = "state NOT IN ('closed', 'rejected', 'declined', 'void', 'merged')"
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


def _value(visitor: Visitor, statement: str) -> Any:
    with transaction(visitor.server.engine) as session:
        return session.execute(text(statement)).scalar_one()


def _report(visitor: Visitor, words: str) -> dict[str, Any]:
    with transaction(visitor.server.engine) as session:
        lon, lat = session.execute(
            text("SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(geom) p FROM grids LIMIT 1) g")
        ).one()
    body = {"text": words, "lon": lon, "lat": lat, "client_uuid": str(uuid.uuid4()), "source": "public"}
    request = urllib.request.Request(
        visitor.server.url + "/api/incidents",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def test_the_whole_city_is_there_at_once(visitor: Visitor) -> None:
    page = visitor.open()
    expect(page.locator("h1")).to_have_text("深圳市")
    expect(page.locator(".stock .value").first).to_have_text("800")
    open_ones = _value(
        visitor,
        f"SELECT count(*) FROM incidents WHERE {OPEN}",
    )
    expect(page.locator(".figure .value").first).to_have_text(str(open_ones))
    expect(page.locator("#queue .total")).to_have_text(str(open_ones))
    expect(page.locator("#legend li")).not_to_have_count(0)
    expect(page.locator("#age")).to_have_attribute("data-health", "live")


def test_drilling_down_and_back(visitor: Visitor) -> None:
    page = visitor.open()
    for _ in range(3):
        before = page.inner_text("h1")
        page.locator(".ranking li button").first.click()
        expect(page.locator("h1")).not_to_have_text(before)
    page.locator(".ranking li button").first.click()
    expect(page.locator("#card .kind")).to_have_text("网格")
    assert re.search(r"division=\d{12}&.*select=grid:\d{15}", page.url)
    page.locator("#trail button").first.click()
    expect(page.locator("h1")).to_have_text("深圳市")
    page.go_back()
    expect(page.locator("#trail button")).to_have_count(3)
    expect(page.locator("#card .kind")).to_have_text("网格")


def test_a_click_on_the_map_drills_down(visitor: Visitor) -> None:
    page = visitor.open("/?layers=labels")
    page.wait_for_selector("#map[data-idle]")
    box = page.locator("#map").bounding_box()
    assert box is not None
    # the middle of the city's box is land in this city
    page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.5)
    expect(page.locator("#trail button")).to_have_count(1)
    assert "division=4403" in page.url


def test_finding_a_grid_by_part_of_its_code(visitor: Visitor) -> None:
    page = visitor.open()
    code = _value(visitor, "SELECT max(code) FROM grids WHERE valid_to IS NULL")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type(code[4:])
    page.keyboard.press("Enter")
    expect(page.locator("#card h2")).to_have_text(code)
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_be_hidden()


def test_filtering_the_queue(visitor: Visitor) -> None:
    page = visitor.open()
    major = _value(
        visitor,
        f"SELECT left(class_code, 2) FROM incidents WHERE {OPEN} GROUP BY 1 ORDER BY count(*) LIMIT 1",
    )
    every = page.inner_text("#queue .total")
    page.locator("#queue select[data-key=group]").select_option(major)
    expect(page.locator("#queue .total")).not_to_have_text(every)
    assert f"group={major}" in page.url
    page.locator(".figure").nth(1).click()
    expect(page.locator("#queue select[data-key=queue]")).to_have_value("overdue")


def test_a_new_incident_arrives(visitor: Visitor) -> None:
    page = visitor.open()
    before = int(page.inner_text("#queue .total").replace(",", ""))
    made = _report(visitor, "路灯不亮")
    expect(page.locator(".flash")).to_have_count(1)
    row = page.locator(f"#queue button[data-id='{made['id']}']")
    expect(row).to_be_visible()
    expect(row).to_have_class("fresh")
    expect(page.locator("#queue .total")).to_have_text(str(before + 1))
    row.click()
    expect(page.locator("#card")).to_contain_text(made["number"])
    expect(row).to_have_attribute("aria-current", "true")


def test_grids_that_change_are_drawn_anew_on_an_open_page(visitor: Visitor) -> None:
    page = visitor.open()
    page.wait_for_selector("#map[data-idle]", timeout=30_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with (
        page.expect_request("**/tiles/grids/**", timeout=15_000),
        transaction(visitor.server.engine) as session,
    ):
        session.execute(text("UPDATE grids SET remark = remark"))
    page.wait_for_selector("#map[data-idle]", timeout=30_000)
    assert not [url for url in asked if "/tiles/roads/" in url]


def test_reporting_from_the_page(visitor: Visitor) -> None:
    code = _value(visitor, "SELECT min(code) FROM grids WHERE valid_to IS NULL")
    page = visitor.open(f"/?select=grid:{code}")
    expect(page.locator("#card h2")).to_have_text(code)
    page.locator("#report").click()
    page.locator("textarea").fill("路灯不亮")
    expect(page.locator("select[name=class_code] option").first).to_contain_text("路灯")
    page.locator("#report-dialog [type=submit]").click()
    expect(page.locator("#card .kind")).to_have_text("案件")
    expect(page.locator("#card")).to_contain_text("路灯不亮")


def test_language_and_look_stay(visitor: Visitor) -> None:
    page = visitor.open()
    page.locator("#language").click()
    expect(page.locator("#report")).to_have_text("Report")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator("#look").click()
    expect(page.locator("html")).to_have_attribute("data-look", "light")
    visitor.open()
    expect(page.locator("#report")).to_have_text("Report")
    expect(page.locator("html")).to_have_attribute("data-look", "light")


def test_a_link_someone_sent(visitor: Visitor) -> None:
    row = "SELECT id FROM incidents WHERE geom IS NOT NULL ORDER BY reported_at DESC LIMIT 1"
    incident = _value(visitor, row)
    page = visitor.open(
        f"/?theme=households&level=district&days=90&queue=closed&select=incident:{incident}&camera=13.00/22.60000/114.00000"
    )
    expect(page.locator("#card .kind")).to_have_text("案件")
    expect(page.locator("#themes select").first).to_have_value("households")
    expect(page.locator("#queue select[data-key=queue]")).to_have_value("closed")
    assert "camera=13.00/22.60000/114.00000" in page.url


def test_what_does_not_exist_is_said(visitor: Visitor) -> None:
    page = visitor.open("/?select=incident:999999999")
    expect(page.locator("#card [role=alert]")).to_contain_text("999999999")
    page = visitor.open("/?division=110000")
    expect(page.locator("h1")).to_have_text("深圳市")


def test_two_dates_side_by_side(visitor: Visitor) -> None:
    page = visitor.open()
    page.locator("button[data-key=swipe]").click()
    page.wait_for_selector("#swipe-map canvas")
    expect(page.locator("#legend")).to_be_hidden()  # its theme is of now
    last = _value(visitor, "SELECT max(reported_at)::date::text FROM incidents")
    for side, day in (("before", "2026-01-15"), ("after", last)):
        page.locator(f"input[data-key=swipe-{side}]").fill(day)
        then = _value(
            visitor,
            f"""SELECT count(*) FROM incidents
                WHERE reported_at < least(now(), '{day} 12:00+08')
                  AND ({OPEN} OR closed_at > least(now(), '{day} 12:00+08'))""",
        )
        expect(page.locator(f"#swipe-{side}")).to_have_text(f"未结 {then:,}")
    at = page.locator("#swipe-at")
    at.press("End")
    assert page.locator("#swipe").evaluate("box => box.style.getPropertyValue('--at')") == "100%"
    page.locator("button[data-key=swipe]").click()
    expect(page.locator("#swipe")).to_be_hidden()
    expect(page.locator("#legend")).to_be_visible()


def test_the_last_day_replayed(visitor: Visitor) -> None:
    page = visitor.open()
    page.locator("button[data-key=replay]").click()
    words = page.locator("#replay-words")
    expect(words).to_be_visible()
    page.locator("#replay-at").fill("86400000")
    last = words.inner_text()
    page.locator("#replay-at").fill("0")
    expect(words).not_to_have_text(last)
    page.locator("button[data-key=replay]").click()
    expect(page.locator("#replay")).to_be_hidden()


def test_losing_the_server_and_getting_it_back(visitor: Visitor) -> None:
    page = visitor.open()
    age = page.locator("#age")
    expect(age).to_have_attribute("data-health", "live")
    visitor.server.stop()
    try:
        expect(age).to_have_attribute("data-health", "stale", timeout=10_000)
    finally:
        visitor.server.start()
    expect(age).to_have_attribute("data-health", "live", timeout=15_000)
    made = _report(visitor, "路灯不亮")
    expect(page.locator(f"#queue button[data-id='{made['id']}']")).to_be_visible()
    visitor.faults.clear()  # the browser itself notes each refused connection


def test_nothing_serious_for_those_who_hear_or_tab(visitor: Visitor) -> None:
    if not AXE.exists():
        pytest.skip("needs axe-core; run npm ci in web/")
    visitor.page.context.add_init_script(path=AXE)
    for look in ("dark", "light"):
        page = visitor.open(f"/?look={look}")
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious = [
            (fault["id"], [node["html"][:120] for node in fault["nodes"]])
            for fault in found["violations"]
            if fault["impact"] in {"serious", "critical"}
        ]
        assert not serious, look


def _updates(visitor: Visitor, count: int) -> int:
    """Write `count` events of the newest incident and touch another; the id of the last event."""
    with transaction(visitor.server.engine) as session:
        session.execute(text("SELECT ensure_partitions('incident_log', now(), now())"))
        session.execute(
            text("""
                WITH one AS (SELECT id, state FROM incidents ORDER BY reported_at DESC LIMIT 1)
                INSERT INTO incident_log (incident_id, actor, role, action, to_state)
                SELECT id, 'test', 'system', 'note', state FROM one, generate_series(1, :count)
            """),
            {"count": count},
        )
        session.execute(
            text("UPDATE incidents SET updated_at = now() WHERE id = (SELECT min(id) FROM incidents)")
        )
        return int(session.execute(text("SELECT max(id) FROM incident_log")).scalar_one())


def _heap_at_rest(page: Page) -> float:
    """Bytes held at rest: while figures are drawn anew, 1.5 s after a change, they are there twice."""
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable")
    readings = []
    for _ in range(10):
        for _ in range(2):
            tools.send("HeapProfiler.collectGarbage")
        metrics = tools.send("Performance.getMetrics")["metrics"]
        readings.append(next(float(m["value"]) for m in metrics if m["name"] == "JSHeapUsedSize"))
        page.wait_for_timeout(400)
    tools.detach()
    return min(readings)


def test_two_thousand_updates_leave_no_trace(visitor: Visitor) -> None:
    page = visitor.open()

    def updates(count: int) -> None:
        page.wait_for_selector(f"html[data-event='{_updates(visitor, count)}']")

    for _ in range(3):
        updates(500)  # the page's code is compiled as it runs, which is held as well
    before = _heap_at_rest(page)
    for _ in range(4):
        updates(500)
    assert _heap_at_rest(page) < 1.1 * before
