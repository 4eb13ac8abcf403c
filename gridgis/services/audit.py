"""Who did what, when, and from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridgis.sql import audit as sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

PAGE = 100


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done; the database says when.

    Attributes
    ----------
    actor, role
        A login, a token's name or a command, and the role it acted in.
    action
        What was done: an endpoint's name, or words such as ``login``.
    target
        What it was done to.
    remote, request_id
        The caller's address, and the request as the server's log names it.
    """

    actor: str
    role: str
    action: str
    target: str = ""
    remote: str | None = None
    request_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def record(session: Session, deed: Deed) -> None:
    """Append a row; it is kept exactly when the transaction is."""
    sql.insert_row(
        session,
        {
            "actor": deed.actor, "role": deed.role, "action": deed.action, "target": deed.target,
            "remote": deed.remote, "request_id": deed.request_id, "details": dict(deed.details),
        },
    )  # fmt: skip


def search(
    session: Session,
    *,
    actor: str | None = None,
    words: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    before: int | None = None,
) -> tuple[Sequence[Row[Any]], int | None]:
    """Return one page of rows, newest first, and the id to ask the next page `before`, if there is one."""
    rows = sql.select_rows(
        session, actor=actor, words=words, start=start, end=end, before=before, limit=PAGE + 1
    )
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None
