"""What tiles are made from besides the layers: simplified outlines, counts, last positions, changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from gridgis.models.base import TILE_SRID, Base


def _outline(kind: str = "GEOMETRY") -> Mapped[Any]:
    return mapped_column(Geometry(kind, srid=TILE_SRID, spatial_index=False))


class _Shapes:
    """Outlines simplified as one coverage per band of zooms; `geom_zN` serves every zoom up to N.

    A row is missing from the moment its outline changes until the next refresh (services/tiles.py);
    the full outline is drawn meanwhile.
    """

    anchor: Mapped[Any] = _outline("POINT")
    geom_z9: Mapped[Any] = _outline()
    geom_z11: Mapped[Any] = _outline()
    geom_z13: Mapped[Any] = _outline()


class GridShape(_Shapes, Base):
    """Simplified outlines of one grid; `anchor` is where its counts are drawn."""

    __tablename__ = "grid_shapes"

    code: Mapped[str] = mapped_column(ForeignKey("grids.code", ondelete="CASCADE"), primary_key=True)


class DivisionShape(_Shapes, Base):
    """Simplified outlines of one division; `anchor` is where its name is drawn."""

    __tablename__ = "division_shapes"

    code: Mapped[str] = mapped_column(ForeignKey("divisions.code", ondelete="CASCADE"), primary_key=True)


class GridCount(Base):
    """How many rows of a layer stand in a grid; triggers keep it (functions/grid_contents.sql).

    A grid without any has no row. So the key is also what keeps buildings and components in grids that are
    stored: they cannot be in another, and theirs cannot be deleted.
    """

    __tablename__ = "grid_counts"

    grid_code: Mapped[str] = mapped_column(ForeignKey("grids.code"), primary_key=True)
    layer: Mapped[str] = mapped_column(primary_key=True)
    items: Mapped[int]
    households: Mapped[int] = mapped_column(server_default="0")


class WorkerPosition(Base):
    """The newest fix of each worker; a trigger on tracks keeps it."""

    __tablename__ = "worker_positions"
    # workers tiles
    __table_args__ = (Index("ix_worker_positions_geom_3857", "geom_3857", postgresql_using="gist"),)

    worker_code: Mapped[str] = mapped_column(ForeignKey("workers.code", ondelete="CASCADE"), primary_key=True)
    fixed_at: Mapped[datetime]
    accuracy_m: Mapped[float | None]
    geom_3857: Mapped[Any] = _outline("POINT")


class TileVersion(Base):
    """A number per source of tiles; its row is locked until the change commits, so numbers follow commits."""

    __tablename__ = "tile_versions"

    source: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]


class TileChange(Base):
    """Where a committed statement changed what tiles show: a box in EPSG:3857, everywhere when it is null.

    `version` is what the source had reached with it. Triggers write and prune (functions/tile_changes.sql).
    """

    __tablename__ = "tile_changes"
    # what has changed since the version a process knows
    __table_args__ = (Index("ix_tile_changes_source_version", "source", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    version: Mapped[int]
    # PostgreSQL keeps the bare names xmin and xmax to itself
    box_xmin: Mapped[float | None]
    box_ymin: Mapped[float | None]
    box_xmax: Mapped[float | None]
    box_ymax: Mapped[float | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
