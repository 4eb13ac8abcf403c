"""Small CSV tables: the data files of this room, and the files a city writes in the same forms."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from gridgis.errors import InvalidInput

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a table and its rows, each with the number of the line it ends on (the header is 1)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]


def read_table(path: Path) -> Table:
    """Read a CSV file in UTF-8, with or without byte order mark.

    Raises
    ------
    InvalidInput
        Naming the file and the byte or row that cannot be read.
    """
    try:
        return parse_table(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path.name}: byte {error.start} is not UTF-8; save the file as UTF-8") from error
    except InvalidInput as error:
        raise InvalidInput(f"{path.name}: {error.message}") from error


def parse_table(text: str) -> Table:
    """Read CSV with a header line; values are stripped, and those a short row leaves out are empty.

    Raises
    ------
    InvalidInput
        Naming the row that is not CSV.
    """
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline=""), restkey="", restval="")
    try:
        columns = tuple(reader.fieldnames or ())
        rows = tuple(
            (reader.line_num, {column: record[column].strip() for column in columns if column})
            for record in reader
        )
    except csv.Error as error:
        raise InvalidInput(f"row {reader.reader.line_num} is not CSV: {error}") from error
    return Table(columns, rows)
