"""Commands that change something or take data out: who gives them, and their row in the audit log."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gridgis.database import transaction
from gridgis.services import audit
from gridgis.services.accounts import ADMINISTRATOR

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session


def actor() -> str:
    """Return what the audit log calls whoever gives the command: the user of this machine."""
    return f"command:{getpass.getuser()}"


@contextmanager
def changing(engine: Engine, action: str, target: object = "", **details: Any) -> Iterator[Session]:
    """Open the command's one transaction; it is committed together with its row in the audit log."""
    with transaction(engine) as session:
        yield session
        noted(session, action, target, **details)


def noted(session: Session, action: str, target: object = "", **details: Any) -> None:
    """Append the row of a command to the audit log."""
    audit.record(session, audit.Deed(actor(), ADMINISTRATOR, action, str(target), details=details))


def leaving(engine: Engine, command: str, target: object, **details: Any) -> None:
    """Write down what a command takes out, before it does; `details` that are empty are left out."""
    with changing(engine, command, target, **{name: value for name, value in details.items() if value}):
        pass
