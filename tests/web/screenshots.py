"""Takes the pictures in docs/img, of a running server with the sample city.

python -m tests.web.screenshots --token TOKEN [--url http://127.0.0.1:8000] [--out docs/img]
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.web.conftest import FLAGS

#: Size of the screen, and the quality that keeps all pictures together below 3 MB.
SIZES = {(1366, 768): 70, (1920, 1080): 65, (3840, 2160): 20}
#: Name of the picture, address, whether there is a map to wait for.
PAGES = (
    ("command-centre", "/?look=dark&days=365", True),
    ("district", "/?division=440304&days=365&look=light&language=en", True),
    ("grid-card", "/?division=440304004&days=365&select=grid:440304004031004&look=light", True),
    ("login", "/login", False),
    ("accounts", "/admin/accounts", False),
    ("docs", "/docs", False),
)


def take(page: Page, address: str, *, has_map: bool) -> None:
    """Go to an address and wait until nothing is missing from the picture."""
    page.goto(address, wait_until="load")
    if has_map:
        page.wait_for_selector("html[data-ready]", timeout=120_000)
        page.wait_for_selector("#map[data-idle]", timeout=120_000)
    else:
        page.wait_for_load_state("networkidle")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--token", required=True)
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for (width, height), quality in SIZES.items():
            context = browser.new_context(
                viewport={"width": width, "height": height},
                extra_http_headers={"Authorization": f"Bearer {arguments.token}"},
            )
            for name, address, has_map in PAGES:
                page = context.new_page()
                take(page, arguments.url + address, has_map=has_map)
                file = arguments.out / f"{name}-{width}x{height}.jpg"
                page.screenshot(path=file, type="jpeg", quality=quality, timeout=120_000)
                page.close()
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
