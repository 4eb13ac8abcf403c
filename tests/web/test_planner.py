"""What a planner does with the grids of a community, done in Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from gridgis.database import transaction
from tests.web.conftest import Visitor
from tests.web.planning import Drawing, ask, drawing

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def draft(visitor: Visitor) -> Iterator[Drawing]:
    """A draft of one's own."""
    with drawing(visitor) as draft:
        yield draft


def test_whoever_comes_first_sees_the_plan_in_force(visitor: Visitor) -> None:
    page = visitor.open("/planner")
    expect(page.locator("#head .badge")).to_have_text("现行")
    expect(page.locator("#tool-split")).to_be_disabled()
    page.keyboard.press("?")
    expect(page.locator("#dialog")).to_contain_text("画线拆分")
    page.keyboard.press("Escape")
    page.locator("#head button").first.click()
    page.get_by_label("名称").first.fill("秋季调整")
    page.get_by_role("button", name="新建草案").click()
    expect(page.locator("#head strong")).to_have_text("秋季调整")
    expect(page.locator("#head .badge")).to_have_text("草案")
    plan = re.search(r"plan=(\d+)", page.url)
    assert plan
    ask(visitor.server, "DELETE", f"/api/plans/{plan[1]}")


def test_its_owner_says_what_a_draft_is_for_and_who_else_edits_it(draft: Drawing) -> None:
    page = draft.open()
    page.locator("[data-key=plans]").click()
    page.locator(".plans li[aria-current]").get_by_role("button", name="说明与共享").click()
    page.get_by_label("名称").fill("旧城改造后的网格")
    page.get_by_label("用途说明").fill("拆迁地块并入相邻网格")
    page.get_by_label("其他编辑者").fill("zhang，li")
    page.get_by_label("其他规划员可查看").check()
    page.get_by_role("button", name="保存").click()
    row = page.locator(".plans li[aria-current]")
    expect(row).to_contain_text("旧城改造后的网格")
    expect(row).to_contain_text("已共享")
    page.keyboard.press("Escape")
    expect(page.locator("#head strong")).to_have_text("旧城改造后的网格")
    told = ask(draft.visitor.server, "GET", f"/api/plans/{draft.plan}")
    assert (told["description"], told["shared"]) == ("拆迁地块并入相邻网格", True)
    assert told["editors"] == ["li", "zhang"]


def test_edits_are_made_where_a_browser_is_not_asked_over_https(draft: Drawing) -> None:
    draft.visitor.page.add_init_script("delete Crypto.prototype.randomUUID")
    page = draft.open()
    draft.choose(*draft.neighbours())
    page.keyboard.press("m")
    expect(draft.rows()).to_have_count(len(draft.grids) - 1)


def test_grids_without_a_worker_are_in_sight_and_found_from_anywhere(draft: Drawing) -> None:
    draft.edit("assign", keys=draft.parts[1:3], worker_code=None)
    page = draft.visitor.open(f"/planner?plan={draft.plan}")
    expect(page.locator("#unassigned")).to_have_text("2 个网格没有主责网格员")
    page.locator("#unassigned").click()
    expect(page.locator("#grids tr.chosen")).to_have_attribute("data-grid", draft.parts[1])
    page.locator("#unassigned").click()
    expect(page.locator("#grids tr.chosen")).to_have_attribute("data-grid", draft.parts[2])
    assert draft.community in page.url


def test_what_keeps_a_draft_from_being_published_leads_to_its_place(draft: Drawing) -> None:
    removed = f"DELETE FROM draft_grids WHERE plan_id = {draft.plan} AND key = '{draft.parts[3]}'"
    with transaction(draft.visitor.server.engine) as session:
        session.execute(text(removed))
    page = draft.visitor.open(f"/planner?plan={draft.plan}")
    page.locator("[data-key=publish]").click()
    expect(page.locator("#step-publish")).to_be_disabled()
    page.locator("#dialog").get_by_role("button", name="平方米土地无网格").first.click()
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator("#map[data-place]")).to_have_count(1)
    expect(page.locator(".findings")).to_contain_text("平方米土地无网格")
    assert draft.community in page.url


def test_a_line_splits_a_grid(draft: Drawing) -> None:
    page = draft.open()
    key, line = draft.across(cutting=False)
    draft.choose(key)
    page.keyboard.press("s")
    draft.draw(line)
    expect(draft.rows()).to_have_count(len(draft.grids) + 1)
    expect(page.locator("#effect")).to_contain_text(key)
    expect(page.locator("#grids tr.chosen")).to_have_count(2)
    expect(page.locator("#head .meta")).to_have_text("3 次编辑")


def test_a_line_through_a_building_is_refused(draft: Drawing) -> None:
    page = draft.open("&tool=split")
    key, line = draft.across(cutting=True)
    draft.draw(line)
    expect(page.locator("#notices")).to_contain_text("将切割楼栋")
    expect(page.locator("#map[data-place]")).to_have_count(1)
    expect(draft.rows()).to_have_count(len(draft.grids))
    expect(page.locator(f"[data-key='grid-{key}']")).to_be_visible()
    expect(page.locator("#head .meta")).to_have_text("2 次编辑")
    page.keyboard.press("Escape")
    expect(page.locator("#notices .notice")).to_have_count(0)


