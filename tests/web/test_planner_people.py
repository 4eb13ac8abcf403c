"""Leave and cover, and the types of grids, as a planner sees to them in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from gridgis.cluster import Cluster
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.services.measuring.refresh import refresh
from tests.web.conftest import Server, Visitor, serve
from tests.web.planning import Drawing, ask, drawing

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(test_cluster: Cluster, city_template: str, config: Config) -> Iterator[Server]:
    """A city whose grids have figures: covers go by load."""
    for server in serve(test_cluster, city_template, config):
        with transaction(server.engine) as session:
            refresh(session, server.config, datetime.now(UTC))
        yield server


@pytest.fixture
def draft(visitor: Visitor) -> Iterator[Drawing]:
    """A draft of one's own; nobody is on leave before or after."""
    with drawing(visitor) as draft:
        yield draft
    with transaction(visitor.server.engine) as session:
        session.execute(text("DELETE FROM absences"))


def worker_of(draft: Drawing) -> str:
    """Return who has a grid of the community by the roster in force."""
    roster = ask(draft.visitor.server, "GET", f"/api/rosters?division={draft.community}")
    return str(roster["rows"][0]["worker_code"])


def test_a_leave_is_seen_confirmed_and_cancelled(draft: Drawing) -> None:
    worker = worker_of(draft)
    page = draft.open("&panel=leave")
    page.locator("[data-key=leave-worker]").fill(worker)
    first = datetime.now(UTC).date() + timedelta(days=3)
    page.locator("[data-key=leave-from]").fill(first.isoformat())
    page.locator("[data-key=leave-to]").fill((first + timedelta(days=4)).isoformat())
    page.keyboard.press("Enter")
    expect(page.locator("#side h3").first).to_have_text(f"{worker} 休假方案")
    expect(page.locator(f".loads tr[data-worker='{worker}'] td").nth(1)).to_have_text("0")
    assert not ask(draft.visitor.server, "GET", f"/api/rosters?division={draft.community}")["absences"]

    page.locator("[data-key=leave-confirm]").click()
    expect(page.locator("#leave-said")).to_contain_text(f"已登记 {worker} 的休假")
    expect(page.locator(".leaves li")).to_have_count(1)
    expect(page.locator(".leaves .badge")).to_have_text("即将开始")
    [leave] = ask(draft.visitor.server, "GET", f"/api/rosters?division={draft.community}")["absences"]

    page.locator(f"[data-key=cancel-{leave['id']}]").click()
    expect(page.locator("#side h3").first).to_have_text(f"{worker} 返岗后")
    page.locator("[data-key=leave-confirm]").click()
    expect(page.locator("#leave-said")).to_contain_text("顶岗一并结束")
    expect(page.locator(".leaves li")).to_have_count(0)
    assert not ask(draft.visitor.server, "GET", f"/api/rosters?division={draft.community}")["absences"]


def test_a_leave_that_cannot_be_says_what_to_do(draft: Drawing) -> None:
    worker = worker_of(draft)
    ask(draft.visitor.server, "POST", "/api/absences", {"worker_code": worker})
    page = draft.open("&panel=leave")
    expect(page.locator(".leaves .badge")).to_have_text("休假中")
    page.locator("[data-key=leave-worker]").fill(worker)
    page.locator("[data-key=leave-show]").click()
    expect(page.locator("#leave-said")).to_contain_text("请先取消原休假")
    page.locator("[data-key=leave-worker]").fill("nobody")
    page.locator("[data-key=leave-show]").click()
    expect(page.locator("#leave-said")).to_contain_text("请从列表中选择")
    page.locator("#language").click()
    expect(page.locator("#leave-said, .leaves .badge")).to_contain_text(["now"])


def test_a_worker_on_leave_is_marked_in_the_roster(draft: Drawing) -> None:
    worker = worker_of(draft)
    ask(draft.visitor.server, "POST", "/api/absences", {"worker_code": worker})
    page = draft.open("&panel=roster")
    expect(page.locator(f"[data-worker='{worker}']")).to_contain_text("休假中")


