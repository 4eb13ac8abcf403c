"""A picture of a page, taken by the Chromium of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from gridgis.errors import Unavailable

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_TIMEOUT_S = 120

_FLAGS = (
    "--headless",
    "--hide-scrollbars",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    # it is to draw one file, not to look for news
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=5000",
)


def find_chromium(product: str) -> str:
    """Return the path of this machine's Chromium.

    Raises
    ------
    Unavailable
        It is not installed; the message says that the `product` needs it.
    """
    chromium = next(filter(None, map(shutil.which, _NAMES)), None)
    if chromium is None:
        raise Unavailable(
            f"a {product} needs Chromium, which is not installed; install it with: apt-get install chromium "
            "(and fonts-noto-cjk for Chinese)"
        )
    return chromium


def photograph(
    page: Path, out: Path, *, fragment: str = "", width_px: int = 1600, height_px: int = 1200
) -> None:
    """Write a PNG of an HTML file as a window of that size shows it.

    Raises
    ------
    Unavailable
        Chromium is not installed, or did not draw the page within two minutes.
    """
    chromium = find_chromium("PNG")
    with tempfile.TemporaryDirectory(prefix="gridgis-picture-", ignore_cleanup_errors=True) as home:
        draft = Path(home) / "picture.png"
        flags = [f"--window-size={width_px},{height_px}", f"--screenshot={draft}"]
        _draw(chromium, page, flags, draft, fragment)
        try:
            shutil.copyfile(draft, out)
        except OSError as error:
            raise Unavailable(f"{out} cannot be written: {error.strerror}") from error


def print_sheet(page: str) -> bytes:
    """Return the PDF of a stand-alone HTML page, on paper of the size that the page itself names.

    Raises
    ------
    Unavailable
        Chromium is not installed, or did not draw the page within two minutes.
    """
    chromium = find_chromium("PDF")
    with tempfile.TemporaryDirectory(prefix="gridgis-picture-", ignore_cleanup_errors=True) as home:
        file, draft = Path(home) / "sheet.html", Path(home) / "sheet.pdf"
        file.write_text(page, encoding="utf-8")
        _draw(chromium, file, [f"--print-to-pdf={draft}", "--no-pdf-header-footer"], draft)
        return draft.read_bytes()


def _draw(chromium: str, page: Path, flags: list[str], draft: Path, fragment: str = "") -> None:
    """Let Chromium write the file `draft`, beside which it keeps its profile."""
    command = [
        chromium,
        *_FLAGS,
        *(["--no-sandbox"] if os.geteuid() == 0 else []),  # Chromium has no sandbox for root
        f"--user-data-dir={draft.parent}/profile",
        *flags,
        f"{page.resolve().as_uri()}#{fragment}",
    ]
    try:
        run = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False, text=True)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"Chromium did not draw {page.name} within {_TIMEOUT_S} s") from error
    if not draft.is_file():
        why = run.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise Unavailable(f"Chromium did not draw {page.name}: {why[0]}")
