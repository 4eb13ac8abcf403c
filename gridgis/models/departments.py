"""Departments: who is competent for, owns or maintains things, and who handles incidents."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gridgis.models.base import Base, Imported


class Department(Imported, Base):
    """A bureau, street office or company, by its social-credit code or a local one."""

    __tablename__ = "departments"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9A-Z-]{1,18}$'", name="code"),
        CheckConstraint("kind IN ('bureau', 'street_office', 'company', 'centre', 'other')", name="kind"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="other")
    division_code: Mapped[str | None] = mapped_column(ForeignKey("divisions.code"))
