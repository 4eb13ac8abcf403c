"""What one building's card says beside its own attributes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session


def last_inspected_at(session: Session, code: str) -> datetime | None:
    """Return when somebody last looked at the building."""
    return session.scalar(
        text("""
            SELECT max(i.inspected_at) FROM inspections i JOIN buildings b ON b.id = i.building_id
            WHERE b.code = :code
        """),
        {"code": code},
    )