def test_merging_undoing_and_making_it_again(draft: Drawing) -> None:
    page = draft.open()
    a, b = draft.neighbours()
    draft.choose(a, b)
    page.keyboard.press("m")
    expect(draft.rows()).to_have_count(len(draft.grids) - 1)
    page.keyboard.press("Control+z")
    expect(draft.rows()).to_have_count(len(draft.grids))
    expect(page.locator(f"[data-key='grid-{a}']")).to_be_visible()
    page.keyboard.press("Control+y")
    expect(draft.rows()).to_have_count(len(draft.grids) - 1)
    page.locator("#tool-undo").click()
    expect(draft.rows()).to_have_count(len(draft.grids))
    expect(page.locator("#tool-redo")).to_be_enabled()
    page.locator("#tab-history").click()
    expect(page.locator(".edits .undone")).to_have_count(1)


def test_drawing_by_keyboard_alone(draft: Drawing) -> None:
    page = draft.open()
    page.keyboard.press("s")
    page.keyboard.press(" ")
    expect(page.locator("#crosshair")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#map:not([data-idle])")
    page.wait_for_selector("#map[data-idle]")
    page.keyboard.press(" ")
    page.keyboard.press("Enter")
    # a short line within one grid divides nothing, and says so
    expect(page.locator("#notices, #hint .warning")).to_contain_text([re.compile(".+")])
    page.keyboard.press("Escape")


def test_a_grid_is_chosen_and_a_building_handed_over_by_keyboard_alone(draft: Drawing) -> None:
    page = draft.open()
    page.keyboard.press("v")
    page.keyboard.press(" ")
    expect(page.locator("#grids tr.chosen")).to_have_count(1)
    page.keyboard.press("t")
    page.keyboard.press(" ")
    # what is at the middle is no neighbour's building, or none; either is said
    expect(page.locator("#notices .notice, #hint .warning")).to_have_count(1)


def test_a_worker_is_dragged_onto_a_grid(draft: Drawing) -> None:
    page = draft.open("&panel=roster")
    other, key, *_ = draft.parts
    owner = page.locator(f"tr[data-grid='{other}'] .who").inner_text()
    page.locator(f"[data-worker='{owner}']").hover()
    page.mouse.down()
    point = draft.grids[key].point_on_surface()
    x, y = draft.pixel(point.x, point.y)
    page.mouse.move(x - 20, y)
    page.mouse.move(x, y)
    page.mouse.up()
    expect(page.locator(f"tr[data-grid='{key}'] .who")).to_have_text(owner)
    draft.choose(key)
    page.locator("[data-key=nobody]").click()
    expect(page.locator(f"tr[data-grid='{key}'] .who")).to_have_text("无")
    expect(page.locator("#unassigned")).to_have_text("1 个网格没有主责网格员")
    draft.choose(other)
    page.locator("#unassigned").click()
    expect(page.locator(f"tr[data-grid='{key}']")).to_have_class("chosen")


def test_going_back_to_an_edit_undoes_those_after_it(draft: Drawing) -> None:
    page = draft.open("&panel=history")
    for key in draft.parts[:3]:
        draft.choose(key)
        page.keyboard.press("l")
        expect(page.locator("#unsent")).to_have_attribute("data-waiting", "0")
    expect(page.locator(".edits li")).to_have_count(5)
    page.get_by_role("button", name="撤销其后 2 次").click()
    expect(page.locator(".edits .undone")).to_have_count(2)
    assert [edit["undone"] for edit in draft.log()] == [True, True, False]
    page.keyboard.press("Control+y")
    expect(page.locator(".edits .undone")).to_have_count(1)


def test_whoever_returns_finds_everything_as_it_was(draft: Drawing) -> None:
    page = draft.open("&theme=buildings&panel=history&level=worker")
    a, b = draft.neighbours()
    page.locator("[data-key=by-buildings]").click()
    draft.choose(a, b)
    page.keyboard.press("e")
    expect(page.locator("#tool-move_vertex")).to_have_attribute("aria-pressed", "true")
    address = page.url
    page.goto(draft.visitor.server.url + "/")
    draft.visitor.open("/planner")
    assert page.url == address
    expect(page.locator("#grids tr.chosen")).to_have_count(2)
    expect(page.locator("#tool-move_vertex")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#themes select")).to_have_value("buildings")
    expect(page.locator("#grids [aria-sort=descending]")).to_contain_text("楼栋")
    page.locator("#tab-load").click()
    expect(page.locator("[data-key=load-level]")).to_have_value("worker")


@pytest.fixture
def dense(visitor: Visitor) -> Iterator[Drawing]:
    """A draft where there is much to design."""
    with drawing(visitor, most=10**6) as draft:
        yield draft


def begin_design(draft: Drawing) -> Page:
    """Let a community be designed, for longer than a test has."""
    page = draft.open()
    page.keyboard.press("b")
    page.locator("#dialog [name=households]").fill("60")
    page.locator("#dialog [name=effort]").fill("10")
    page.get_by_text("其他考虑").click()
    page.get_by_label("沿道路和水系划界").fill("2.5")
    with page.expect_request("**/design") as asked:
        page.locator("#dialog [type=submit]").click()
    assert asked.value.post_data_json["weights"] == {"compactness": 1, "roads": 2.5}
    expect(page.locator("#design-course svg")).to_be_visible(timeout=20_000)
    expect(page.locator("#dialog")).to_be_hidden()
    # the best so far lies over the grids, with its measures
    expect(page.locator("#map")).to_have_attribute("data-proposed", re.compile("[1-9]"), timeout=20_000)
    expect(page.locator("#design [data-measure=ratio]")).to_have_text(re.compile(r"\d\.\d\d"))
    # what is drawn meanwhile would spoil it
    expect(page.locator("#tool-split")).to_be_disabled()
    draft.choose(draft.parts[0])
    page.keyboard.press("l")
    expect(page.locator("#grids .locked")).to_have_count(0)
    return page


def test_a_design_is_stopped_half_way_and_undone(dense: Drawing) -> None:
    draft, page = dense, begin_design(dense)
    page.locator("#design-stop").click()
    expect(page.locator("#design .done")).to_contain_text("个网格", timeout=30_000)
    [edit] = draft.log()
    assert edit["operation"] == "design"
    with transaction(draft.visitor.server.engine) as session:
        job = session.execute(
            text("SELECT state, done FROM plan_jobs WHERE plan_id = :plan"), {"plan": draft.plan}
        ).one()
    assert job.state == "done"
    assert job.done < 1
    expect(page.locator("#tool-split")).to_be_enabled()
    page.locator("#design-undo").click()
    expect(page.locator("#design")).to_be_hidden()
    expect(draft.rows()).to_have_count(len(draft.grids))
    expect(page.locator(f"[data-key='grid-{draft.parts[0]}']")).to_be_visible()


def test_a_design_that_is_discarded_leaves_no_trace(dense: Drawing) -> None:
    draft, page = dense, begin_design(dense)
    page.locator("#design-discard").click()
    expect(page.locator("#design")).to_be_hidden()
    expect(page.locator("#map")).not_to_have_attribute("data-proposed", re.compile("[1-9]"))
    expect(draft.rows()).to_have_count(len(draft.grids))
    assert not draft.log()


def test_a_draft_beside_the_plan_in_force(draft: Drawing) -> None:
    page = draft.open("&panel=compare")
    expect(page.locator("[data-figure=removed]")).to_have_text("1")
    expect(page.locator("[data-figure=added]")).to_have_text("4")
    expect(page.locator("[data-figure=buildings]")).not_to_have_text("0")
    expect(page.locator("#side table.loads tr[data-worker]")).to_have_count(2)
    page.locator("[data-key=swipe]").click()
    page.locator("#swipe-at").fill("25")
    expect(page.locator("#swipe-map canvas")).to_be_visible()
    assert page.locator("#swipe").evaluate("box => box.style.getPropertyValue('--at')") == "25%"
    page.locator("#tab-load").click()
    expect(page.locator("#swipe")).to_be_hidden()


def test_going_from_finding_to_finding(draft: Drawing) -> None:
    draft.edit("assign", keys=draft.parts, worker_code=None)
    page = draft.open("&panel=checks")
    expect(page.locator(".findings li")).to_have_count(len(draft.parts), timeout=15_000)
    page.keyboard.press("n")
    first = page.locator(".findings [aria-current]").inner_text()
    expect(page.locator("#grids tr.chosen")).to_have_count(1)
    page.keyboard.press("n")
    expect(page.locator(".findings [aria-current]")).not_to_have_text(first)
    page.keyboard.press("Shift+N")
    expect(page.locator(".findings [aria-current] span").last).to_be_visible()
    assert page.locator(".findings [aria-current]").inner_text() == first


@pytest.mark.parametrize(
    ("look", "panels"), [("dark", ("load", "compare", "leave")), ("light", ("checks", "roster"))]
)
def test_nothing_serious_for_those_who_hear_or_tab(
    draft: Drawing, look: str, panels: tuple[str, ...]
) -> None:
    if not AXE.exists():
        pytest.skip("needs axe-core; run npm ci in web/")
    draft.visitor.page.context.add_init_script(path=AXE)
    page = draft.open(f"&look={look}")
    for panel in panels:
        page.locator(f"#tab-{panel}").click()
        page.wait_for_selector("#side > *")
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious = [
            (fault["id"], [node["html"][:160] for node in fault["nodes"]])
            for fault in found["violations"]
            if fault["impact"] in {"serious", "critical"}
        ]
        assert not serious, panel


def test_a_link_to_a_community_that_is_not_there_shows_the_city(visitor: Visitor) -> None:
    page = visitor.open("/planner?community=440399999999")
    expect(page.locator("#map[data-idle]")).to_be_visible(timeout=60_000)
    assert "community=" not in page.url
