"""Takes the pictures in docs/img, of a running server with the sample city.

python -m tests.web.screenshots --token TOKEN [--url http://127.0.0.1:8000] [--out docs/img]
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.web.conftest import FLAGS

#: Name of the picture, address, size of the screen, quality that keeps it below 400 kB.
PICTURES = (
    ("command-centre-1920x1080", "/?look=dark", (1920, 1080), 80),
    ("command-centre-light-1366x768", "/?division=440304&look=light&language=en", (1366, 768), 85),
    ("command-centre-wall-3840x2160", "/?look=dark&theme=households&level=grid", (3840, 2160), 20),
    ("grid-card-1366x768", "/?division=440304004&select=grid:440304004031004&look=light", (1366, 768), 85),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--token", required=True)
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, address, (width, height), quality in PICTURES:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                extra_http_headers={"Authorization": f"Bearer {arguments.token}"},
            )
            page = context.new_page()
            page.goto(arguments.url + address)
            page.wait_for_selector("html[data-ready]", timeout=60_000)
            page.wait_for_selector("#map[data-idle]", timeout=60_000)
            page.screenshot(path=arguments.out / f"{name}.jpg", type="jpeg", quality=quality)
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
