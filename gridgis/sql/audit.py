"""The audit log: a row written, rows found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, text
from sqlalchemy.orm import Session

from gridgis.models.accounts import AuditRow


def insert_row(session: Session, values: Mapping[str, Any]) -> None:
    """Append a row."""
    session.execute(insert(AuditRow).values(**values))


def select_rows(
    session: Session,
    *,
    actor: str | None,
    words: str | None,
    start: datetime | None,
    end: datetime | None,
    before: int | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Return rows, newest first.

    Parameters
    ----------
    actor
        Whose rows.
    words
        Found anywhere in action, target, details or address, whatever the case.
    start, end
        From [start, end).
    before
        Rows with a smaller id: the next page.
    """
    conditions, binds = ["true"], {"limit": limit}  # type: tuple[list[str], dict[str, Any]]
    for name, value, condition in (
        ("actor", actor, "actor = :actor"),
        ("start", start, "at >= :start"),
        ("end", end, "at < :end"),
        ("before", before, "id < :before"),
        (
            "words",
            words and words.lower(),
            "strpos(lower(concat_ws(' ', action, target, details, remote)), :words) > 0",
        ),
    ):
        if value:
            conditions.append(condition)
            binds[name] = value
    return session.execute(
        text(f"""
            SELECT id, at, actor, role, action, target, remote, request_id, details
            FROM audit WHERE {" AND ".join(conditions)} ORDER BY id DESC LIMIT :limit
        """),  # noqa: S608 - constant conditions
        binds,
    ).all()
