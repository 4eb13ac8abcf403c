"""The layers that can leave the city, column by column."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "integer", "real", "boolean", "date", "instant"]

#: Counts of people; each is hidden where it, or a difference of what is shown, would tell too much.
COUNTS = ("households", "population", "firms")


@dataclass(frozen=True, slots=True)
class Column:
    """One exported column.

    Attributes
    ----------
    name
        The same in every format, and the name of the column that loading reads.
    kind
        Its type in formats that have types; codes are text.
    sql
        Expression over the layer's tables, where it is not a column of that name.
    """

    name: str
    kind: Kind = "text"
    sql: str = ""

    @property
    def expression(self) -> str:
        """The SQL of the value."""
        return self.sql or f"t.{self.name}"


@dataclass(frozen=True, slots=True)
class Layer:
    """One exported layer; its main table is called ``t``.

    Attributes
    ----------
    source
        Tables after FROM.
    id
        Name of the column that identifies a feature.
    columns
        All columns that may ever leave, the id first; which ones do is the audience's mask.
    geometry
        Kind of geometry, "Geometry" for mixed ones, "" where the layer has none.
    place
        Expression that the scope and a division are compared with; "" where rows have no code of a place,
        and a division is compared with the geometry.
    class_of
        Expression that a class is compared with, "" where the layer has no classes.
    reported_at
        Expression that a period is compared with, "" where the layer has none.
    in_force
        Condition on ``:as_of`` for layers that remember the past, "" for those that do not.
    unplaced
        Whether rows may lack geometry.
    is_listed_by_grid
        Whether the rows of a place are found by the lists of what stands in its grids, and not by `place`.
    is_indexed_in_mercator
        Whether the table finds shapes by ``geom_3857`` and not by ``geom``.
    depends_on
        Tables whose changes change the export.
    """

    name: str
    source: str
    id: str
    columns: tuple[Column, ...]
    geometry: str
    place: str
    class_of: str = ""
    reported_at: str = ""
    in_force: str = ""
    unplaced: bool = False
    is_listed_by_grid: bool = False
    is_indexed_in_mercator: bool = False
    depends_on: tuple[str, ...] = field(default=())

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables the rows come from."""
        return self.depends_on or (self.name,)


_LOCATION = (Column("grid_code"), Column("match"), Column("distance_m", "real"))

# Cells are hidden per grid and column, whatever part of the grid is asked for, so that no two exports can be
# subtracted: everything below the floor and, where that leaves one hidden cell or hidden cells that are few
# people together, the smallest shown value too. `cut` is the largest value hidden. The planner remembers the
# answer per grid (Memoize), which keeps the rows a stream.
_HIDING = "".join(
    f""",
    CASE WHEN count(*) FILTER (WHERE n.{c} < :floor) = 1 OR sum(n.{c}) FILTER (WHERE n.{c} < :floor) < :floor
         THEN coalesce(min(n.{c}) FILTER (WHERE n.{c} >= :floor), :floor - 1) ELSE :floor - 1 END AS {c}"""
    for c in COUNTS
)
_BUILDINGS = (
    f"buildings t LEFT JOIN LATERAL (SELECT s.grid_code{_HIDING}"  # noqa: S608 - constants
    " FROM standing_in('buildings', ARRAY[t.grid_code]) s JOIN buildings n USING (id) GROUP BY s.grid_code"
    ") cut ON true"
)


def _shown(count: str) -> Column:
    return Column(
        count, "integer", f"CASE WHEN t.{count} > coalesce(cut.{count}, :floor - 1) THEN t.{count} END"
    )


_HIDDEN = "concat_ws(';', {})".format(
    ", ".join(f"CASE WHEN t.{c} <= coalesce(cut.{c}, :floor - 1) THEN '{c}' END" for c in COUNTS)
)

LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (
        Layer(
            "divisions",
            "divisions t",
            "code",
            (
                Column("code"),
                Column("name"),
                Column("level"),
                Column("parent_code"),
                Column("area_m2", "real"),
                Column("edition"),
            ),
            "MultiPolygon",
            place="t.code",
            unplaced=True,
        ),
        Layer(
            "departments",
            "departments t",
            "code",
            (Column("code"), Column("name"), Column("kind"), Column("division_code")),
            "",
            place="t.division_code",
            class_of="t.kind",
        ),
        Layer(
            "grids",
            "grids t",
            "code",
            (
                Column("code"),
                Column("name"),
                Column("community_code"),
                Column("kind"),
                Column("sub_status"),
                Column("area_m2", "real"),
                Column("initial_date", "date"),
                Column("valid_from", "instant"),
                Column("valid_to", "instant"),
            ),
            "Polygon",
            place="t.code",
            in_force="t.valid_from <= :as_of AND (t.valid_to IS NULL OR t.valid_to > :as_of)",
            depends_on=("grids", "plans"),
        ),
        Layer(
            "buildings",
            _BUILDINGS,
            "code",
            (
                Column("code"),
                Column("source_id"),
                Column("name"),
                Column("address"),
                Column("use"),
                Column("floors", "integer"),
                Column("height_m", "real"),
                *(_shown(count) for count in COUNTS),
                Column("hidden", "text", _HIDDEN),
                Column("has_contact", "boolean"),
                Column("footprint_m2", "real"),
                *_LOCATION,
            ),
            "MultiPolygon",
            place="t.grid_code",
            class_of="t.use",
            is_listed_by_grid=True,
            is_indexed_in_mercator=True,
        ),
        Layer(
            "components",
            "components t",
            "component_code",
            (
                Column("component_code"),
                Column("class_code"),
                Column("name"),
                Column("competent_dept_code"),
                Column("competent_dept_name"),
                Column("owner_code"),
                Column("owner_name"),
                Column("maintainer_code"),
                Column("maintainer_name"),
                Column("state"),
                Column("initial_date", "date"),
                Column("change_date", "date"),
                Column("data_source"),
                Column("accuracy_class"),
                Column("source_id"),
                *_LOCATION,
            ),
            "Geometry",
            place="t.grid_code",
            class_of="t.class_code",
            is_listed_by_grid=True,
            is_indexed_in_mercator=True,
        ),
        Layer(
            "roads",
            "roads t",
            "code",
            (Column("code"), Column("name"), Column("class"), Column("length_m", "real")),
            "MultiLineString",
            place="",
            class_of="t.class",
        ),
        Layer(
            "incidents",
            "incidents t",
            "number",
            (
                Column("number"),
                Column("kind"),
                Column("class_code"),
                Column("source"),
                Column("state"),
                Column("description"),
                Column("address"),
                Column("accuracy_m", "real"),
                Column("reporter_code"),
                Column("department_code"),
                Column("component_code"),
                *(
                    Column(f"{what}_at", "instant")
                    for what in ("reported", "filed", "dispatched", "handled", "closed", "due")
                ),
                *_LOCATION,
            ),
            "Point",
            place="t.grid_code",
            class_of="t.class_code",
            reported_at="t.reported_at",
            unplaced=True,
            is_indexed_in_mercator=True,
        ),
        Layer(
            "workers",
            "workers t",
            "code",
            (
                Column("code"),
                Column("division_code"),
                Column("department_code"),
                Column("active", "boolean"),
                Column(
                    "grid_codes",
                    "text",
                    "(SELECT string_agg(b.grid_code, ';' ORDER BY b.grid_code) FROM beats b"
                    " WHERE b.worker_code = t.code AND b.role = 'primary'"
                    " AND daterange(b.valid_from, b.valid_to) @> :on_day)",
                ),
            ),
            "",
            place="t.division_code",
            in_force="true",
            depends_on=("workers", "beats"),
        ),
    )
}
