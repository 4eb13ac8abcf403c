"""What planners see of each other on pages that are open, done in Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from gridgis.database import transaction
from tests.web.conftest import Visitor
from tests.web.planning import Drawing, ask, drawing

pytestmark = pytest.mark.browser


@pytest.fixture
def draft(visitor: Visitor) -> Iterator[Drawing]:
    """A draft of one's own."""
    with drawing(visitor) as draft:
        yield draft


def test_what_another_planner_does_is_seen_at_once(draft: Drawing) -> None:
    page = draft.open()
    a, b = draft.neighbours()
    draft.choose(a, b)
    seq = draft.edit("merge", keys=[a, b])["edit"]["seq"]
    expect(draft.rows()).to_have_count(len(draft.grids) - 1)
    expect(page.locator("#notices")).to_contain_text("合并")
    page.locator("#notices").get_by_role("button", name="显示位置").click()
    expect(page.locator("#grids tr.chosen")).to_have_count(1)
    page.keyboard.press("Escape")
    ask(draft.visitor.server, "POST", f"/api/plans/{draft.plan}/undo", {"seq": seq})
    expect(draft.rows()).to_have_count(len(draft.grids))
    expect(page.locator("#notices")).to_contain_text("已撤销")
    draft.choose(a, b)
    page.keyboard.press("m")  # on what is there now: nothing is refused, and one's own edit is no news
    expect(draft.rows()).to_have_count(len(draft.grids) - 1)
    page.wait_for_timeout(1_500)
    expect(page.locator("#notices")).not_to_contain_text("：合并")


def test_a_draft_that_is_submitted_takes_no_more_edits_on_any_page(draft: Drawing) -> None:
    page = draft.open()
    expect(page.locator("#tool-split")).to_be_enabled()
    ask(draft.visitor.server, "POST", f"/api/plans/{draft.plan}/submit", {})
    expect(page.locator("#head .badge")).to_have_text("已提交")
    expect(page.locator("#tool-split")).to_be_disabled()
    ask(draft.visitor.server, "POST", f"/api/plans/{draft.plan}/withdraw", {})
    expect(page.locator("#tool-split")).to_be_enabled()


def test_whose_a_grid_is_changes_on_an_open_page(visitor: Visitor) -> None:
    with transaction(visitor.server.engine) as session:
        grid, was, other = session.execute(
            text("""
                SELECT b.grid_code, b.worker_code, w.code
                FROM beats b JOIN workers w ON w.code > b.worker_code
                WHERE b.valid_to IS NULL AND b.role = 'primary' ORDER BY 1, 3 LIMIT 1
            """)
        ).one()
    page = visitor.open(f"/planner?community={grid[:12]}&panel=roster")
    expect(page.locator(f"tr[data-grid='{grid}'] .who")).to_have_text(was)
    given = "UPDATE beats SET worker_code = :worker WHERE grid_code = :grid AND valid_to IS NULL"
    for worker in (other, was):
        with transaction(visitor.server.engine) as session:
            session.execute(text(given), {"worker": worker, "grid": grid})
        expect(page.locator(f"tr[data-grid='{grid}'] .who")).to_have_text(worker)
        expect(page.locator(f"[data-worker={worker}] .keys")).to_contain_text(grid[12:])


def test_a_draft_that_somebody_deletes_leaves_nothing_on_the_page(draft: Drawing) -> None:
    page = draft.open("&panel=compare")
    expect(page.locator("#side table.loads")).to_be_visible()
    expect(page.locator("#tab-checks .count")).to_be_visible(timeout=15_000)
    ask(draft.visitor.server, "DELETE", f"/api/plans/{draft.plan}")
    expect(page.locator("#notices")).to_contain_text("“a draft”已被删除")
    expect(draft.rows()).to_have_count(0)
    expect(page.locator("#side .empty")).to_be_visible()
    expect(page.locator("#legend h3")).not_to_have_text("差异")
    expect(page.locator("#tab-checks .count")).to_have_count(0)
    page.locator("#head button").first.click()
    expect(page.locator("#dialog")).to_contain_text("现行及历史方案")


def test_two_planners_on_one_draft(draft: Drawing) -> None:
    draft.visitor.page.route("**/api/stream*", lambda route: route.abort())  # nobody tells them of each other
    page = draft.open()
    a, b = draft.neighbours()
    draft.edit("lock", keys=[a], locked=True)
    draft.choose(a, b)
    page.keyboard.press("m")
    expect(page.locator("#notices")).to_contain_text("已被他人修改")
    expect(draft.rows()).to_have_count(len(draft.grids))
    expect(page.locator(f"tr[data-grid='{a}'] .locked")).to_have_count(1)
