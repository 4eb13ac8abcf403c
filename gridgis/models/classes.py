"""Classes: the closed sets of what a component can be and an incident can be about, by profile."""

from __future__ import annotations

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridgis.models.base import Base


class Class(Base):
    """One minor class; a code means nothing without its profile and kind, so all three are the key."""

    __tablename__ = "classes"
    __table_args__ = (
        CheckConstraint("kind IN ('component', 'event')", name="kind"),
        CheckConstraint("code = major || minor AND code ~ '^[0-9]{4,5}$'", name="code"),
        CheckConstraint("geometry IN ('point', 'line', 'polygon')", name="geometry"),
        CheckConstraint("accuracy IN ('A', 'B', 'C')", name="accuracy"),
    )

    profile: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    major: Mapped[str]
    major_zh: Mapped[str]
    major_en: Mapped[str]
    minor: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    geometry: Mapped[str]
    accuracy: Mapped[str]
    evidence: Mapped[str]
    reserved: Mapped[bool] = mapped_column(server_default="false")  # about people: readable, never reportable
