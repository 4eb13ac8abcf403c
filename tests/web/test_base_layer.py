"""The city's own background on the page: asked for when it is switched on, and not before."""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Server, Visitor

pytestmark = pytest.mark.browser


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


#: One grey pixel.
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\x80"))
    + _chunk(b"IEND", b"")
)


@pytest.fixture
def pictures() -> Iterator[tuple[str, list[str]]]:
    """Another host that has picture tiles: its address, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            self.wfile.write(PNG)

        def log_message(self, *_arguments: object) -> None:
            pass

    host = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=host.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{host.server_port}", asked
    host.shutdown()
    thread.join()
    host.server_close()


@pytest.fixture
def city_with_base(visitor: Visitor, pictures: tuple[str, list[str]]) -> Iterator[Visitor]:
    """The visitor, at a server whose city has set that host."""
    url = f"{pictures[0]}/{{z}}/{{x}}/{{y}}.png"
    config = replace(
        visitor.server.config, base_layer_url=url, base_layer_name="影像", base_layer_attribution="© 某局"
    )
    server = Server(config, visitor.server.engine)
    server.start()
    visitor.server = server
    yield visitor
    visitor.page.close()
    server.stop()


def test_it_is_asked_for_only_when_it_is_switched_on(
    city_with_base: Visitor, pictures: tuple[str, list[str]]
) -> None:
    page = city_with_base.open("/?theme=none")
    page.wait_for_selector("#map[data-idle]", timeout=30_000)
    assert pictures[1] == []
    page.locator('[data-key="layers"]').click()
    with page.expect_response(lambda response: response.url.startswith(pictures[0])) as answer:
        page.get_by_label("影像").check()
    assert answer.value.status == 200
    expect(page.locator(".maplibregl-ctrl-attrib")).to_contain_text("© 某局")


def test_where_none_is_set_the_menu_has_none(visitor: Visitor) -> None:
    page = visitor.open()
    page.locator('[data-key="layers"]').click()
    expect(page.locator("#layer-menu input")).not_to_have_count(0)
    expect(page.locator('#layer-menu [data-key="layer-base"]')).to_have_count(0)
