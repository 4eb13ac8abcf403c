"""Inspection cycles: within how many days a kind of thing is to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session


def select_cycles(session: Session) -> Sequence[Row[Any]]:
    """Return layer, class_prefix and days of every cycle."""
    return session.execute(
        text("SELECT layer, class_prefix, days FROM cycles ORDER BY layer, class_prefix")
    ).all()


def put(session: Session, layer: str, class_prefix: str, days: int) -> None:
    """Store one cycle over the one there is."""
    session.execute(
        text("""
            INSERT INTO cycles (layer, class_prefix, days) VALUES (:layer, :class_prefix, :days)
            ON CONFLICT (layer, class_prefix) DO UPDATE SET days = excluded.days
        """),
        {"layer": layer, "class_prefix": class_prefix, "days": days},
    )


def delete(session: Session, layer: str, class_prefix: str) -> bool:
    """Remove one cycle; false where there is none."""
    found = session.scalar(
        text("DELETE FROM cycles WHERE layer = :layer AND class_prefix = :class_prefix RETURNING days"),
        {"layer": layer, "class_prefix": class_prefix},
    )
    return found is not None


def count_classes(session: Session, profile: str, class_prefix: str) -> int:
    """Return how many component classes of a profile begin with these digits."""
    return session.execute(
        text("""
            SELECT count(*) FROM classes
            WHERE profile = :profile AND kind = 'component' AND code ^@ :class_prefix
        """),
        {"profile": profile, "class_prefix": class_prefix},
    ).scalar_one()
