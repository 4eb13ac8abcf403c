"""Grids: the polygons everything is counted by."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Identity, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gridgis.models.base import Base, Imported, geometry, tile_geometry


class Grid(Imported, Base):
    """One published grid; the code stands for this one polygon for ever (invariant 3), so it is the key.

    The grids in force at an instant are those with ``valid_from <= t < coalesce(valid_to, 'infinity')``.
    """

    __tablename__ = "grids"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{14,16}$' AND substr(code, 13) !~ '^0+$'", name="code"),
        CheckConstraint("left(code, 12) = community_code", name="community"),
        CheckConstraint("valid_to > valid_from", name="validity"),
        CheckConstraint("(valid_to IS NULL) = (retired_by IS NULL)", name="retired"),
        CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="valid"),
        CheckConstraint("area_m2 > 0", name="area"),
        CheckConstraint("sub_status IS NULL OR kind IS NOT NULL", name="sub_status"),
        # locate (functions/locate.sql), bulk joins, export by bbox
        Index("ix_grids_geom", "geom", postgresql_using="gist"),
        # grids tiles
        Index("ix_grids_geom_3857", "geom_3857", postgresql_using="gist"),
        # grids of a division by code prefix: scope, roll-ups, exports
        Index("ix_grids_code_prefix", "code", postgresql_ops={"code": "text_pattern_ops"}),
        # rows of a load, to undo it
        Index("ix_grids_import_id", "import_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), unique=True)  # feature id in tiles
    code: Mapped[str] = mapped_column(primary_key=True)
    community_code: Mapped[str] = mapped_column(ForeignKey("divisions.code"))
    name: Mapped[str | None]
    kind: Mapped[str | None]  # type, of the scheme that the settings name
    sub_status: Mapped[str | None]  # of the type
    area_m2: Mapped[float]
    initial_date: Mapped[date | None] = mapped_column(Date)
    remark: Mapped[str | None]
    introduced_by: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    retired_by: Mapped[int | None] = mapped_column(ForeignKey("plans.id"))
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    geom: Mapped[Any] = geometry("POLYGON")
    geom_3857: Mapped[Any] = tile_geometry("POLYGON")


class GridContent(Base):
    """Which rows of a layer stand in a grid; a trigger keeps it (functions/grid_contents.sql).

    Buildings and components have no index on their grid: a row that changes its grid would write an entry
    into every index of its table. This is that index, a row for each grid, and `grid_code = ...` is asked of
    it: ``standing_in('buildings', codes)``. The key of `GridCount` holds for it too.
    """

    __tablename__ = "grid_contents"

    grid_code: Mapped[str] = mapped_column(primary_key=True)
    layer: Mapped[str] = mapped_column(primary_key=True)
    ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
