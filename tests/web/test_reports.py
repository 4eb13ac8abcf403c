"""The reports as people use them: map, table and chart together, two periods, files, paper, keyboard."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from gridgis.database import transaction
from gridgis.sample.generation import PRESENT
from gridgis.services.measuring.refresh import refresh
from tests.web.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("measured")]

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module", autouse=True)
def measured(server) -> Iterator[None]:
    """Make the figures as on the day of the sample, when its tracks were walked."""
    with transaction(server.engine) as session:
        refresh(session, server.config, PRESENT)
    yield
    with transaction(server.engine) as session:
        for table in ("measure_state", "grid_measures", "community_land", "patrol_days", "track_days"):
            session.execute(text(f"DELETE FROM {table}"))


def _column(page: Page, key: str) -> list[str]:
    number = page.locator("#table thead th").evaluate_all(
        "(cells, key) => cells.findIndex((cell) => cell.querySelector(`[data-key='sort-${key}']`))", key
    )
    return page.locator(f"#table tbody tr > :nth-child({number + 1})").all_inner_texts()


def _numbers(cells: list[str]) -> list[float]:
    return [float("".join(c for c in cell if c.isdigit() or c == ".")) for cell in cells]


def test_figures_map_and_chart_tell_of_the_same_city(visitor: Visitor) -> None:
    page = visitor.open("/reports")
    expect(page.locator("#figures h1")).to_have_text("深圳市")
    districts = page.locator("#table tbody tr").count()
    assert districts >= 9
    expect(page.locator("#chart svg")).to_be_visible()
    counted = sum(map(int, page.locator("#legend .count").all_inner_texts()))
    assert counted == districts
    roads = page.locator("[data-key=define-roads_ratio]")
    assert roads.inner_text() not in {"0%", "无"}


def test_sorting_by_any_figure(visitor: Visitor) -> None:
    page = visitor.open("/reports?subject=workload&language=en")
    minutes = _numbers(_column(page, "minutes"))
    assert minutes == sorted(minutes, reverse=True)
    page.locator("[data-key=sort-visits_min]").click()
    visits = _numbers(_column(page, "visits_min"))
    assert visits == sorted(visits, reverse=True)
    page.locator("[data-key=sort-visits_min]").click()
    assert _numbers(_column(page, "visits_min")) == visits[::-1]
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("visits")


def test_choosing_on_the_table_and_on_the_map_is_one_choice(visitor: Visitor) -> None:
    page = visitor.open("/reports")
    page.wait_for_selector("#map[data-idle]")
    row = page.locator("#table tbody tr").nth(2)
    name = row.locator("button").inner_text()
    row.click()
    expect(row).to_have_attribute("aria-selected", "true")
    expect(page.locator("#figures h1")).to_have_text(name)
    assert "chosen=4403" in page.url
    box = page.locator("#map").bounding_box()
    assert box is not None
    # the middle of the city's box is land in this city
    page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.5)
    chosen = page.locator("#table tr[aria-selected=true]")
    expect(chosen).to_have_count(1)
    expect(page.locator("#figures h1")).not_to_have_text(name)
    expect(page.locator("#figures h1")).to_have_text(chosen.locator("button").inner_text())


def test_drilling_down_to_the_grids_and_back(visitor: Visitor) -> None:
    page = visitor.open("/reports")
    for _ in range(3):
        before = page.inner_text("#figures h1")
        page.locator("#table tbody tr button").first.click()
        page.locator("[data-key=drill]").click()
        expect(page.locator("#controls .trail [aria-current]")).not_to_have_text(before)
    expect(page.locator("[data-key=level]")).to_have_value("grid")
    expect(page.locator("#controls .trail button")).to_have_count(3)
    page.go_back()
    expect(page.locator("#controls .trail button")).to_have_count(2)
    page.locator("#controls .trail button").first.click()
    expect(page.locator("#figures h1")).to_have_text("深圳市")


def test_comparing_with_the_days_before(visitor: Visitor) -> None:
    page = visitor.open("/reports")
    page.locator("[data-key=than]").select_option("before")
    before = page.locator("#table thead th", has_text="对比期")
    expect(before).to_have_count(1)
    expect(page.locator("#figures .change").first).to_contain_text("+")
    first = PRESENT.date() - timedelta(days=55)
    expect(page.locator("#controls .note")).to_contain_text(str(first))
    page.locator("[data-key=than]").select_option("own")
    page.locator("[data-key=than_from]").fill("2026-05-01")
    expect(page.locator("[data-key=than_from]")).to_have_value("2026-05-01")
    page.locator("[data-key=to]").fill("2026-05-31")
    expect(page.locator("[data-key=four]")).to_be_visible()
    page.locator("[data-key=four]").click()
    expect(page.locator("[data-key=four]")).to_have_count(0)


def test_each_figure_leads_to_what_it_means(visitor: Visitor) -> None:
    page = visitor.open("/reports")
    page.locator("[data-key=define-roads_ratio]").click()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("h1 [lang=zh]")).to_have_text("道路巡查覆盖率")
    expect(page.locator("h1 [lang=en]")).to_be_hidden()
    expect(page.locator(".definition")).to_contain_text("patrol_within_m")
    page.locator("#language").click()
    expect(page.locator("h1 [lang=zh]")).to_be_hidden()
    page.go_back()
    page.wait_for_selector("html[data-ready]")
    page.locator("#figures summary").click()
    expect(page.locator("#figures .rules")).to_contain_text("15")


def test_files_open_again_elsewhere(visitor: Visitor) -> None:
    page = visitor.open("/reports?level=street")
    rows = page.locator("#table tbody tr").count()

    def take(key: str) -> bytes:
        with page.expect_download(timeout=120_000) as waiting:
            page.locator(f"#controls [data-key={key}]").click()
        return Path(waiting.value.path()).read_bytes()

    table = pd.read_csv(io.BytesIO(take("csv")), dtype={"code": str})
    assert len(table) == rows
    assert table["code"].str.fullmatch(r"\d{9}").all()
    sheet = openpyxl.load_workbook(io.BytesIO(take("xlsx"))).active
    assert sheet is not None
    assert sheet.max_row == rows + 1
    features = json.loads(take("geojson"))["features"]
    assert {feature["properties"]["code"] for feature in features} == set(table["code"])


@pytest.mark.slow
def test_the_report_on_paper(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open("/reports?language=en")
    with page.expect_download(timeout=170_000) as waiting:
        page.locator("#controls [data-key=pdf]").click()
    file = tmp_path / "report.pdf"
    waiting.value.save_as(file)
    body = file.read_bytes()
    assert body.startswith(b"%PDF")
    assert body.count(b"/Subtype /Image") + body.count(b"/Subtype/Image") >= 6  # a map each
    if shutil.which("pdftotext"):
        words = subprocess.run(
            ["pdftotext", str(file), "-"], capture_output=True, check=True, text=True
        ).stdout
        assert "roads patrolled" in words


def test_words_change_their_language(visitor: Visitor) -> None:
    page = visitor.open("/reports")
    page.locator("#language").click()
    expect(page.locator("#title")).to_have_text("Coverage and workload")
    expect(page.locator("[data-key=sort-roads_ratio]")).to_have_text("roads patrolled")
    page.locator("#look").click()
    expect(page.locator("html")).to_have_attribute("data-look", "light")


def test_by_keyboard_alone(visitor: Visitor) -> None:
    page = visitor.open("/reports")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("#table tbody tr button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#table tbody tr").first).to_have_attribute("aria-selected", "true")
    page.locator("[data-key=sort-overdue]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-key=sort-overdue]")).to_be_focused()
    page.locator("[data-key=measure]").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-key=measure]")).to_have_value("components_ratio")
    page.locator("[data-key=drill]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#controls .trail button")).to_have_count(1)


def test_nothing_serious_for_those_who_hear_or_tab(visitor: Visitor) -> None:
    if not AXE.exists():
        pytest.skip("needs axe-core; make test installs it")
    for address in (
        "/reports?subject=workload&look=light",
        "/reports?chosen=440305",
        "/reports/definitions/minutes",
    ):
        page = visitor.open(address)
        # a policy against foreign scripts holds for this one too
        found: dict[str, Any] = page.evaluate(f"async () => {{ {AXE.read_text()}; return await axe.run(); }}")
        serious = [
            (rule["id"], [node["target"] for node in rule["nodes"]][:3])
            for rule in found["violations"]
            if rule["impact"] in {"serious", "critical"}
        ]
        assert not serious, address


def test_the_command_centre_shows_the_same_figures(visitor: Visitor) -> None:
    with transaction(visitor.server.engine) as session:
        code, worker = session.execute(
            text("SELECT grid_code, worker_code FROM beats WHERE role = 'primary' ORDER BY 1 LIMIT 1")
        ).one()
    page = visitor.open(f"/?select=grid:{code}&theme=workload")
    expect(page.locator("#card")).to_contain_text("周工作量")
    expect(page.locator("#legend h3")).to_have_text("周工作量（分钟）")
    page.locator("#card .link", has_text=worker).first.click()
    expect(page.locator("#card .kind")).to_have_text("人员")
    expect(page.locator("#card h2")).to_have_text(worker)
    expect(page.locator("#card .links")).to_contain_text(code)
    page.locator("#pages summary").click()
    page.locator("#pages a").first.click()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#title")).to_have_text("覆盖与工作量")
