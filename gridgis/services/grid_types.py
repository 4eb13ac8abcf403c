"""How many grids are of each type, by the scheme of the settings."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from gridgis.codes import divisions as codes
from gridgis.codes.grid_types import GridType, read_scheme
from gridgis.config import Config
from gridgis.scope import Scope
from gridgis.services import divisions
from gridgis.sql import grids as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def count(session: Session, scope: Scope, config: Config, division: str | None = None) -> dict[str, Any]:
    """Return the scheme with the number of grids in force of each type and sub-status.

    Parameters
    ----------
    division
        Count its grids alone; those of the whole city by default.

    Returns
    -------
    dict
        `scheme`, `division`, `grids` (of any type or none), `untyped`, `types`: each with its codes, names,
        `grids` and `sub_statuses`. A type that is stored and that the scheme lacks, because another scheme
        was in use when it was loaded, comes last under its code.

    Raises
    ------
    NotFound
        There is no such division, or none the caller may see.
    InvalidInput
        The scheme of the settings cannot be read.
    """
    scheme = read_scheme(config.grid_types)
    wanted = divisions.get(session, scope, division or config.root_division).code
    rows = sql.count_kinds(session, scope.narrowed(codes.prefix(wanted)).prefixes)
    kinds: Counter[str | None] = Counter()
    for row in rows:
        kinds[row.kind] += row.grids
    statuses = {(row.kind, row.sub_status): int(row.grids) for row in rows}
    foreign = sorted(kind for kind in kinds if kind is not None and scheme.find(kind) is None)
    types = [*scheme.types, *(GridType(kind, kind, kind) for kind in foreign)]
    return {
        "scheme": scheme.name,
        "division": wanted,
        "grids": kinds.total(),
        "untyped": kinds[None],
        "types": [_counted(one, kinds[one.code], statuses) for one in types],
    }


def _counted(one: GridType, grids: int, statuses: dict[tuple[str | None, str | None], int]) -> dict[str, Any]:
    return {
        "kind": one.code,
        "name_zh": one.name_zh,
        "name_en": one.name_en,
        "grids": grids,
        "sub_statuses": [
            {
                "sub_status": status.code,
                "name_zh": status.name_zh,
                "name_en": status.name_en,
                "grids": statuses.get((one.code, status.code), 0),
            }
            for status in one.sub_statuses
        ],
    }
