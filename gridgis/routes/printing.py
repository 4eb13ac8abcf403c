"""Our own pages for our own printer: a server on the loopback for one caller, one browser and one report."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from flask import current_app

from gridgis.errors import Unavailable
from gridgis.routes import caller
from gridgis.routes.caller import Caller
from gridgis.services.printing import print_page

_COOKIE = "gridgis_print"
_PATIENCE_S = 60.0

#: Chromium takes some 300 MB: one at a time in each server process.
_turn = threading.Lock()


def printed(path: str) -> bytes:
    """Return a page of this application as a PDF, with what the present caller may see on it.

    Raises
    ------
    Unavailable
        Chromium is missing or fails, or others print for longer than one can wait.
    """
    if not _turn.acquire(timeout=_PATIENCE_S):
        raise Unavailable("other reports are being printed; try again in a minute")
    try:
        with _served(caller.current()) as (url, secret):
            return print_page(url + path, {_COOKIE: secret})
    finally:
        _turn.release()


@contextmanager
def _served(who: Caller) -> Iterator[tuple[str, str]]:
    """Serve the application to whoever knows a secret, as far as `who` may read; yield URL and secret."""
    app: Any = current_app._get_current_object()  # type: ignore[attr-defined]
    secret = secrets.token_urlsafe(32)

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        shown = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(_COOKIE)
        if environ["REQUEST_METHOD"] != "GET" or not (
            shown and hmac.compare_digest(shown.value.encode(), secret.encode())
        ):
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"not for you"]
        environ[caller.VOUCHED] = who
        answer: Iterable[bytes] = app.wsgi_app(environ, start_response)
        return answer

    server = _Server(("127.0.0.1", 0), _Handler)
    server.set_app(guarded)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", secret
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the application logs its requests itself."""
