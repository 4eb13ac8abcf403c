"""Edits on their way to the server: none is lost, none is made twice, none meets another than was meant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import TOKEN, Visitor
from tests.web.planning import Drawing, drawing

pytestmark = pytest.mark.browser


@pytest.fixture
def draft(visitor: Visitor) -> Iterator[Drawing]:
    """A draft of one's own."""
    with drawing(visitor) as draft:
        yield draft


def all_sent(page: Page) -> None:
    """Wait until nothing is on its way."""
    expect(page.locator("#unsent")).to_have_attribute("data-waiting", "0", timeout=10_000)


def hold_first(page: Page, pattern: str) -> list[Route]:
    """Let the first such question to write wait until `let_go`."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST" and not held:
            held.append(route)
        else:
            route.fallback()

    page.route(pattern, hold)
    return held


def let_go(held: list[Route]) -> None:
    """Let the question that was held go on to the server."""
    held[0].continue_(headers={**held[0].request.headers, "authorization": f"Bearer {TOKEN}"})


def lock(draft: Drawing, *keys: str) -> None:
    """Lock grids on the page, each by an edit."""
    for key in keys:
        draft.choose(key)
        draft.page.keyboard.press("l")
        expect(draft.page.locator(f"tr[data-grid='{key}'] .locked")).to_have_count(1)
    all_sent(draft.page)


def test_a_lost_connection_loses_no_edit(draft: Drawing) -> None:
    page = draft.open()
    a, b = draft.neighbours()
    page.context.set_offline(True)
    for key in (a, b):
        draft.choose(key)
        page.keyboard.press("l")
    expect(page.locator("#unsent")).to_have_attribute("data-waiting", "2")
    expect(page.locator("#unsent")).to_have_attribute("data-health", "stale")
    expect(page.locator(f"tr[data-grid='{a}'] .unsent")).to_have_count(1)
    page.context.set_offline(False)
    expect(page.locator("#unsent")).to_have_attribute("data-waiting", "0", timeout=10_000)
    expect(page.locator("#grids .locked")).to_have_count(2)
    assert [edit["arguments"]["keys"] for edit in draft.log()] == [[b], [a]]


def test_an_answer_that_was_lost_is_no_second_edit(draft: Drawing) -> None:
    page = draft.open()
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().text())
            route.abort()
        else:
            route.fallback()

    page.route("**/edits", lose)
    draft.choose(*draft.neighbours())
    page.keyboard.press("m")
    expect(page.locator("#unsent")).to_have_attribute("data-waiting", "0", timeout=10_000)
    expect(draft.rows()).to_have_count(len(draft.grids) - 1)
    assert len(lost) == 1
    assert len(draft.log()) == 1
    expect(page.locator("#notices .notice")).to_have_count(0)


def test_an_answer_that_breaks_off_is_asked_for_again(draft: Drawing) -> None:
    page = draft.open()
    broken: list[str] = []

    def break_off(route: Route) -> None:
        if route.request.method == "POST" and not broken:
            broken.append(route.fetch().text())
            route.fulfill(status=200, content_type="application/json", body=broken[0][:40])
        else:
            route.fallback()

    page.route("**/edits", break_off)
    draft.choose(*draft.neighbours())
    page.keyboard.press("m")
    expect(draft.rows()).to_have_count(len(draft.grids) - 1)
    all_sent(page)
    assert len(draft.log()) == 1


def test_undoing_what_is_refused_undoes_nothing_else(draft: Drawing) -> None:
    page = draft.open()
    a, b = draft.neighbours()
    lock(draft, a)
    held = hold_first(page, "**/edits")
    draft.choose(a, b)
    with page.expect_request("**/edits"):
        page.keyboard.press("m")  # one of them is locked
    page.keyboard.press("Control+z")
    let_go(held)
    expect(page.locator("#notices .notice")).to_have_count(1)
    all_sent(page)
    expect(page.locator(f"tr[data-grid='{a}'] .locked")).to_have_count(1)
    assert [edit["undone"] for edit in draft.log()] == [False]


def test_undo_pressed_again_and_again_takes_back_as_many(draft: Drawing) -> None:
    page = draft.open()
    lock(draft, *draft.parts[:3])
    held = hold_first(page, "**/undo")
    with page.expect_request("**/undo"):
        page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    let_go(held)
    expect(page.locator("#grids .locked")).to_have_count(0)
    all_sent(page)
    assert [edit["undone"] for edit in draft.log()] == [True, True, True]


def test_each_page_keeps_its_own_edits_and_takes_over_what_another_has_left(draft: Drawing) -> None:
    first = draft.open()
    first.route(
        "**/edits", lambda route: route.abort() if route.request.method == "POST" else route.fallback()
    )
    a, _ = draft.neighbours()
    draft.choose(a)
    first.keyboard.press("l")
    expect(first.locator("#unsent")).to_have_attribute("data-health", "stale")
    second = first.context.new_page()
    second.goto(first.url)
    second.wait_for_selector("html[data-ready]", timeout=30_000)
    second.wait_for_timeout(1_000)
    all_sent(second)
    assert not draft.log()
    first.goto("about:blank")  # it is left with an edit that no server has answered
    second.reload()
    expect(second.locator(f"tr[data-grid='{a}'] .locked")).to_have_count(1, timeout=15_000)
    assert len(draft.log()) == 1
    second.close()
