"""Saved import mappings: what a source calls things, kept as a TOML file beside its data (R08)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gridgis.errors import InvalidInput, NotFound

_TABLES = ("columns", "values", "constants")
_TEXTS = ("source", "crs", "table", "encoding")


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one source's columns and values become ours.

    Attributes
    ----------
    columns
        Column of the file -> field.
    values
        Field -> {value in the file -> value; empty for none}.
    constants
        Field -> value of rows that have none.
    source, crs, table, encoding
        As the options of the same names; empty where the file says it itself.
    """

    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    source: str = ""
    crs: str = ""
    table: str = ""
    encoding: str = ""


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        It is not TOML, or has a key that means nothing here.
    """
    if not path.is_file():
        raise NotFound(f"there is no mapping file {path}")
    try:
        found: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path.name} is not a TOML file: {error}", field="mapping") from error
    unknown = sorted(set(found) - {*_TABLES, *_TEXTS})
    if unknown:
        raise InvalidInput(
            f"{path.name}: {unknown[0]!r} means nothing; accepted are {', '.join((*_TEXTS, *_TABLES))}",
            field="mapping",
        )
    for name in (*_TABLES, *_TEXTS):
        kind = dict if name in _TABLES else str
        if not isinstance(found.get(name, kind()), kind):
            raise InvalidInput(
                f"{path.name}: {name} must be a {'table' if kind is dict else 'text'}", field="mapping"
            )
    if not all(isinstance(values, dict) for values in found.get("values", {}).values()):
        raise InvalidInput(f"{path.name}: values must be tables, e.g. [values.state]", field="mapping")
    return Mapping(
        columns={str(k): str(v) for k, v in found.get("columns", {}).items()},
        values={
            name: {str(k): str(v) for k, v in of.items()} for name, of in found.get("values", {}).items()
        },
        constants={str(k): str(v) for k, v in found.get("constants", {}).items()},
        **{name: found.get(name, "") for name in _TEXTS},
    )
