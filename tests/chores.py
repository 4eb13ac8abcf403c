"""Chores for tests of `gridgis.background`: functions that another process finds by name."""

from __future__ import annotations

import os

from sqlalchemy import text

from gridgis.errors import Unavailable


def note(session, _config, _at) -> None:
    """Write down which process looked."""
    session.execute(text("INSERT INTO looks (pid) VALUES (:pid)"), {"pid": os.getpid()})


def refuse(session, _config, _at) -> None:
    """Write something down and then refuse."""
    note(session, _config, _at)
    raise Unavailable("not now")
