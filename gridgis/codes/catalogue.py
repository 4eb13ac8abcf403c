"""The classes of each profile: what a component can be and what an incident can be about.

The lists under ``data/`` are facts collected from public sources (their grade is in ``evidence``); nobody
here has read the official text of a standard. A city that has it replaces or extends them by its own file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gridgis.codes.class_files import CodeClass, class_row, in_order, read_classes
from gridgis.codes.profiles import KINDS, PROFILES, check_class_code, profile_named
from gridgis.codes.tables import DATA, read_table
from gridgis.errors import CodeError


class Catalogue:
    """The component and event classes of one profile.

    Parameters
    ----------
    profile
        Name of the profile.
    classes
        Its classes; (kind, code) must be unique.

    Raises
    ------
    CodeError
        Unknown profile, a class of another profile, or two classes with one code.
    """

    def __init__(self, profile: str, classes: Iterable[CodeClass]) -> None:
        self.rules = profile_named(profile)
        self.profile = profile
        self.classes = in_order(classes)
        self._by_key: dict[tuple[str, str], CodeClass] = {}
        for entry in self.classes:
            if entry.profile != profile:
                raise CodeError(f"class {entry.mark} belongs to {entry.profile}, not to {profile}")
            if (entry.kind, entry.code) in self._by_key:
                raise CodeError(f"{entry.kind} class {entry.code} appears twice in the {profile} catalogue")
            self._by_key[entry.kind, entry.code] = entry

    def find(self, kind: str, code: str) -> CodeClass | None:
        """Return a class, ``None`` when the catalogue does not list it."""
        return self._by_key.get((kind, code))

    def get(self, kind: str, code: str) -> CodeClass:
        """Return a class that must be listed.

        Raises
        ------
        CodeError
            Naming the digits that are wrong and the majors or minors there are.
        """
        if kind not in KINDS:
            raise CodeError(f"kind {kind!r} is unknown; accepted are {', '.join(KINDS)}")
        check_class_code(code, self.profile)
        entry = self.find(kind, code)
        if entry is None:
            raise CodeError(self._unlisted(kind, code), field="class_code")
        return entry

    def _unlisted(self, kind: str, code: str) -> str:
        what = f"{kind} class {code!r} is not in the {self.profile} catalogue"
        minors = [entry.minor for entry in self.classes if entry.kind == kind and entry.major == code[:2]]
        if minors:
            place = f"digits 3-{len(code)} are {code[2:]!r}; major {code[:2]} has {_ranges(minors)}"
        else:
            place = f"digits 1-2 are {code[:2]!r}; majors are {', '.join(self.majors(kind))}"
        return f"{what}: {place}"

    def by_mark(self, mark: str) -> CodeClass:
        """Return the class of a mark such as ``C01002`` or ``E07001``.

        Raises
        ------
        CodeError
            The letter is not C or E, or the class is not listed.
        """
        kind = {"C": "component", "E": "event"}.get(mark[:1])
        if kind is None:
            raise CodeError(f"class mark {mark!r} must begin with C (component) or E (event)")
        return self.get(kind, mark[1:])

    def by_name(self, name: str, kind: str | None = None) -> tuple[CodeClass, ...]:
        """Return the classes whose Chinese or English name is exactly `name`, capitals aside."""
        wanted = name.strip().casefold()
        return tuple(
            entry
            for entry in self.classes
            if kind in (None, entry.kind) and wanted in (entry.name_zh.casefold(), entry.name_en.casefold())
        )

    def search(self, words: str) -> tuple[CodeClass, ...]:
        """Return the reportable classes whose Chinese or English name holds every one of `words`."""
        wanted = words.casefold().split()
        return tuple(
            entry
            for entry in self.classes
            if wanted
            and not entry.reserved
            and all(word in f"{entry.name_zh} {entry.name_en}".casefold() for word in wanted)
        )

    def majors(self, kind: str) -> dict[str, tuple[str, str]]:
        """Return the majors of a kind in order: code -> (Chinese name, English name)."""
        return {e.major: (e.major_zh, e.major_en) for e in self.classes if e.kind == kind}

    def extensions(self) -> tuple[CodeClass, ...]:
        """Return the classes that lie in the range left to a city's own."""
        return tuple(entry for entry in self.classes if self.rules.is_extension(entry.code))

    def mirror(self, entry: CodeClass) -> CodeClass | None:
        """Return the event "abnormal …" of a component, or the component of such an event.

        Only the 2026 profile has mirrors: one number names a component in its majors 01-05 and the
        event of that component being abnormal. In the others, and among a city's own classes, equal
        numbers mean unrelated things.
        """
        if not self.rules.has_event_codes or self.rules.is_extension(entry.code):
            return None
        return self.find("event" if entry.kind == "component" else "component", entry.code)

    def extended(self, own: Iterable[CodeClass]) -> Catalogue:
        """Return this catalogue with a city's own classes added.

        Raises
        ------
        CodeError
            An own class lies outside the profile's extension range, or its code is taken.
        """
        added = tuple(own)
        for entry in added:
            if not self.rules.is_extension(entry.code):
                rule = self.rules.extension_rule
                raise CodeError(f"class {entry.mark} {entry.name_zh}: a city's own classes are {rule}")
        return Catalogue(self.profile, (*self.classes, *added))


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A row of the demonstration filing standard; `basis` says so wherever the limit is shown."""

    profile: str
    kind: str
    code: str
    condition_zh: str
    condition_en: str
    limit_value: int
    limit_unit: str
    closing_condition_zh: str
    closing_condition_en: str
    basis: str = "demo"


@cache
def catalogue(profile: str) -> Catalogue:
    """Return the catalogue of a profile as shipped.

    Raises
    ------
    CodeError
        No profile has this name.
    """
    profile_named(profile)
    return Catalogue(profile, read_classes(DATA / "classes" / f"{profile}.csv", profile))


def city_catalogue(path: Path, profile: str) -> Catalogue:
    """Return a city's own complete catalogue, read from a file in the form of `class_files`.

    Raises
    ------
    InvalidInput
        Naming the file's first problems by row and field.
    """
    return Catalogue(profile, read_classes(path, profile))


def class_rows() -> list[dict[str, object]]:
    """Return every class of every shipped profile as rows of the ``classes`` table."""
    return [class_row(entry) for profile in PROFILES for entry in catalogue(profile).classes]


@cache
def demo_time_limits(profile: str) -> tuple[TimeLimit, ...]:
    """Return the demonstration filing standard of a profile, in the order of its file.

    A class without a row needs a limit chosen when an incident is filed.
    """
    classes = catalogue(profile)
    return tuple(
        TimeLimit(
            profile=profile,
            kind=entry.kind,
            code=entry.code,
            condition_zh=row["condition_zh"],
            condition_en=row["condition_en"],
            limit_value=int(row["limit_value"]),
            limit_unit=row["limit_unit"],
            closing_condition_zh=row["closing_condition_zh"],
            closing_condition_en=row["closing_condition_en"],
        )
        for _, row in read_table(DATA / "demo_time_limits.csv").rows
        for entry in map(classes.by_mark, row[profile].split())
    )


def _ranges(minors: list[str]) -> str:
    """Return sorted numbers with runs drawn together: 01, 02, 03, 07 -> ``01-03, 07``."""
    runs: list[list[str]] = []
    for minor in minors:
        if runs and int(minor) == int(runs[-1][-1]) + 1:
            runs[-1].append(minor)
        else:
            runs.append([minor])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
