"""From navigation to the first useful picture of the command centre in headless Chromium, in one run.

    python bench/first_picture.py --token TOKEN [--url http://127.0.0.1:8000] [--rounds 5] [--size 1920x1080]

The server must be up (make demo) and is asked once before, so that it is warm; each round has an empty
browser cache. The picture is useful when every grid of the city is drawn and the numbers are filled in
(#map[data-drawn]); it is whole when nothing is missing, names and marks included, and the live part runs
(html[data-ready], #map[data-idle]). The page itself notes the moments. Prints seconds and bytes
transferred, compressed, tiles included. Chromium draws in software here: a graphics card is faster.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time

from playwright.sync_api import Browser, Request, sync_playwright

FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def picture(browser: Browser, url: str, token: str, size: tuple[int, int]) -> tuple[float, float, float, int]:
    """Return seconds to the numbers, to the drawn grids and to the whole picture, and bytes transferred."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        extra_http_headers={"Authorization": f"Bearer {token}"},
    )
    page = context.new_page()
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - it is written on
    began_s = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(".figure .value", timeout=60_000)
    numbers_s = time.perf_counter() - began_s
    page.wait_for_selector("#map[data-drawn]", timeout=60_000)
    drawn_s = time.perf_counter() - began_s
    page.wait_for_selector("html[data-ready]", timeout=60_000)
    page.wait_for_selector("#map[data-idle]", timeout=60_000)
    whole_s = time.perf_counter() - began_s
    sizes = [request.sizes() for request in requests]
    context.close()
    return (
        numbers_s,
        drawn_s,
        whole_s,
        sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--token", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", default="1920x1080")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        picture(browser, arguments.url, arguments.token, (width, height))
        rounds = [
            picture(browser, arguments.url, arguments.token, (width, height)) for _ in range(arguments.rounds)
        ]
        browser.close()
    numbers, drawn, whole, transferred = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(
        f"numbers after {numbers:.2f} s, grids drawn after {drawn:.2f} s (at most 3),"
        f" nothing missing after {whole:.2f} s, {transferred / 1e6:.2f} MB transferred (at most 3);"
        f" median of {arguments.rounds}"
    )


if __name__ == "__main__":
    main()
