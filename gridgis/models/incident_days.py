"""Incidents counted by day and division, so that a year of a city is a few thousand rows."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from gridgis.models.base import Base


class IncidentDay(Base):
    """Located incidents reported in one street or community on one local day.

    A trigger keeps it (functions/incident_days.sql). Grids have no rows of their own: with few incidents
    a day in each, they would be as many as the incidents are.
    """

    __tablename__ = "incident_days"
    __table_args__ = (
        CheckConstraint("level IN ('street', 'community')", name="level"),
        # some days of a whole city: without it every day of each division would be read
        Index("ix_incident_days_level_day", "level", "day"),
    )

    level: Mapped[str] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    reported: Mapped[int]
    closed: Mapped[int]  # of those reported
    late: Mapped[int]  # of those closed, the ones after their time limit


class IncidentMonth(Base):
    """How many of the incidents reported in one month (UTC, as their partition) are open.

    The same trigger keeps it. Open ones are looked for from the first month that has any: planning for a
    partition costs as much as looking into it.
    """

    __tablename__ = "incident_months"

    month: Mapped[datetime] = mapped_column(primary_key=True)
    open: Mapped[int]
