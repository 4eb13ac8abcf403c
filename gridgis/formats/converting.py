"""Columns as found in a file -> columns as stored, whole arrays at a time, with what was refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gridgis.formats import moments
from gridgis.formats.fields import Field

Mask = NDArray[np.bool_]

_FLAGS = {
    "true": True, "t": True, "1": True, "yes": True, "y": True, "是": True, "有": True,
    "false": False, "f": False, "0": False, "no": False, "n": False, "否": False, "无": False,
}  # fmt: skip
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_LOST_DIGITS = "the code as text: its last digits were lost when it was kept as a number"
#: Above this a double no longer holds every whole number.
_EXACT = 2**53


@dataclass(slots=True)
class Converted:
    """One column, row by row.

    Attributes
    ----------
    values
        As stored; null where there was nothing or where the value is refused.
    refused
        Rows whose value is not accepted, a missing required value included.
    repaired
        Rows whose value was mended, and `how`.
    accepted
        What the refused rows should have held, in words.
    """

    values: pa.Array
    refused: Mask
    repaired: Mask
    how: str = ""
    accepted: str = field(default="")


def converted(
    wanted: Field, column: pa.Array | pa.ChunkedArray | None, rows: int, zone: ZoneInfo
) -> Converted:
    """Convert a column to what `wanted` asks for.

    Parameters
    ----------
    column
        As the file holds it, of any type; ``None`` where the file has none.
    rows
        Its length.
    zone
        Of times without an offset.
    """
    array = _plain(column) if column is not None else pa.nulls(rows, pa.string())
    nothing = np.zeros(rows, dtype=bool)
    if array.null_count == rows:
        result = Converted(pa.nulls(rows, _TYPES.get(wanted.kind, pa.string())), nothing, nothing.copy())
    else:
        result = _KINDS[wanted.kind](wanted, array, zone)
    result.accepted = result.accepted or wanted.accepted
    if wanted.required:
        result.refused |= _mask(result.values.is_null())
        result.accepted = result.accepted or "a value: the field is required"
    if wanted.default is not None:
        result.values = pc.fill_null(result.values, wanted.default)
    return result


def as_text(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return values as trimmed text without NUL; empty text is null, whole floats lose their ``.0``."""
    array = _plain(column)
    if pa.types.is_floating(array.type):
        whole = pc.and_kleene(pc.equal(array, pc.trunc(array)), pc.less(pc.abs(array), float(_EXACT)))
        digits = pc.cast(pc.if_else(whole, array, None), pa.int64(), safe=False).cast(pa.string())
        text = pc.coalesce(digits, array.cast(pa.string()))
        return pc.if_else(pc.is_nan(array), None, text)
    if pa.types.is_binary(array.type) or pa.types.is_nested(array.type):
        array = pa.array([None if v is None else str(v) for v in array.to_pylist()], pa.string())
    text = array.cast(pa.string())
    if pc.any(pc.match_substring(text, "\0")).as_py():
        text = pc.replace_substring(text, "\0", "")
    text = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(text, ""), None, text)


