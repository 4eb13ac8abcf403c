"""How answers travel: security headers on all of them, gzip on those it helps."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from gridgis.routes.context import context

_PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; connect-src 'self'{tiles}; "
    "img-src 'self' data: blob:{tiles}; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
# A worker obeys the policy of its own script, not the page's: the map's fetches tiles and imports its like.
_SCRIPT_POLICY = "default-src 'none'; connect-src 'self'; script-src 'self'; frame-ancestors 'none'"
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"

_COMPRESSIBLE = ("text/", "application/json", "application/geo+json", "application/problem+json")
_SMALLEST_BYTES = 1000  # below, the header outweighs what is saved
_LEVEL = 4  # a map's JSON shrinks to within a tenth of the best, in a third of the time
_GZIP_WBITS = 31  # zlib's number for "with gzip's own header and checksum"


def install(app: Flask) -> None:
    """Finish every answer of `app`; pages get `csp_nonce()` for their import map."""
    app.after_request(_secure)
    app.after_request(_compress)
    app.jinja_env.globals["csp_nonce"] = csp_nonce


def csp_nonce() -> str:
    """Return the nonce that an inline script of the present page must carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _secure(response: Response) -> Response:
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    if "Content-Security-Policy" not in headers:
        headers["Content-Security-Policy"] = _policy(response.mimetype)
    # What a caller may see depends on the caller: no shared cache keeps it unless the route says so.
    headers.setdefault("Cache-Control", "private, no-cache")
    return response


def _policy(mimetype: str | None) -> str:
    if mimetype == "text/html":
        return _PAGE_POLICY.format(nonce=csp_nonce(), tiles=_picture_tiles())
    return _SCRIPT_POLICY if mimetype == "text/javascript" else _DATA_POLICY


def _picture_tiles() -> str:
    """Return the one other host that pages may ask, with a space before it, where the city has set one."""
    address = urlsplit(context().config.base_layer_url)
    return f" {address.scheme}://{address.netloc}" if address.netloc else ""


def _compress(response: Response) -> Response:
    if not (response.mimetype or "").startswith(_COMPRESSIBLE) or "Content-Encoding" in response.headers:
        return response
    if response.mimetype == "text/event-stream":  # compressed, an event would wait for the next ones
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code in {204, 206, 304} or not request.accept_encodings["gzip"]:
        return response
    if response.is_streamed:
        response.direct_passthrough = False
        # closed by the answer: a generator that nobody began to read runs no clause of its own at its end
        if (close := getattr(response.response, "close", None)) is not None:
            response.call_on_close(close)
        response.response = _gzipped(response.response)
        response.headers.pop("Content-Length", None)
    else:
        body = response.get_data()
        if len(body) < _SMALLEST_BYTES:
            return response
        response.set_data(zlib.compress(body, _LEVEL, _GZIP_WBITS))
    response.headers["Content-Encoding"] = "gzip"
    # One resource, two encodings: only a weak tag may stand for both.
    tag, _ = response.get_etag()
    if tag is not None:
        response.set_etag(tag, weak=True)
    return response


def _gzipped(chunks: Iterable[bytes | str]) -> Iterator[bytes]:
    """Compress a stream; the first chunk is flushed, so that the reader sees at once that something comes."""
    squeeze = zlib.compressobj(_LEVEL, wbits=_GZIP_WBITS)
    flushed = False
    for chunk in chunks:
        out = squeeze.compress(chunk.encode() if isinstance(chunk, str) else chunk)
        if not flushed:
            out += squeeze.flush(zlib.Z_SYNC_FLUSH)
            flushed = True
        if out:
            yield out
    yield squeeze.flush()
