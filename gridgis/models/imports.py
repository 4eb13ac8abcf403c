"""Loads: one row each, so that every other row can say which file it came from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridgis.models.base import Base


class Import(Base):
    """One load of one file into one layer."""

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        # "has this file been loaded into this layer before?"; an undone load may be repeated
        Index(
            "uq_imports_layer_sha256", "layer", "sha256", unique=True, postgresql_where="undone_at IS NULL"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    layer: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    source: Mapped[str | None]
    source_crs: Mapped[str | None]  # as given or found: EPSG:4547, GCJ-02, …; the datum of invariant 5
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    loaded_by: Mapped[str]
    loaded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
