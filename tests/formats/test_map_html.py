"""A page that needs nobody else."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from gridgis.formats.map_html import RAMPS, ZERO, Area, Assets, LegendRow, Outline, Sheet, policy, render

WEB = Path(__file__).resolve().parents[2] / "web"
ASSETS = Assets(
    "/* see https://example.org */ window.L = {};\n//# sourceMappingURL=l.js.map",
    "a { background: url(images/x.png) } b { behavior: url(#default#VML) }",
)
SQUARE = shapely.box(114, 22.5, 114.01, 22.51)
SHEET = Sheet(
    language="zh",
    title="宝安区 · 户数",
    subtitle="深圳市",
    legend_title="户数",
    legend=[LegendRow(ZERO, "0", "1"), LegendRow(RAMPS["stock"][0], "1 – 9", "1")],
    notes=["来源"],
    areas=[Area("440306001001001", "甲", "9", RAMPS["stock"][0], SQUARE)],
    outlines=[Outline(SQUARE, 2.0, "新安街道")],
)


@pytest.fixture(scope="module")
def page() -> str:
    return render(SHEET, ASSETS)


def test_no_address_of_another_host_is_in_it(page: str) -> None:
    assert not re.findall(r"https?://(?!www\.w3\.org/)", page)
    assert not re.findall(r"<(?:link|img|iframe)\b|\bsrc=|sourceMappingURL|@import", page)
    assert re.findall(r"url\(([^)]*)\)", page) == ["#default#VML"]


def test_it_forbids_itself_every_request(page: str) -> None:
    head = page[: page.index("<script>")]
    assert "default-src &#x27;none&#x27;" in head
    assert policy(page).count("sha256-") == len(re.findall(r"<(?:script|style)>", page))
    assert not re.findall(
        r"\sstyle=|\son\w+=", re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL)
    )


def test_everything_said_is_on_it(page: str) -> None:
    for words in ("宝安区 · 户数", "深圳市", "1 – 9", "来源", '<html lang="zh">'):
        assert words in page


def test_equal_sheets_are_equal_pages(page: str) -> None:
    assert render(SHEET, ASSETS) == page


def test_names_are_text_and_never_code() -> None:
    nasty = "</script><img src=x onerror=alert(1)>"
    area = Area("440306001001001", nasty, nasty, ZERO, SQUARE)
    outline = Outline(SQUARE, 1, nasty)
    page = render(replace(SHEET, title=nasty, notes=[nasty], areas=[area], outlines=[outline]), ASSETS)
    assert "<img" not in page
    assert page.count("<script>") == page.count("</script>")


def test_its_colours_are_those_of_the_live_map() -> None:
    light = (WEB / "css" / "tokens.css").read_text(encoding="utf-8").split('[data-look="light"]')[1]
    for name, ramp in RAMPS.items():
        assert tuple(re.findall(rf"--{name}-\d: (#\w{{6}})", light)) == ramp
    assert f"--map-land: {ZERO}" in light
