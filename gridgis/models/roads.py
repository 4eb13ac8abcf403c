"""Roads: centre-lines, never called streets (a street is a division)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from gridgis.models.base import Base, Imported, geometry, tile_geometry


class Road(Imported, Base):
    """One centre-line."""

    __tablename__ = "roads"
    __table_args__ = (
        CheckConstraint("class IN ('expressway', 'arterial', 'collector', 'local', 'path')", name="class"),
        CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="valid"),
        # base map tiles
        Index("ix_roads_geom_3857", "geom_3857", postgresql_using="gist"),
        # roads of a grid (patrol length), export by bbox
        Index("ix_roads_geom", "geom", postgresql_using="gist"),
        # rows of a load, to undo it
        Index("ix_roads_import_id", "import_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str | None]
    road_class: Mapped[str] = mapped_column("class", server_default="local")
    length_m: Mapped[float]
    geom: Mapped[Any] = geometry("MULTILINESTRING")
    geom_3857: Mapped[Any] = tile_geometry("MULTILINESTRING")
