"""Dates and instants as files write them, whole arrays at a time."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

INSTANT = pa.timestamp("us", "UTC")
_OFFSET = r"[T ]\d{1,2}(:?\d{2}){1,2}(\.\d+)?\s*(Z|z|[+-]\d{2}(:?\d{2})?)$"
#: Whole days since 1899-12-30, as a spreadsheet keeps a date; 20000 is 1954 and 80000 is 2119.
_SERIAL = r"^[2-7]\d{4}(\.\d+)?$"
_EPOCH_OF_SERIALS = pd.Timestamp("1899-12-30")


def is_temporal(kind: pa.DataType) -> bool:
    """Tell whether a column holds dates or times by its type."""
    return pa.types.is_timestamp(kind) or pa.types.is_date(kind)


def dates(array: pa.Array, zone: ZoneInfo) -> tuple[pa.Array, Mask]:
    """Return dates (date32) and which rows are no date.

    Parameters
    ----------
    array
        Dates, timestamps or text: ``2026-03-31``, ``20260331``, ``2026/3/31``, ``2026年3月31日``, a time
        behind any of them, or a spreadsheet's day number.
    zone
        In which an instant's date is taken.
    """
    if is_temporal(array.type):
        if pa.types.is_timestamp(array.type) and array.type.tz:
            array = pc.local_timestamp(array.cast(pa.timestamp("us", zone.key)))
        return array.cast(pa.date32(), safe=False), np.zeros(len(array), bool)
    found = _naive(array.to_pandas())
    zoned = pc.match_substring_regex(array, _OFFSET).to_numpy(zero_copy_only=False) == True  # noqa: E712
    if zoned.any():
        found[zoned] = _zoned(array.to_pandas()[zoned]).dt.tz_convert(zone).dt.tz_localize(None)
    values = pa.Array.from_pandas(found.dt.date, type=pa.date32())
    return values, _refused(array, values)


def instants(array: pa.Array, zone: ZoneInfo) -> tuple[pa.Array, Mask]:
    """Return instants (microseconds, UTC) and which rows are none.

    Parameters
    ----------
    array
        Timestamps, dates or text in ISO 8601 or with slashes; `zone` is that of values without an offset.
    """
    if is_temporal(array.type):
        if pa.types.is_timestamp(array.type) and array.type.tz:
            return array.cast(INSTANT, safe=False), np.zeros(len(array), bool)
        local = array.cast(pa.timestamp("us"), safe=False)
        return _localised(local.to_pandas(), zone), np.zeros(len(array), bool)
    text = array.to_pandas()
    zoned = np.array(pc.fill_null(pc.match_substring_regex(array, _OFFSET), False))
    found = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us, UTC]")
    if zoned.any():
        found[zoned] = _zoned(text[zoned])
    if not zoned.all():
        found[~zoned] = _localised(_naive(text[~zoned]), zone).to_pandas().to_numpy()
    values = pa.Array.from_pandas(found, type=INSTANT)
    return values, _refused(array, values)


def _zoned(text: pd.Series) -> pd.Series:
    return pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce").dt.as_unit("us")


def _naive(text: pd.Series) -> pd.Series:
    """Parse text without an offset, by the shapes that occur."""
    found = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    serial = text.str.fullmatch(_SERIAL).fillna(False).to_numpy(bool)
    if serial.any():
        days = pd.to_timedelta(text[serial].astype(float), unit="D").dt.round("s")
        found[serial] = (_EPOCH_OF_SERIALS + days).dt.as_unit("us")
    rest = text.notna().to_numpy() & ~serial
    if rest.any():
        plain = text[rest].str.replace(r"^(\d{4})\D(\d{1,2})\D(\d{1,2})日?", _hyphened, regex=True)
        parsed = pd.to_datetime(plain, format="ISO8601", utc=True, errors="coerce")
        found[rest] = parsed.dt.tz_localize(None).dt.as_unit("us")
    return found


def _hyphened(match: object) -> str:
    year, month, day = match.groups()  # type: ignore[attr-defined]
    return f"{year}-{month:0>2}-{day:0>2}"


def _localised(naive: pd.Series, zone: ZoneInfo) -> pa.Array:
    """Read local times as the city's; the hour that a clock change repeats is taken as the earlier one."""
    first = np.ones(len(naive), bool)
    instants = naive.dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward").dt.tz_convert("UTC")
    return pa.Array.from_pandas(instants.dt.as_unit("us"), type=INSTANT)


def _refused(array: pa.Array, values: pa.Array) -> Mask:
    return np.array(pc.and_(array.is_valid(), values.is_null()))
