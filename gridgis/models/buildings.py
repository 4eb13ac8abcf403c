"""Buildings: footprints with counts, and no word about who lives there (invariant 6)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from gridgis.models.base import Base, Imported, Located, geometry, location_checks, tile_geometry


class Building(Located, Imported, Base):
    """One building; its grid is the one of its point on surface.

    Nothing that a change of grid writes is indexed, and pages are filled by half (migration 0019), so that a
    row gets another grid without an entry in any index. What stands in a grid is asked of `GridContent`.
    """

    __tablename__ = "buildings"
    __table_args__ = (
        *location_checks(),
        CheckConstraint("floors >= 0 AND floors <= 300", name="floors"),
        CheckConstraint("height_m >= 0 AND height_m <= 1000", name="height"),
        CheckConstraint("households >= 0 AND population >= 0 AND firms >= 0", name="counts"),
        CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="valid"),
        # buildings tiles, exports by bbox, nearest address
        Index("ix_buildings_geom_3857", "geom_3857", postgresql_using="gist"),
        # rows of a load, to undo it; they lie together
        Index("ix_buildings_import_id", "import_id", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    source_id: Mapped[str | None]
    name: Mapped[str | None]
    address: Mapped[str | None]
    use: Mapped[str | None]
    floors: Mapped[int | None]
    height_m: Mapped[float | None]
    households: Mapped[int | None]
    population: Mapped[int | None]
    firms: Mapped[int | None]
    has_contact: Mapped[bool] = mapped_column(server_default="false")
    footprint_m2: Mapped[float]
    geom: Mapped[Any] = geometry("MULTIPOLYGON")
    geom_3857: Mapped[Any] = tile_geometry("MULTIPOLYGON")


class BuildingPieces(Base):
    """Every one and every two neighbouring characters of a building's name and address, kept by a trigger.

    Not in `buildings`: its index is by far the dearest to write, and a building that changes its grid, as all
    of them do when a whole city is redrawn, keeps its words.
    """

    __tablename__ = "building_pieces"
    __table_args__ = (
        # search by any part of a name or address (functions/search.sql)
        Index("ix_building_pieces_pieces", "pieces", postgresql_using="gin"),
    )

    building_id: Mapped[int] = mapped_column(ForeignKey("buildings.id", ondelete="CASCADE"), primary_key=True)
    pieces: Mapped[list[str]] = mapped_column(ARRAY(Text))
