"""Tables as streams of chunks: CSV in whatever encoding and separator, and Excel; every cell is text."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException
from pyarrow import csv as arrow_csv

from gridgis.errors import InvalidInput
from gridgis.formats import encodings
from gridgis.formats.source import CHUNK_ROWS, Chunk, Source, numbered

_SEPARATORS = ",;\t|"
_BLOCK_BYTES = 16 << 20


def open_csv(path: Path, *, encoding: str | None = None) -> Source:
    """Open a table of separated values; encoding and separator are found by looking.

    Every column is text, so that codes keep their zeros; an empty cell is an absent value.

    Raises
    ------
    InvalidInput
        The file is empty, not text, or a header names a column twice.
    """
    guessed = encoding is None
    if encoding is None:
        with _opened(path) as file:
            encoding = encodings.guess(file, path.name)
    with _opened(path) as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
        header_line = text.readline()
    separator = max((header_line.count(one), -at, one) for at, one in enumerate(_SEPARATORS))[2]
    header = _header(next(csv.reader([header_line], delimiter=separator), []), path)
    convert = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    parse = arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=True)

    def chunks() -> Iterator[Chunk]:
        read = arrow_csv.ReadOptions(
            column_names=header, skip_rows=1, encoding=encoding, block_size=_BLOCK_BYTES, use_threads=False
        )
        try:
            with _opened(path) as file, arrow_csv.open_csv(file, read, parse, convert) as reader:
                for first_row, batch in numbered(reader):
                    yield from _sliced(first_row, pa.Table.from_batches([batch]))
        except pa.ArrowInvalid as error:
            if "Empty CSV" not in str(error):
                raise InvalidInput(
                    f"{path.name} is not readable as CSV: {error}; "
                    "a cell that holds the separator must be in double quotes"
                ) from error

    return Source(
        format="csv",
        columns=tuple(header),
        crs="",
        rows=None,
        has_geometry=False,
        chunks=chunks,
        encoding=encoding,
        encoding_guessed=guessed,
        notes=(f"separator {separator!r}",) if separator != "," else (),
    )


def open_xlsx(path: Path, *, sheet: str | None = None) -> Source:
    """Open a sheet of an Excel workbook: its first row is the header.

    Numbers become the text Excel would show without rounding, dates become ISO 8601.

    Raises
    ------
    InvalidInput
        The file is no workbook, or the sheet named is not there.
    """
    with _workbook(path) as (_, found):
        names = found.sheetnames
    if sheet is None:
        sheet = names[0]
    elif sheet not in names:
        raise InvalidInput(
            f"{path.name} holds the sheets {', '.join(names)}; name one with --table", field="table"
        )
    with _workbook(path) as (_, book):
        first = next(book[sheet].iter_rows(values_only=True), ())
    header = _header([_cell_text(cell) or "" for cell in _without_tail(first)], path)

    def batches() -> Iterator[pa.Table]:
        with _workbook(path) as (_, book):
            rows = book[sheet].iter_rows(min_row=2, max_col=len(header), values_only=True)
            while block := list(islice(rows, CHUNK_ROWS)):
                kept = [row for row in block if any(cell is not None for cell in row)]
                columns = zip(*kept, strict=True) if kept else [()] * len(header)
                cells = [pa.array([_cell_text(cell) for cell in column], pa.string()) for column in columns]
                yield pa.table(cells, names=header)

    def chunks() -> Iterator[Chunk]:
        for first_row, table in numbered(batches()):
            yield Chunk(first_row, table, None)

    return Source("xlsx", tuple(header), "", None, has_geometry=False, chunks=chunks)


class _workbook:  # noqa: N801 - reads as the `with` statement it is
    """A workbook opened for reading row by row; a file that is none is refused."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> tuple[Path, Any]:
        try:
            self.book = openpyxl.load_workbook(self.path, read_only=True, data_only=True)
        except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError) as error:
            raise InvalidInput(f"{self.path.name} cannot be read as an Excel workbook: {error}") from error
        return self.path, self.book

    def __exit__(self, *_: object) -> None:
        self.book.close()


def _opened(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb"))


def _header(names: list[str], path: Path) -> list[str]:
    header = [name.strip() for name in names]
    if not any(header):
        raise InvalidInput(f"{path.name} is empty; its first line must name the columns")
    header = [name or f"column {i}" for i, name in enumerate(header, start=1)]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InvalidInput(f"{path.name} has two columns named {twice[0]!r}; rename one", field=twice[0])
    return header


def _sliced(first_row: int, table: pa.Table) -> Iterator[Chunk]:
    for start in range(0, table.num_rows, CHUNK_ROWS):
        yield Chunk(first_row + start, table.slice(start, CHUNK_ROWS), None)


def _without_tail(row: tuple[Any, ...]) -> list[Any]:
    cells = list(row)
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def _cell_text(cell: Any) -> str | None:
    match cell:
        case None:
            return None
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 2**53:
            return f"{cell:.0f}"
        case datetime() if cell.time() == time() and cell.tzinfo is None:
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case _:
            return str(cell).strip() or None
