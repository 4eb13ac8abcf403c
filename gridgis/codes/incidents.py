"""Incident numbers, and the 11-digit event codes of the 2026 profile (STANDARDS section 5).

An incident number is ``C`` (component) or ``E`` (event) + class code + local date yyyymmdd + daily serial 4.
An event code is district 6 + class 5: a stamp of what happened in which district, shared by many incidents.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gridgis.codes import divisions
from gridgis.codes.catalogue import Catalogue
from gridgis.codes.components import DISTRICT_DIGITS, check_district, class_parts
from gridgis.codes.digits import characters, digits, numbered, wrong
from gridgis.codes.explanation import Explanation, Part
from gridgis.codes.profiles import KINDS, check_class_code, profile_named
from gridgis.errors import CodeError

SERIAL_DIGITS = 4
FIRST_YEAR = 2000  # grid management is younger; an earlier date means that digits have slipped
_WHAT = "incident number"
_KIND_OF = {kind[0].upper(): kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class IncidentNumber:
    """An incident number taken apart; `reported_on` is a date in the city's time zone."""

    kind: str
    class_code: str
    reported_on: date
    serial: int

    def __str__(self) -> str:
        return build(self.kind, self.class_code, self.reported_on, self.serial)


@dataclass(frozen=True, slots=True)
class EventCode:
    """An event code taken apart."""

    district: str
    class_code: str

    def __str__(self) -> str:
        return self.district + self.class_code


def build(kind: str, class_code: str, reported_on: date, serial: int) -> str:
    """Return the number of the day's incident `serial` of a class.

    Parameters
    ----------
    kind
        ``component`` or ``event``.
    class_code
        4 digits, or 5 in the 2026 profile.
    reported_on
        Date of the report in the city's time zone.
    serial
        1 to 9999, counted within class and day.

    Raises
    ------
    CodeError
        Naming the value that is wrong; a 10,000th incident of a class on one day is refused.
    """
    if kind not in KINDS:
        raise CodeError(f"{_WHAT}: kind {kind!r} is unknown; accepted are {', '.join(KINDS)}")
    digits(class_code, f"class part of an {_WHAT}", (4, 5))
    number = numbered(f"daily serial of an {_WHAT}", serial, SERIAL_DIGITS)
    if reported_on.year < FIRST_YEAR:
        raise CodeError(f"{_WHAT}: date {reported_on} is before {FIRST_YEAR}")
    return f"{kind[0].upper()}{class_code}{reported_on:%Y%m%d}{number}"


def parse(number: object) -> IncidentNumber:
    """Take an incident number apart.

    Raises
    ------
    CodeError
        Naming the characters that are wrong and what would be accepted there.
    """
    text = characters(number, _WHAT)
    kind = _KIND_OF.get(text[0])
    if kind is None:
        raise wrong(_WHAT, text, 1, 1, "C (component) and E (event) are accepted")
    body = text[1:]
    if not re.fullmatch(r"[0-9]{16,17}", body):
        raise CodeError(
            f"{_WHAT} {text!r}: after {text[0]} come 16 or 17 digits (class 4 or 5, date 8, serial 4)"
        )
    class_end = len(text) - 12
    day = _date(text[-12:-4])
    if day is None:
        raise wrong(
            _WHAT, text, class_end + 1, class_end + 8, f"a date yyyymmdd from {FIRST_YEAR} on is expected"
        )
    if not int(text[-4:]):
        raise wrong(_WHAT, text, len(text) - 3, len(text), "a daily serial is 0001-9999")
    return IncidentNumber(kind, text[1:class_end], day, int(text[-4:]))


def explain(number: object, classes: Catalogue) -> Explanation:
    """Return what each part of an incident number says, by the classes of one profile.

    Raises
    ------
    CodeError
        As `parse`; the class must be listed in `classes`.
    """
    parsed = parse(number)
    text, class_end = str(parsed), 1 + len(parsed.class_code)
    kind_zh = {"component": "部件", "event": "事件"}[parsed.kind]
    parts = (
        Part(1, 1, text[0], f"{kind_zh}案件", f"{parsed.kind} incident"),
        *class_parts(classes, parsed.kind, parsed.class_code, 1),
        Part(
            class_end + 1,
            class_end + 8,
            text[-12:-4],
            f"上报日期 {parsed.reported_on}",
            f"reported on {parsed.reported_on}",
        ),
        Part(
            class_end + 9,
            len(text),
            text[-4:],
            f"当日同类第{parsed.serial}件",
            f"number {parsed.serial} of its class that day",
        ),
    )
    return Explanation(text, f"案件编号（{classes.rules.title}）", f"{_WHAT} ({classes.rules.title})", parts)


def build_event_code(profile: str, district: str, class_code: str) -> str:
    """Return the event code of a class in a district.

    Raises
    ------
    CodeError
        The profile has no event codes, or a part is malformed.
    """
    _check_event_profile(profile)
    return check_district(district, "district of an event code") + check_class_code(class_code, profile)


def parse_event_code(code: object, profile: str) -> EventCode:
    """Take an event code apart.

    Raises
    ------
    CodeError
        The profile has no event codes, or naming the digits that are wrong.
    """
    _check_event_profile(profile)
    what = f"event code ({profile})"
    text = digits(code, what, (DISTRICT_DIGITS + profile_named(profile).class_digits,))
    ends = ((1, 2, "province"), (3, 4, "city"), (5, 6, "district"), (7, 8, "major"), (9, len(text), "minor"))
    for first, last, name in ends:
        if not int(text[first - 1 : last]):
            raise wrong(what, text, first, last, f"a {name} is not numbered 0")
    return EventCode(text[:DISTRICT_DIGITS], text[DISTRICT_DIGITS:])


def explain_event_code(
    code: object, classes: Catalogue, names: Mapping[str, str] | None = None
) -> Explanation:
    """Return what each digit group of an event code says; `names` are those of divisions, by code.

    Raises
    ------
    CodeError
        As `parse_event_code`; the class must be listed in `classes`.
    """
    parsed = parse_event_code(code, classes.profile)
    parts = (
        *divisions.explain(parsed.district, names).parts,
        *class_parts(classes, "event", parsed.class_code, DISTRICT_DIGITS),
    )
    title = classes.rules.title
    return Explanation(str(parsed), f"事项代码（{title}）", f"event code ({title})", parts)


def _date(text: str) -> date | None:
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
    return day if day.year >= FIRST_YEAR else None


def _check_event_profile(profile: str) -> None:
    if not profile_named(profile).has_event_codes:
        raise CodeError(f"profile {profile} has no event codes; they come with gbt47678.5-2026")
