"""Reading a list of classes: ours under data/classes/, or a city's own file in the same form.

The form is CSV in UTF-8 with a header line: ``kind, code, name_zh, name_en, major_zh, major_en, geometry,
accuracy, evidence, reserved``. A file belongs to one profile, named when it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gridgis.codes.profiles import KINDS, check_class_code
from gridgis.codes.tables import Table, parse_table, read_table
from gridgis.errors import CodeError, InvalidInput

#: Closed sets of the form; ``local`` marks a class of a city's own.
ALLOWED = {
    "kind": KINDS,
    "geometry": ("point", "line", "polygon"),
    "accuracy": ("A", "B", "C"),
    "evidence": ("verified", "indirect", "memory", "local"),
    "reserved": ("no", "yes"),
}
NAMES = ("name_zh", "name_en", "major_zh", "major_en")
FIELDS = ("kind", "code", *NAMES, "geometry", "accuracy", "evidence", "reserved")


@dataclass(frozen=True, slots=True)
class CodeClass:
    """One class of component or event; (profile, kind, code) is its key."""

    profile: str
    kind: str
    code: str
    name_zh: str
    name_en: str
    major_zh: str
    major_en: str
    geometry: str
    accuracy: str
    evidence: str
    reserved: bool

    @property
    def major(self) -> str:
        """The first two digits."""
        return self.code[:2]

    @property
    def minor(self) -> str:
        """The digits after the major."""
        return self.code[2:]

    @property
    def mark(self) -> str:
        """The class in one word, as in incident numbers: ``C`` or ``E`` and the code."""
        return f"{self.kind[0].upper()}{self.code}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one field of a file; the header is row 1."""

    row: int
    field: str
    value: str
    accepted: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.field}: {self.value!r}; {self.accepted}"


def check_classes(text: str, profile: str) -> tuple[tuple[CodeClass, ...], tuple[Problem, ...]]:
    """Read a class list and return its good rows and every problem, by row and field.

    Parameters
    ----------
    text
        Content of the file; a byte order mark is tolerated.
    profile
        Profile all rows belong to; it decides the width of the codes.

    Raises
    ------
    InvalidInput
        The text is not CSV.
    """
    return _check_table(parse_table(text), profile)


def _check_table(table: Table, profile: str) -> tuple[tuple[CodeClass, ...], tuple[Problem, ...]]:
    missing = [field for field in FIELDS if field not in table.columns]
    if missing:
        accepted = f"the column is missing; found are {', '.join(table.columns) or 'none'}"
        return (), tuple(Problem(1, field, "", accepted) for field in missing)
    classes: list[CodeClass] = []
    problems: list[Problem] = []
    first_rows: dict[tuple[str, str], int] = {}
    major_names: dict[tuple[str, str], str] = {}
    for row, values in table.rows:
        key, major = (values["kind"], values["code"]), (values["kind"], values["code"][:2])
        found_here = list(_problems(row, values, profile))
        if key in first_rows:
            accepted = f"row {first_rows[key]} has the same {key[0]}; each code once"
            found_here.append(Problem(row, "code", values["code"], accepted))
        elif (name := major_names.setdefault(major, values["major_zh"])) != values["major_zh"]:
            accepted = f"major {major[1]} is {name!r} above; one name for a major"
            found_here.append(Problem(row, "major_zh", values["major_zh"], accepted))
        first_rows.setdefault(key, row)
        problems += found_here
        if not found_here:
            classes.append(_code_class(profile, values))
    return tuple(classes), tuple(problems)


def read_classes(path: Path, profile: str) -> tuple[CodeClass, ...]:
    """Read a class list that must be without fault.

    Raises
    ------
    InvalidInput
        Naming the file and its first problems by row and field.
    """
    classes, problems = _check_table(read_table(path), profile)
    if problems:
        shown = " | ".join(str(problem) for problem in problems[:5])
        more = f" | and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise InvalidInput(f"{path.name}: {shown}{more}")
    if not classes:
        raise InvalidInput(f"{path.name}: no row below the header; a class list has at least one class")
    return classes


def _problems(row: int, values: Mapping[str, str], profile: str) -> Iterator[Problem]:
    for field, allowed in ALLOWED.items():
        if values[field] not in allowed:
            yield Problem(row, field, values[field], f"accepted are {', '.join(allowed)}")
    for field in NAMES:
        if not values[field]:
            yield Problem(row, field, "", "a name is required")
    try:
        check_class_code(values["code"], profile)
    except CodeError as error:
        yield Problem(row, "code", values["code"], error.message)


def _code_class(profile: str, values: Mapping[str, str]) -> CodeClass:
    texts = {field: values[field] for field in FIELDS if field != "reserved"}
    return CodeClass(profile=profile, reserved=values["reserved"] == "yes", **texts)


def class_row(entry: CodeClass) -> dict[str, object]:
    """Return a class as a row of the database's ``classes`` table."""
    return {
        "profile": entry.profile,
        "kind": entry.kind,
        "code": entry.code,
        "major": entry.major,
        "major_zh": entry.major_zh,
        "major_en": entry.major_en,
        "minor": entry.minor,
        "name_zh": entry.name_zh,
        "name_en": entry.name_en,
        "geometry": entry.geometry,
        "accuracy": entry.accuracy,
        "evidence": entry.evidence,
        "reserved": entry.reserved,
    }


def in_order(classes: Iterable[CodeClass]) -> tuple[CodeClass, ...]:
    """Return classes with components first, then by code."""
    return tuple(sorted(classes, key=lambda entry: (entry.kind, entry.code)))
