"""Types of grids: schemes under data/grid_types/, or a city's own file in the same form.

The form is CSV in UTF-8 with a header line: ``kind, sub_status, name_zh, name_en``. A row without a
sub-status is a type; one with a sub-status is a state that grids of that type may be in, below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from gridgis.codes.tables import DATA, Table, read_table
from gridgis.errors import CodeError, InvalidInput

COLUMNS = ("kind", "sub_status", "name_zh", "name_en")
_FOLDER = DATA / "grid_types"


@dataclass(frozen=True, slots=True)
class Named:
    """A code with what people call it."""

    code: str
    name_zh: str
    name_en: str

    def is_called(self, text: str) -> bool:
        """Whether the text is the code or one of the names, in any case."""
        return text.strip().casefold() in {n.casefold() for n in (self.code, self.name_zh, self.name_en)}


@dataclass(frozen=True, slots=True)
class GridType(Named):
    """A type of grid and the sub-statuses its grids may have; often there are none."""

    sub_statuses: tuple[Named, ...] = ()


_One = TypeVar("_One", bound=Named)


@dataclass(frozen=True, slots=True)
class Scheme:
    """The types there are, in the order of their file."""

    name: str
    types: tuple[GridType, ...]

    def parse(self, kind: str | None, sub_status: str | None = None) -> tuple[str | None, str | None]:
        """Return the codes of a type and a sub-status given by code or name; nothing stays nothing.

        Raises
        ------
        CodeError
            The scheme has no such type, or the type no such sub-status; `field` says which of the two.
        """
        if not kind:
            if sub_status:
                raise CodeError("a sub-status needs the type it belongs to", field="sub_status")
            return None, None
        found = _called(self.types, kind)
        if found is None:
            raise CodeError(
                f"the scheme {self.name} has no type {kind!r}; accepted are {_listed(self.types)}",
                field="kind",
            )
        if not sub_status:
            return found.code, None
        status = _called(found.sub_statuses, sub_status)
        if status is None:
            raise CodeError(
                f"the type {found.code} has no sub-status {sub_status!r}; accepted are"
                f" {_listed(found.sub_statuses) or 'none'}",
                field="sub_status",
            )
        return found.code, status.code

    def find(self, kind: str | None) -> GridType | None:
        """Return a type by its code; none where the scheme has been changed since the code was stored."""
        return next((one for one in self.types if one.code == kind), None)


def _called(ones: Sequence[_One], text: str) -> _One | None:
    return next((one for one in ones if one.is_called(text)), None)


def _listed(ones: Sequence[Named]) -> str:
    return ", ".join(f"{one.code} {one.name_zh}" for one in ones)


def schemes() -> list[str]:
    """Return the names of the schemes that come with the program."""
    return sorted(path.stem for path in _FOLDER.glob("*.csv"))


def read_scheme(name: str) -> Scheme:
    """Return a scheme by name, or read a city's own file.

    Parameters
    ----------
    name
        One of `schemes`, or the path of a file whose name ends in ``.csv``.

    Raises
    ------
    InvalidInput
        There is none, or its file is not in the form; the message names the file, its row and field.
    """
    path = Path(name).expanduser() if name.lower().endswith(".csv") else _FOLDER / f"{name}.csv"
    if not path.is_file():
        raise InvalidInput(
            f"there is no scheme of grid types {name!r}; accepted are {', '.join(schemes())},"
            " or the path of a file *.csv",
            field="GRIDGIS_GRID_TYPES",
        )
    table = read_table(path)
    for fault in _faults(table):
        raise InvalidInput(f"{path.name}: {fault}", field="GRIDGIS_GRID_TYPES")
    rows = [values for _, values in table.rows]
    return Scheme(
        path.stem,
        tuple(
            GridType(
                row["kind"],
                row["name_zh"],
                row["name_en"],
                tuple(
                    Named(own["sub_status"], own["name_zh"], own["name_en"])
                    for own in rows
                    if own["kind"] == row["kind"] and own["sub_status"]
                ),
            )
            for row in rows
            if not row["sub_status"]
        ),
    )


def _faults(table: Table) -> Iterator[str]:
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        yield f"the columns {', '.join(missing)} are missing; the form is {', '.join(COLUMNS)}"
        return
    if not table.rows:
        yield "no row below the header; a scheme has at least one type"
    taken: set[tuple[str, str]] = set()
    kinds: set[str] = set()
    for row, values in table.rows:
        kind, status = values["kind"], values["sub_status"]
        empty = [column for column in COLUMNS if column != "sub_status" and not values[column]]
        if empty:
            yield f"row {row}: {empty[0]} is empty"
        if status and kind not in kinds:
            yield f"row {row}: the sub-status {status!r} stands above the row of its type {kind!r}"
        names = {text.casefold() for text in (status or kind, values["name_zh"], values["name_en"])}
        mine = {(kind if status else "", name) for name in names}
        if twice := sorted(mine & taken):
            yield f"row {row}: {twice[0][1]!r} is said above already; each code and each name once"
        taken |= mine
        if not status:
            kinds.add(kind)