def _plain(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        array = array.cast(pa.string())
    return array


def _text(wanted: Field, array: pa.Array, zone: ZoneInfo) -> Converted:
    values = as_text(array)
    return Converted(values, np.zeros(len(values), bool), np.zeros(len(values), bool))


def _code(wanted: Field, array: pa.Array, zone: ZoneInfo) -> Converted:
    """Codes are text; one that a spreadsheet made a number is mended when no digit was lost."""
    lost = np.zeros(len(array), bool)
    repaired = lost.copy()
    if pa.types.is_floating(array.type):
        lost = _mask(pc.greater_equal(pc.abs(array), float(_EXACT)))
        repaired = _mask(array.is_valid()) & ~lost
    values = as_text(array)
    pattern = f"^(?:{wanted.pattern})$" if wanted.pattern else ""
    odd = _mask(pc.invert(pc.match_substring_regex(values, pattern or r"^[^.+]*$")))
    if odd.any():
        mended = _mended(values.filter(pa.array(odd)))
        good = _mask(pc.match_substring_regex(mended, pattern)) if pattern else _mask(mended.is_valid())
        rows = np.flatnonzero(odd)
        values = pc.replace_with_mask(values, pa.array(odd), pc.if_else(pa.array(good), mended, None))
        repaired[rows[good]] = True
        lost[rows[~good]] |= bool(pattern)
    numeric = pa.types.is_floating(array.type)
    accepted = f"{wanted.accepted}; {_LOST_DIGITS}" if numeric and lost.any() else ""
    return Converted(values, lost, repaired & ~lost, "a number made a code again", accepted)


def _mended(codes: pa.Array) -> pa.Array:
    """Undo ``440303001001.0``, ``4.40303001001e+11`` (if no digit is lost) and full-width digits."""
    text = pc.utf8_normalize(codes, form="NFKC")
    text = pc.replace_substring_regex(text, r"^(\d+)\.0*$", r"\1")
    parts = pc.extract_regex(text, r"^(?P<first>\d)(?:\.(?P<rest>\d+))?[eE]\+?(?P<power>\d{1,2})$")
    scientific = parts.is_valid()
    if not pc.any(scientific).as_py():
        return text
    rest, power = pc.struct_field(parts, "rest"), pc.struct_field(parts, "power")
    complete = pc.equal(pc.utf8_length(rest), pc.cast(pc.if_else(scientific, power, "0"), pa.int32()))
    whole = pc.binary_join_element_wise(pc.struct_field(parts, "first"), rest, "")
    return pc.if_else(pc.fill_null(pc.and_kleene(scientific, complete), False), whole, text)


def _number(wanted: Field, array: pa.Array, zone: ZoneInfo) -> Converted:
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.string())
    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type) or pa.types.is_decimal(array.type):
        values = pc.cast(array, pa.float64(), safe=False)
        values = pc.if_else(pc.is_nan(values), None, values)
        refused = _mask(pc.is_inf(values))
    else:
        text = as_text(array)
        good = pc.match_substring_regex(text, _NUMBER)
        refused = _mask(pc.invert(good))
        values = pc.if_else(pc.fill_null(good, False), text, None).cast(pa.float64())
    if wanted.lowest is not None:
        refused |= _mask(pc.less(values, wanted.lowest))
    if wanted.highest is not None:
        refused |= _mask(pc.greater(values, wanted.highest))
    values = pc.if_else(pa.array(refused), None, values)
    return Converted(values, refused, np.zeros(len(array), bool))


def _integer(wanted: Field, array: pa.Array, zone: ZoneInfo) -> Converted:
    result = _number(wanted, array, zone)
    result.refused |= _mask(pc.not_equal(result.values, pc.trunc(result.values)))
    result.refused |= _mask(pc.greater_equal(pc.abs(result.values), float(_EXACT)))
    result.values = pc.cast(pc.if_else(pa.array(result.refused), None, result.values), pa.int64())
    return result


def _flag(wanted: Field, array: pa.Array, zone: ZoneInfo) -> Converted:
    if pa.types.is_boolean(array.type):
        return Converted(array, np.zeros(len(array), bool), np.zeros(len(array), bool))
    return _looked_up(array, list(_FLAGS), pa.array(list(_FLAGS.values())))


def _choice(wanted: Field, array: pa.Array, zone: ZoneInfo) -> Converted:
    return _looked_up(array, list(wanted.choices), pa.array(list(wanted.choices.values())))


def _looked_up(array: pa.Array, spellings: list[str], stored: pa.Array) -> Converted:
    text = as_text(array)
    at = pc.index_in(pc.utf8_lower(text), value_set=pa.array([s.lower() for s in spellings]))
    refused = _mask(pc.and_(text.is_valid(), at.is_null()))
    return Converted(stored.take(at), refused, np.zeros(len(text), bool))


def _date(wanted: Field, array: pa.Array, zone: ZoneInfo) -> Converted:
    values, refused = moments.dates(array if moments.is_temporal(array.type) else as_text(array), zone)
    return Converted(values, refused, np.zeros(len(array), bool))


def _instant(wanted: Field, array: pa.Array, zone: ZoneInfo) -> Converted:
    values, refused = moments.instants(array if moments.is_temporal(array.type) else as_text(array), zone)
    return Converted(values, refused, np.zeros(len(array), bool))


def _mask(flags: pa.Array | pa.BooleanScalar) -> Mask:
    return np.array(pc.fill_null(flags, False).to_numpy(zero_copy_only=False), dtype=bool)


_TYPES = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
    "date": pa.date32(),
    "instant": pa.timestamp("us", "UTC"),
}
_KINDS = {
    "text": _text,
    "code": _code,
    "integer": _integer,
    "number": _number,
    "flag": _flag,
    "choice": _choice,
    "date": _date,
    "instant": _instant,
}
