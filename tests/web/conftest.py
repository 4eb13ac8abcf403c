"""The command centre as people use it: a real server with a small city, a real Chromium, no outside world."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright
from sqlalchemy import Engine
from werkzeug.serving import BaseWSGIServer, make_server

from gridgis.app import create_app
from gridgis.cluster import Cluster
from gridgis.config import Config
from gridgis.database import make_engine
from tests.conftest import _database

TOKEN = "a token for tests"
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@dataclass
class Server:
    """One server process's worth of threads, which can be taken away and given back."""

    config: Config
    engine: Engine
    port: int = 0
    _server: BaseWSGIServer | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        app = create_app(self.config, engine=self.engine)
        self._hub = app.extensions["gridgis.stream"]
        self._server = make_server("127.0.0.1", self.port, app, threaded=True)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._hub.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass
class Visitor:
    """A page and what went on in it."""

    page: Page
    server: Server
    outside: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def open(self, address: str = "/") -> Page:
        """Go to an address of the server and wait until the page stands."""
        self.page.goto(self.server.url + address)
        self.page.wait_for_selector("html[data-ready]", timeout=30_000)
        return self.page


def serve(test_cluster: Cluster, city_template: str, config: Config) -> Iterator[Server]:
    """Yield a server on a sample city of its own, then stop it."""
    for url in _database(test_cluster, city_template):
        engine = make_engine(url, name="tests web", pool_size=8, statement_timeout_s=20)
        server = Server(replace(config, admin_token=TOKEN), engine)
        server.start()
        yield server
        server.stop()
        engine.dispose()


@pytest.fixture(scope="package")
def server(test_cluster: Cluster, city_template: str, config: Config) -> Iterator[Server]:
    """A server that all tests share, which leave its city as it was."""
    yield from serve(test_cluster, city_template, config)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The system's Chromium; it draws the map in software."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.skip("needs Chromium; make test installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def has_touch() -> bool:
    """Whether the reader has a screen to touch; a module may say so."""
    return False


@pytest.fixture
def visitor(server: Server, browser: Browser, *, has_touch: bool) -> Iterator[Visitor]:
    """A fresh reader, who may ask nobody but the server and must see no fault."""
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", has_touch=has_touch
    )
    visitor = Visitor(context.new_page(), server)

    def guard(route: Route) -> None:
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            # the log-in has its own tests; here everybody is let in
            route.continue_(headers={**route.request.headers, "authorization": f"Bearer {TOKEN}"})
        else:
            visitor.outside.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    visitor.page.on("pageerror", lambda error: visitor.faults.append(str(error)))
    visitor.page.on(
        "console",
        lambda message: (
            visitor.faults.append(message.text)
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    yield visitor
    context.close()
    assert not visitor.outside
    assert not visitor.faults
