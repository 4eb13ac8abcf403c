"""The class catalogue in the database, against which components and incidents are checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridgis.models.classes import Class


def replace_all(session: Session, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write every class over what is there and return how many; classes in use are never deleted."""
    values = [dict(row) for row in rows]
    statement = insert(Class)
    key = ("profile", "kind", "code")
    changed = {c.name: statement.excluded[c.name] for c in Class.__table__.columns if c.name not in key}
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), values)
    return len(values)
