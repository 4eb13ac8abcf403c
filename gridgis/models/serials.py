"""Serials: how far codes have been given out, so that none is ever given twice."""

from __future__ import annotations

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridgis.models.base import Base


class Serial(Base):
    """The highest serial ever given after a prefix; undoing a load or removing a thing leaves it as it is.

    The prefix is a component code or an incident number without its serial.
    """

    __tablename__ = "serials"
    __table_args__ = (CheckConstraint("highest > 0", name="highest"),)

    prefix: Mapped[str] = mapped_column(primary_key=True)
    highest: Mapped[int]