def test_the_grids_of_a_worker_are_printed_on_a3(draft: Drawing) -> None:
    worker = worker_of(draft)
    page = draft.open("&panel=roster")
    sheet = page.locator(f"[data-key='sheet-{worker}']")
    expect(sheet).to_have_attribute("title", f"{worker} 的网格图，A3（PDF）")
    printed = page.evaluate(
        "async (href) => (await (await fetch(href)).text()).slice(0, 4)", sheet.get_attribute("href")
    )
    assert printed == "%PDF"


def test_grids_get_a_type_and_the_list_is_narrowed_to_it(draft: Drawing) -> None:
    page = draft.open("&theme=kind")
    draft.choose(*draft.parts[:2])
    page.keyboard.press("c")
    page.locator("#tool-number").select_option(label="商务型")
    page.locator("#hint [type=submit]").click()
    expect(page.locator(f"tr[data-grid='{draft.parts[0]}']")).to_contain_text("商务型")
    expect(page.locator("#legend")).to_contain_text("商务型2")
    page.locator("[data-key=filter]").select_option("business")
    expect(draft.rows()).to_have_count(2)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#grids tr.chosen")).to_have_count(0)
    page.keyboard.press("Control+a")
    expect(page.locator("#grids tr.chosen")).to_have_count(2)
    page.locator("[data-key=filter]").select_option("crowded")
    expect(page.locator("#grids tbody")).to_contain_text("请改选其他类型")
    page.locator("[data-key=filter]").select_option("")
    page.keyboard.press("Control+z")
    expect(page.locator(f"tr[data-grid='{draft.parts[0]}']")).to_contain_text("无类型")


def test_all_grids_of_a_worker_are_locked_at_once(draft: Drawing) -> None:
    page = draft.open("&panel=roster")
    worker = page.locator(f"tr[data-grid='{draft.parts[1]}'] .who").inner_text()
    page.locator(f"[data-key='lock-{worker}']").click()
    expect(page.locator(f"tr[data-grid='{draft.parts[1]}'] .locked")).to_have_count(1)
    expect(page.locator(f"[data-key='lock-{worker}']")).to_have_attribute("aria-pressed", "true")
    page.locator(f"[data-key='lock-{worker}']").click()
    expect(page.locator("#grids .locked")).to_have_count(0)


def test_a_table_gives_out_grids_as_one_edit(draft: Drawing) -> None:
    page = draft.open("&panel=roster")
    worker = page.locator(f"tr[data-grid='{draft.parts[1]}'] .who").inner_text()
    table = f"网格编码,网格员编号\n{draft.parts[0]},{worker}\n{draft.parts[1]},\nwhat,{worker}\n"
    page.locator("[data-key=table]").click()
    page.locator("#table-file").set_input_files(
        {"name": "roster.csv", "mimeType": "text/csv", "buffer": table.encode("gbk")}
    )
    expect(page.locator("#table-read")).to_have_text("2 个网格，指派给 1 名网格员；1 个留给无人。")
    expect(page.locator("#dialog .due")).to_contain_text("第 4 行")
    page.locator("#table-apply").click()
    expect(page.locator(f"tr[data-grid='{draft.parts[0]}'] .who")).to_have_text(worker)
    expect(page.locator(f"tr[data-grid='{draft.parts[1]}'] .who")).to_have_text("无")
    assert [edit["operation"] for edit in draft.log()] == ["assign"]


def test_beats_are_balanced_for_who_is_there_and_taken_back(visitor: Visitor) -> None:
    with drawing(visitor) as draft:
        page = draft.open("&panel=roster")
        before = page.locator("#grids .who").all_inner_texts()
        page.locator("[data-key=beats]").click()
        page.get_by_label("均衡依据").select_option("households")
        page.get_by_role("button", name="分配").click()
        expect(page.locator("#dialog .done")).to_contain_text("与均值的最大偏差为")
        page.keyboard.press("Escape")
        [edit] = draft.log()
        assert edit["operation"] == "beats"
        page.locator("[data-key=beats]").click()
        page.get_by_label("均衡依据").select_option("households")
        page.get_by_role("button", name="分配").click()
        expect(page.locator("#dialog-problem")).to_have_text("没有变化")
        page.keyboard.press("Escape")
        after = page.locator("#grids .who").all_inner_texts()
        assert sorted(map(after.count, set(after))) == [2, 2]
        page.keyboard.press("Control+z")
        expect(page.locator("#grids .who")).to_have_text(before)
