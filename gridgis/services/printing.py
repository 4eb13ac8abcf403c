"""A page of ours as a PDF, printed by the Chromium of this machine when the page says that it is complete.

Chromium is told what to do through a pipe (its ``--remote-debugging-pipe``): messages of the DevTools
protocol, JSON with a NUL after each. So no secret stands in a command line, and no port is opened.
"""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from gridgis.errors import Unavailable
from gridgis.services.map_pictures import find_chromium

_TIMEOUT_S = 120.0
_BETWEEN_S = 0.1  # between two looks whether the page is complete

_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--hide-scrollbars",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # maps are drawn in software: a server has no graphics card
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--window-size=1100,1500",
)
#: A4, in the inches that the protocol speaks.
_PAPER = {"paperWidth": 8.27, "paperHeight": 11.69, "marginTop": 0.5, "marginBottom": 0.6, "marginLeft": 0.5, "marginRight": 0.5}  # noqa: E501  # fmt: skip
_FOOTER = (
    '<div style="width:100%;font-size:8px;text-align:center;color:#555">'
    '<span class="pageNumber"></span> / <span class="totalPages"></span></div>'
)


def print_page(url: str, cookie: Mapping[str, str]) -> bytes:
    """Return the PDF of a page that sets ``data-printed`` on its root when it is complete.

    Parameters
    ----------
    cookie
        Name and value of the one cookie that Chromium brings along.

    Raises
    ------
    Unavailable
        Chromium is not installed, did not start, or the page was not complete within two minutes.
    """
    end = time.monotonic() + _TIMEOUT_S
    with _chromium() as browser:
        target = browser.ask("Target.createTarget", {"url": "about:blank"}, end)["targetId"]
        page = browser.ask("Target.attachToTarget", {"targetId": target, "flatten": True}, end)["sessionId"]
        ((name, value),) = cookie.items()
        browser.ask("Network.setCookie", {"name": name, "value": value, "url": url}, end, page)
        browser.ask("Page.navigate", {"url": url}, end, page)
        expression = {"expression": "document.documentElement.dataset.printed === 'true'"}
        while not browser.ask("Runtime.evaluate", expression, end, page)["result"].get("value"):
            time.sleep(_BETWEEN_S)
        wishes: dict[str, Any] = {
            **_PAPER,
            "printBackground": True,
            "displayHeaderFooter": True,
            "generateTaggedPDF": True,
        }
        wishes |= {"headerTemplate": "<span></span>", "footerTemplate": _FOOTER}
        return base64.b64decode(browser.ask("Page.printToPDF", wishes, end, page)["data"])


class _Browser:
    """One Chromium at the other end of two pipes."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._asked, self._unread = 0, b""

    def ask(self, method: str, wishes: Mapping[str, Any], end: float, page: str | None = None) -> Any:
        """Send a command and return its result; events that come before it are passed over."""
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": wishes}
        if page is not None:
            message["sessionId"] = page
        try:
            os.write(self._to, json.dumps(message).encode() + b"\0")
        except BrokenPipeError as error:
            raise Unavailable("Chromium ended before the report was printed") from error
        while True:
            told = json.loads(self._next(end))
            if told.get("id") == self._asked:
                if "error" in told:
                    raise Unavailable(f"Chromium refused {method}: {told['error'].get('message')}")
                return told["result"]

    def _next(self, end: float) -> bytes:
        while b"\0" not in self._unread:
            if not select.select([self._back], [], [], max(0.0, end - time.monotonic()))[0]:
                raise Unavailable(f"Chromium did not print the report within {_TIMEOUT_S:.0f} s")
            piece = os.read(self._back, 1 << 20)
            if not piece:
                raise Unavailable("Chromium ended before the report was printed")
            self._unread += piece
        message, _, self._unread = self._unread.partition(b"\0")
        return message


@contextmanager
def _chromium() -> Iterator[_Browser]:
    """Start Chromium with a profile of its own and end it with all its processes."""
    # it reads from descriptor 3 and writes to 4
    shell = ["/bin/sh", "-c", 'exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>/dev/null']
    command = [*shell, find_chromium("PDF"), *_FLAGS]
    if os.geteuid() == 0:  # Chromium has no sandbox for root
        command.append("--no-sandbox")
    its_in, our_out = os.pipe()
    our_in, its_out = os.pipe()
    with tempfile.TemporaryDirectory(prefix="gridgis-print-", ignore_cleanup_errors=True) as home:
        process = subprocess.Popen(
            [*command, f"--user-data-dir={home}"],
            stdin=its_in,
            stdout=its_out,
            stderr=subprocess.DEVNULL,
        )
        os.close(its_in)
        os.close(its_out)
        try:
            yield _Browser(our_out, our_in)
        finally:
            os.close(our_out)  # it ends when nobody is left to tell it anything
            os.close(our_in)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
