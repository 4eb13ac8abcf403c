"""What describes a column and a layer that can be loaded; the layers themselves are in `layers`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a layer.

    Attributes
    ----------
    name
        As in the store and in exports.
    kind
        ``text``, ``code`` (text that is never a number), ``integer``, ``number``, ``flag``, ``date``,
        ``instant``, ``choice``.
    aliases
        Other names of the column, besides `name` and its first ten letters (a Shapefile's limit).
    required
        Whether a row without it is refused.
    choices
        Of a ``choice``: accepted spelling, in small letters -> stored value.
    pattern
        Regular expression (RE2) the whole text must match.
    accepted
        In words, for the report.
    lowest, highest
        Bounds of a number, both included.
    free_text
        Whether people write it by hand, so that it is scanned for personal data.
    default
        Stored where the file has no value; ``None`` stores none.
    """

    name: str
    kind: str = "text"
    aliases: tuple[str, ...] = ()
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    pattern: str = ""
    accepted: str = ""
    lowest: float | None = None
    highest: float | None = None
    free_text: bool = False
    default: str | bool | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """One thing that can be loaded.

    Attributes
    ----------
    name
        As in ``gridgis load NAME``; also the table.
    fields
        Its columns.
    kinds
        Geometry kinds accepted: ``point``, ``line``, ``polygon``; empty when the layer has no geometry.
    place
        Whether a row without a geometry is refused.
    key
        The fields that name a row; two rows with one key are duplicates.
    single
        Whether a geometry must be of one part.
    """

    name: str
    fields: tuple[Field, ...]
    kinds: tuple[str, ...] = ()
    place: bool = False
    key: tuple[str, ...] = ()
    single: bool = False

    def field(self, name: str) -> Field:
        """Return a field by name."""
        return next(f for f in self.fields if f.name == name)
