"""Finished tiles as files, for a web server in front that sends files itself.

A file is named after what is in it and after the scope it was cut for (the tile's tag), so it is never
written again, never stale and never another caller's. Which tag a caller gets is decided anew at every
request; the folder remembers nothing.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
from pathlib import Path

#: Where the web server in front finds the folder; it answers there only when this server tells it to.
INTERNAL_PREFIX = "/_tiles/"

_log = logging.getLogger(__name__)


def keep(folder: Path, layer: str, tag: str, body: bytes) -> str | None:
    """Have a tile in the folder and return its address below the web server, ``None`` if that failed.

    The file's time is that of its last use: those unused for long may be deleted at any moment.
    """
    name = f"{layer}/{tag[:2]}/{tag}"
    file = folder / name
    try:
        try:
            os.utime(file)
        except FileNotFoundError:
            _write(file, body)
    except OSError as error:
        _log.warning("tile file %s: %s", file, error)
        return None
    return INTERNAL_PREFIX + name


def _write(file: Path, body: bytes) -> None:
    """Write a file that others see complete or not at all; its group, the web server's, may read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(body)
        draft.replace(file)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
