"""The stand-alone map where it is meant to be read: in a browser that reaches nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from gridgis.config import Config
from gridgis.sample.generation import PRESENT
from gridgis.scope import EVERYTHING
from gridgis.services import maps

pytestmark = pytest.mark.browser


@pytest.fixture
def file(sample_city: Session, config: Config, tmp_path: Path) -> Path:
    """Bao'an's open incidents by grid, written as `gridgis map` writes them."""
    page = maps.draw(sample_city, EVERYTHING, config, code="440306", theme="open", at=PRESENT)
    file = tmp_path / "map.html"
    file.write_text(page, encoding="utf-8")
    return file


@pytest.fixture
def reader(browser: Browser, file: Path) -> Iterator[Page]:
    """The file opened with no network; it asks for nothing but itself and finds no fault."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(file.as_uri())
    yield page
    context.close()
    assert asked == [file.as_uri()]
    assert not faults


def test_every_grid_is_drawn_in_its_colour(reader: Page, file: Path) -> None:
    drawn = reader.locator("path.leaflet-interactive").evaluate_all(
        "paths => paths.map((path) => [path.getAttribute('fill'), path.getBoundingClientRect().width])"
    )
    written = re.findall(r'"colour": "(#\w{6})"', file.read_text(encoding="utf-8"))
    assert sorted(colour for colour, _ in drawn) == sorted(written)
    assert all(width > 0 for _, width in drawn)


def test_what_it_is_and_how_old_stands_beside_it(reader: Page) -> None:
    beside = reader.locator("aside").inner_text()
    assert "宝安区 · 未结案件" in beside
    assert "数据时间" in beside
    assert "来源" in beside
    swatches = reader.locator("aside li i").evaluate_all(
        "items => items.map((item) => getComputedStyle(item).backgroundColor)"
    )
    assert len(set(swatches)) == len(swatches) > 1


def test_a_grid_says_its_code_and_value(reader: Page) -> None:
    reader.locator("path.leaflet-interactive").nth(40).hover()
    tip = reader.locator(".tip")
    tip.wait_for()
    assert re.search(r"\d{15}.*未结案件: \d", tip.inner_text(), re.DOTALL)


def test_streets_are_named(reader: Page) -> None:
    named = reader.locator(".place").all_inner_texts()
    assert {"新安街道", "西乡街道", "沙井街道"} <= set(named)
