"""Takes the pictures in docs/img, of a running server with the sample city.

python -m tests.web.screenshots --token TOKEN [--url http://127.0.0.1:8000] [--out docs/img] [--only planner]
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import APIRequestContext, Browser, Page, sync_playwright

from tests.web.conftest import FLAGS

#: Size of the screen, and the quality that keeps all pictures together below 6 MB.
SIZES = {(1366, 768): 70, (1920, 1080): 65, (3840, 2160): 20}
#: Where the planner's pictures are drawn.
COMMUNITY = "440304004023"
#: Name of the picture, address (`{plan}` is a draft made for them), and what a page with a map is waited for:
#: it is live, so never without a question.
PAGES = (
    ("command-centre", "/?look=dark&days=365", "#map"),
    ("district", "/?division=440304&days=365&look=light&language=en", "#map"),
    ("grid-card", "/?division=440304004&days=365&select=grid:440304004031004&look=light", "#map"),
    ("planner", f"/planner?plan={{plan}}&community={COMMUNITY}&select={{part}}&look=dark", "#side canvas"),
    (
        "planner-compare",
        f"/planner?plan={{plan}}&community={COMMUNITY}&panel=compare&look=light&language=en",
        "#side .loads",
    ),
    ("planner-design", f"/planner?plan={{plan}}&community={COMMUNITY}&look=dark", "#side canvas"),
    (
        "planner-leave",
        f"/planner?plan={{plan}}&community={COMMUNITY}&panel=leave&select={{kept}}&look=light",
        "[data-key=leave-show]",
    ),
    ("reports", "/reports?division=440305&level=street&measure=roads_ratio&look=light", "#map"),
    ("reports-workload", "/reports?subject=workload&chosen=440307&look=dark&language=en", "#map"),
    ("login", "/login", None),
    ("accounts", "/admin/accounts", None),
    ("docs", "/docs", None),
)


def take(page: Page, address: str, wanted: str | None) -> None:
    """Go to an address and wait until nothing is missing from the picture."""
    page.goto(address, wait_until="load")
    if wanted is None:
        page.wait_for_load_state("networkidle")
        return
    page.wait_for_selector("html[data-ready]", timeout=120_000)
    page.wait_for_selector(wanted, timeout=120_000)
    page.wait_for_selector("#map[data-idle]", timeout=120_000)


def design(page: Page) -> None:
    """Let the community be designed, until the best so far is drawn."""
    page.keyboard.press("b")
    page.locator("#dialog [name=effort]").fill("10")
    page.locator("#dialog [type=submit]").click()
    page.wait_for_selector("#map[data-proposed]:not([data-proposed='0'])", timeout=120_000)
    page.wait_for_selector("#map[data-idle]", timeout=120_000)


def show_leave(page: Page) -> None:
    """Ask who would cover for the worker of the grid that is selected."""
    page.locator("[data-key=leave-show]").click()
    page.wait_for_selector("[data-key=leave-confirm]", timeout=120_000)
    page.wait_for_selector("#map[data-idle]", timeout=120_000)


#: What is done on a page before its picture is taken.
ACTS = {"planner-design": design, "planner-leave": show_leave}


@contextmanager
def draft(ask: APIRequestContext, url: str) -> Iterator[dict[str, str]]:
    """Make a draft with something to see in it, and throw it away again."""

    def edit(operation: str, **arguments: Any) -> Any:
        return ask.post(f"{plans}/{plan}/edits", data={"operation": operation, "arguments": arguments}).json()

    plans = f"{url}/api/plans"
    plan = ask.post(plans, data={"name": "秋季调整"}).json()["id"]
    found = ask.get(f"{plans}/{plan}/grids", params={"community": COMMUNITY}).json()["features"]
    keys = [grid["id"] for grid in sorted(found, key=lambda grid: grid["properties"]["households"] or 0)]
    parts = edit("split_into", key=keys[-1], n=3)["grids"]["features"]
    edit("lock", keys=keys[-3:-1], locked=True)
    edit("assign", keys=keys[1:2], worker_code=None)
    new = [part["id"] for part in parts if part["properties"]["code"] is None]
    yield {"plan": str(plan), "part": new[0], "kept": keys[-3]}
    ask.delete(f"{plans}/{plan}")


def photograph(browser: Browser, size: tuple[int, int], arguments: argparse.Namespace) -> None:
    """Take all pictures of one size."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        extra_http_headers={"Authorization": f"Bearer {arguments.token}"},
    )
    with draft(context.request, arguments.url) as drawn:
        for name, address, wanted in PAGES:
            if not name.startswith(arguments.only):
                continue
            page = context.new_page()
            take(page, arguments.url + address.format(**drawn), wanted)
            if name in ACTS:
                ACTS[name](page)
            file = arguments.out / f"{name}-{width}x{height}.jpg"
            page.screenshot(path=file, type="jpeg", quality=SIZES[size], timeout=120_000)
            page.close()
    context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--token", required=True)
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    parser.add_argument("--only", default="", help="first letters of the pictures that are taken")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for size in SIZES:
            photograph(browser, size, arguments)
        browser.close()


if __name__ == "__main__":
    main()
