"""What every table shares: the metadata, its naming rule, and the columns that recur."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    Float,
    ForeignKey,
    MetaData,
    Text,
    func,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: EPSG numbers of the two stored geometries: GeoJSON's CRS, and the one tiles are cut in.
SRID, TILE_SRID = 4326, 3857


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text, datetime: DateTime(timezone=True), float: Float(53), int: BigInteger}


def geometry(kind: str, *, nullable: bool = False) -> Mapped[Any]:
    """Return the stored geometry, EPSG:4326."""
    return mapped_column(Geometry(kind, srid=SRID, spatial_index=False), nullable=nullable)


def tile_geometry(kind: str) -> Mapped[Any]:
    """Return the Web Mercator copy that the database itself keeps in step, for tiles."""
    return mapped_column(
        Geometry(kind, srid=TILE_SRID, spatial_index=False),
        Computed(f"ST_Transform(geom, {TILE_SRID})", persisted=True),
        nullable=True,
    )


class Imported:
    """Rows that came in by a load: which one (see imports), and when they last changed."""

    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id"))
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Located:
    """Rows that stand somewhere: the grid by the one rule (invariant 2), and how it was found.

    Of layers that `GridCount` counts, the counts refer to the grids, one row a grid, and so keep every code
    of the layer a stored grid's; a look at the grid for every single building would cost a fifth of what it
    costs to give a city other grids.
    """

    grid_code: Mapped[str | None]
    match: Mapped[str] = mapped_column(server_default="none")
    distance_m: Mapped[float | None]


def location_checks() -> tuple[CheckConstraint, CheckConstraint]:
    """Return the constraints that keep `grid_code`, `match` and `distance_m` telling one story."""
    return (
        CheckConstraint("match IN ('covered', 'snapped', 'none')", name="match"),
        CheckConstraint(
            "CASE match WHEN 'covered' THEN grid_code IS NOT NULL AND distance_m = 0"
            " WHEN 'snapped' THEN grid_code IS NOT NULL AND distance_m > 0"
            " ELSE grid_code IS NULL END",
            name="location",
        ),
    )
