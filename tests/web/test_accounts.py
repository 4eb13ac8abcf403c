"""Logging in and being kept to one's own part, done in Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from gridgis.database import WEB_ROLE, make_engine, transaction
from gridgis.scope import EVERYTHING
from gridgis.services import accounts
from tests.web.conftest import Server

pytestmark = pytest.mark.browser

PASSWORD = "correct-Horse-7"
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def district(server: Server) -> str:
    """Accounts of the whole city and of one district; the district's code."""
    with transaction(server.engine) as session:
        code = session.execute(
            text("SELECT left(code, 6) FROM grids GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
        ).scalar_one()
        accounts.create(session, "boss", "administrator", password=PASSWORD)
        accounts.create(session, "lina", "operator", password=PASSWORD, divisions=[code])
    return str(code)


@pytest.fixture(scope="module")
def guarded(server: Server) -> Iterator[Server]:
    """A server on the same city, under the role of the web."""
    engine = make_engine(
        server.engine.url.render_as_string(hide_password=False), name="tests web", pool_size=8, role=WEB_ROLE
    )
    guarded = Server(server.config, engine)
    guarded.start()
    yield guarded
    guarded.stop()
    engine.dispose()


@pytest.fixture
def page(browser: Browser, guarded: Server, district: str) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", base_url=guarded.url
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console", lambda message: faults.append(message.text) if "Content Security" in message.text else None
    )
    yield page
    context.close()
    assert not faults


def _log_in(page: Page, login: str) -> None:
    page.wait_for_selector("html[data-ready]")
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def test_logging_in_leads_back_to_the_link_someone_sent(page: Page, district: str) -> None:
    page.goto(f"/?division={district}")
    page.wait_for_url(re.compile(r"/login\?next="))
    _log_in(page, "boss")
    page.wait_for_url(re.compile(rf"/\?division={district}"))
    page.wait_for_selector("html[data-ready]", timeout=60_000)


def test_a_wrong_password_is_said_in_ones_language(page: Page) -> None:
    page.goto("/login")
    page.wait_for_selector("html[data-ready]")
    page.locator("#language").click()
    page.get_by_label("Login").fill("boss")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("Login or password is wrong")


def test_outside_ones_part_there_is_nothing(page: Page, guarded: Server, district: str) -> None:
    page.goto("/login")
    _log_in(page, "lina")
    page.wait_for_selector("html[data-ready]", timeout=60_000)
    with transaction(guarded.engine, scope=EVERYTHING) as session:
        foreign = session.execute(
            text("SELECT code FROM grids WHERE left(code, 6) <> :own ORDER BY code LIMIT 1"),
            {"own": district},
        ).scalar_one()
        own = session.execute(
            text("SELECT count(*) FROM grids WHERE left(code, 6) = :own"), {"own": district}
        ).scalar_one()
    assert page.request.get(f"/api/grids/{foreign}").status == 404
    assert page.request.get(f"/api/divisions/{foreign[:6]}").status == 404
    assert page.request.get(f"/api/divisions/{district}").json()["grids"] == own
    assert page.request.get(f"/api/search?q={foreign}").json()["results"] == []
    page.goto(f"/?select=grid:{foreign}")
    page.wait_for_selector("html[data-ready]", timeout=60_000)
    said = f"没有找到，或不在您的范围内：there is nothing with the code {foreign}"
    expect(page.locator("#card")).to_contain_text(said)
    expect(page.locator(".stock .value").first).to_have_text(str(own))


def test_the_account_page_logs_out(page: Page) -> None:
    page.goto("/account")
    _log_in(page, "lina")
    page.wait_for_url("**/account")
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/login")
    assert page.request.get("/api/me").status == 401


def test_an_administrator_makes_an_account(page: Page) -> None:
    page.goto("/admin/accounts")
    _log_in(page, "boss")
    page.wait_for_url("**/admin/accounts")
    page.locator("input[name=login]").fill("wang.wu")
    page.locator("input[name=divisions]").fill("all")
    page.get_by_role("button", name="新建账号").click()
    expect(page.locator("output")).to_be_visible()
    assert len(page.locator("output").inner_text()) == 16
    expect(page.get_by_role("link", name="wang.wu")).to_be_visible()
    page.get_by_role("link", name="审计记录").click()
    expect(page.locator("tbody")).to_contain_text("administration.create_account")


@pytest.mark.parametrize(
    "address",
    ["/login", "/account", "/admin/accounts", "/admin/accounts/lina", "/admin/tokens", "/admin/audit"],
)
@pytest.mark.parametrize("look", ["dark", "light"])
def test_nothing_serious_for_those_who_hear_or_tab(page: Page, address: str, look: str) -> None:
    if not AXE.exists():
        pytest.skip("needs axe-core; run npm ci in web/")
    if address != "/login":
        page.goto("/account")
        _log_in(page, "boss")
        page.wait_for_url("**/account")
    page.goto(f"{address}?look={look}")
    page.wait_for_selector("html[data-ready]")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (fault["id"], [node["html"][:120] for node in fault["nodes"]])
        for fault in found["violations"]
        if fault["impact"] in {"serious", "critical"}
    ]
    assert not serious
