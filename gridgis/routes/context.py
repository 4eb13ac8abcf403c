"""What a request needs of the application it is served by: settings, the database, the secrets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, current_app, g, request

from gridgis.config import Config
from gridgis.database import transaction
from gridgis.routes import caller
from gridgis.scope import Scope
from gridgis.services import audit
from gridgis.services.locating import Follower
from gridgis.services.tiles.serving import UNASKED_S

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

_KEY = "gridgis"


@dataclass(frozen=True, slots=True)
class Context:
    """One application's settings, engine, admin token, and the look-up that each process keeps."""

    config: Config
    engine: Engine
    admin_token: str
    follower: Follower

    def install(self, app: Flask) -> None:
        """Make this the context of every request of `app`."""
        app.extensions[_KEY] = self


def context() -> Context:
    """Return the context of the application that serves the current request."""
    return cast("Context", current_app.extensions[_KEY])


def reading(scope: Scope | None = None) -> AbstractContextManager[Session]:
    """Open the one transaction of a request that only reads: a single snapshot of what the caller may see.

    `scope` is another part of the city, for what is kept for all callers and filtered for each.
    """
    return transaction(
        context().engine, read_only=True, scope=caller.current().scope if scope is None else scope
    )


@contextmanager
def writing(action: str = "") -> Iterator[Session]:
    """Open the one transaction of a request that writes; committed when the block ends well.

    Nothing is committed without a row in the audit log: `action` names what was done, by default the
    endpoint, and `about` what it was done to.
    """
    with transaction(context().engine, scope=caller.current().scope) as session:
        yield session
        audit.record(session, _deed(action))
    time.sleep(UNASKED_S)  # every process sees it from here on, in its tiles as well


def about(target: object, *, actor: str = "", role: str = "", **details: Any) -> None:
    """Say for the audit log what this request changes, and who does it where nobody is logged in yet."""
    g.about = (str(target), actor, role, details)


def _deed(action: str) -> audit.Deed:
    who = caller.current()
    target, actor, role, details = g.pop("about", (request.path, "", "", {}))
    return audit.Deed(
        actor=actor or who.name,
        role=role or who.role,
        action=action or request.endpoint or "",
        target=target,
        remote=caller.remote_address() or None,
        request_id=g.get("request_id"),
        details=details,
    )
