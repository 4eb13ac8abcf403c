"""Component identifiers: district 6 + class 4 or 5 + serial 6 digits, by profile (STANDARDS section 5).

The 2025 draft with 6 + 2 + 3 + 5 digits has the width of the 2013 form; it is never accepted, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gridgis.codes import divisions
from gridgis.codes.catalogue import Catalogue, catalogue
from gridgis.codes.digits import digits, numbered, wrong
from gridgis.codes.explanation import Explanation, Part
from gridgis.codes.profiles import PROFILES, check_class_code, profile_named
from gridgis.errors import CodeError

DISTRICT_DIGITS = 6
SERIAL_DIGITS = 6
HIGHEST_SERIAL = 10**SERIAL_DIGITS - 1


@dataclass(frozen=True, slots=True)
class ComponentCode:
    """A component identifier taken apart."""

    profile: str
    district: str
    class_code: str
    serial: int

    def __str__(self) -> str:
        return build(self.profile, self.district, self.class_code, self.serial)


def build(profile: str, district: str, class_code: str, serial: int) -> str:
    """Return the identifier of component number `serial` of a class in a district.

    Raises
    ------
    CodeError
        Unknown profile, no district code, a class code of another width, or a serial outside 000001-999999.
    """
    check_district(district, "district of a component")
    check_class_code(class_code, profile)
    return f"{district}{class_code}{numbered('component serial', serial, SERIAL_DIGITS)}"


def parse(code: object, profile: str, classes: Catalogue | None = None) -> ComponentCode:
    """Take a component identifier apart.

    Parameters
    ----------
    code
        16 digits in the 2007 and 2013 profiles, 17 in that of 2026.
    profile
        Profile the identifier was made in; the digits alone do not tell.
    classes
        Catalogue the class must be listed in; without one only the grammar is checked.

    Raises
    ------
    CodeError
        Naming the digits that are wrong and what would be accepted there.
    """
    rules = profile_named(profile)
    what = f"component code ({profile})"
    text = digits(code, what, (rules.component_digits,))
    class_end = DISTRICT_DIGITS + rules.class_digits
    _check_district_digits(text, what)
    for first, last, name in ((7, 8, "major"), (9, class_end, "minor")):
        if not int(text[first - 1 : last]):
            raise wrong(what, text, first, last, f"a {name} is not numbered 0")
    if not int(text[class_end:]):
        raise wrong(what, text, class_end + 1, len(text), f"a serial is 000001-{HIGHEST_SERIAL}")
    parsed = ComponentCode(
        profile, text[:DISTRICT_DIGITS], text[DISTRICT_DIGITS:class_end], int(text[class_end:])
    )
    if classes is not None and classes.find("component", parsed.class_code) is None:
        try:
            classes.get("component", parsed.class_code)
        except CodeError as error:
            raise CodeError(
                f"{what} {text!r}: digits 7-{class_end} are the class; {error.message}"
            ) from error
    return parsed


def mint(profile: str, district: str, class_code: str, highest_used: int, count: int = 1) -> Iterator[str]:
    """Return the identifiers of the next `count` components of a class in a district.

    Parameters
    ----------
    profile, district, class_code
        What the serial counts within.
    highest_used
        The highest serial ever given, 0 for none; serials of removed components stay taken.
    count
        How many are needed.

    Raises
    ------
    CodeError
        As `build`, and when fewer than `count` serials are left.
    """
    if highest_used + count > HIGHEST_SERIAL:
        left = HIGHEST_SERIAL - highest_used
        raise CodeError(
            f"class {class_code} in district {district} has {left} serials left and {count} are needed:"
            f" they end at {HIGHEST_SERIAL} and are never used again"
        )
    stem = build(profile, district, class_code, highest_used + 1)[:-SERIAL_DIGITS]
    return (
        f"{stem}{serial:0{SERIAL_DIGITS}d}" for serial in range(highest_used + 1, highest_used + count + 1)
    )


def possible_profiles(code: object) -> tuple[str, ...]:
    """Return the profiles in which `code` is well formed and its class listed; more than one is usual."""
    fitting = []
    for name in PROFILES:
        try:
            parse(code, name, catalogue(name))
        except CodeError:
            continue
        fitting.append(name)
    return tuple(fitting)


def explain(code: object, classes: Catalogue, names: Mapping[str, str] | None = None) -> Explanation:
    """Return what each digit group of a component identifier says.

    Parameters
    ----------
    code
        The identifier.
    classes
        Catalogue of the profile it was made in.
    names
        Names of divisions by code, where the caller knows them.

    Raises
    ------
    CodeError
        As `parse`; the class must be listed.
    """
    parsed = parse(code, classes.profile, classes)
    text, class_end = str(parsed), DISTRICT_DIGITS + len(parsed.class_code)
    serial = Part(
        class_end + 1,
        len(text),
        text[class_end:],
        f"该区同类部件第{parsed.serial}号",
        f"number {parsed.serial} of its class in the district",
    )
    parts = (
        *divisions.explain(parsed.district, names).parts,
        *class_parts(classes, "component", parsed.class_code, DISTRICT_DIGITS),
        serial,
    )
    title = classes.rules.title
    return Explanation(text, f"部件标识码（{title}）", f"component code ({title})", parts)


def class_parts(classes: Catalogue, kind: str, class_code: str, before: int) -> tuple[Part, Part]:
    """Return the major and minor part of a code whose class begins after `before` characters.

    Raises
    ------
    CodeError
        The class is not listed.
    """
    entry = classes.get(kind, class_code)
    own = "（自定义）" if classes.rules.is_extension(class_code) else ""
    reserved = ("（保留，不用于上报）", " (reserved: not reported)") if entry.reserved else ("", "")
    return (
        Part(
            before + 1, before + 2, entry.major, f"大类：{entry.major_zh}", f"major class: {entry.major_en}"
        ),
        Part(
            before + 3,
            before + len(class_code),
            entry.minor,
            f"小类：{entry.name_zh}{own}{reserved[0]}",
            f"minor class: {entry.name_en}{reserved[1]}",
        ),
    )


def check_district(code: object, what: str) -> str:
    """Return a 6-digit district code.

    Raises
    ------
    CodeError
        Naming the digits that are wrong: a province or a city is no district.
    """
    text = digits(code, what, (DISTRICT_DIGITS,))
    _check_district_digits(text, what)
    return text


def _check_district_digits(text: str, what: str) -> None:
    for first, last, name in ((1, 2, "province"), (3, 4, "city"), (5, 6, "district")):
        if text[first - 1 : last] == "00":
            raise wrong(what, text, first, last, f"a {name} is 01-99")
