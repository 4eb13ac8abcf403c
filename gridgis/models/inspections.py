"""Inspections: one dated look at a building or a component."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from gridgis.models.base import Base, Imported


class Inspection(Imported, Base):
    """Who looked at what, when, and what they found."""

    __tablename__ = "inspections"
    __table_args__ = (
        CheckConstraint("num_nonnulls(building_id, component_id) = 1", name="one_object"),
        CheckConstraint("result IN ('unchanged', 'corrected', 'gone', 'no_access')", name="result"),
        # last inspection of a building or component: overdue lists, cards
        Index("ix_inspections_building_id_inspected_at", "building_id", "inspected_at"),
        Index("ix_inspections_component_id_inspected_at", "component_id", "inspected_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    building_id: Mapped[int | None] = mapped_column(ForeignKey("buildings.id", ondelete="CASCADE"))
    component_id: Mapped[int | None] = mapped_column(ForeignKey("components.id", ondelete="CASCADE"))
    worker_code: Mapped[str | None] = mapped_column(ForeignKey("workers.code"))
    inspected_at: Mapped[datetime]
    result: Mapped[str] = mapped_column(server_default="unchanged")
