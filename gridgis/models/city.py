"""What a database was made for, and how far each layer has moved on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from gridgis.models.base import Base


class City(Base):
    """The one row that ties stored metres and codes to the settings they were computed under."""

    __tablename__ = "city"
    __table_args__ = (CheckConstraint("single", name="one_row"),)

    single: Mapped[bool] = mapped_column(primary_key=True, server_default="true")
    root_division: Mapped[str]
    metric_srid: Mapped[int]
    code_profile: Mapped[str]
    time_zone: Mapped[str] = mapped_column(server_default="Asia/Shanghai")  # of incident_days


class LayerVersion(Base):
    """A number per layer that grows with every committed change (triggers: functions/versions.sql)."""

    __tablename__ = "layer_versions"

    layer: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(server_default="0")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
