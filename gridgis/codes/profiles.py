"""The three sets of rules for classes and component identifiers (STANDARDS section 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gridgis.codes.digits import digits, wrong
from gridgis.errors import CodeError

#: A number in a code means nothing without the kind of class it counts.
KINDS = ("component", "event")


@dataclass(frozen=True, slots=True)
class Profile:
    """The widths of one profile and the numbers it leaves to a city's own classes.

    ``extension_major`` is the major whose minors are all the city's own; otherwise the city's minors
    are those from ``extension_floor`` up, taken downwards from the highest.
    """

    name: str
    title: str
    minor_digits: int
    extension_major: str | None
    extension_floor: int
    has_event_codes: bool

    @property
    def class_digits(self) -> int:
        """Digits of a class code: the major and the minor."""
        return 2 + self.minor_digits

    @property
    def component_digits(self) -> int:
        """Digits of a component identifier: district, class and serial."""
        return 6 + self.class_digits + 6

    @property
    def extension_rule(self) -> str:
        """Where a city's own classes lie, in words for a message."""
        if self.extension_major:
            return f"major {self.extension_major}, minors upward from 01"
        highest = 10**self.minor_digits - 1
        return f"minors from {highest} downward, not below {self.extension_floor:0{self.minor_digits}d}"

    def is_extension(self, class_code: str) -> bool:
        """Tell whether a well-formed class code lies where a city may put its own classes."""
        if self.extension_major:
            return class_code[:2] == self.extension_major
        return int(class_code[2:]) >= self.extension_floor


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("cjt214-2007", "CJ/T 214-2007", 2, "21", 1, has_event_codes=False),
        # One city is seen to use 79-99; our list is partial, so a lower number might be a standard one.
        Profile("gbt30428.2-2013", "GB/T 30428.2-2013", 2, None, 79, has_event_codes=False),
        Profile("gbt47678.5-2026", "GB/T 47678.5-2026", 3, None, 80, has_event_codes=True),
    )
}


def profile_named(name: str) -> Profile:
    """Return the rules of a profile.

    Raises
    ------
    CodeError
        No profile has this name.
    """
    try:
        return PROFILES[name]
    except KeyError:
        raise CodeError(f"code profile {name!r} is unknown; known are {', '.join(PROFILES)}") from None


def check_class_code(code: object, profile: str) -> str:
    """Return a class code that is well formed in `profile`, whether or not the class is listed.

    Raises
    ------
    CodeError
        Wrong width, not digits, or a major or minor of zeros.
    """
    rules = profile_named(profile)
    what = f"class code ({profile})"
    text = digits(code, what, (rules.class_digits,))
    if text[:2] == "00":
        raise wrong(what, text, 1, 2, "a major is 01-99")
    if not int(text[2:]):
        lowest, highest = "1".zfill(rules.minor_digits), "9" * rules.minor_digits
        raise wrong(what, text, 3, len(text), f"a minor is {lowest}-{highest}")
    return text


def next_extension(profile: str, used: Iterable[str], major: str | None = None) -> str:
    """Return the next free class code for a city's own class; numbers once used are not given again.

    Parameters
    ----------
    profile
        Name of the profile.
    used
        Class codes of this kind ever used by the city; those outside the extension range are ignored.
    major
        The major to extend. In the 2007 profile it is always 21 and may be left out.

    Raises
    ------
    CodeError
        The range is used up, or the profile extends another major.
    """
    rules = profile_named(profile)
    major = major or rules.extension_major
    if major is None:
        raise CodeError(f"{profile}: say which major (two digits) the new class belongs to")
    if rules.extension_major not in (None, major):
        raise CodeError(
            f"{profile}: major {major} cannot be extended; own classes are {rules.extension_rule}"
        )
    own = [int(code[2:]) for code in used if code[:2] == major and rules.is_extension(code)]
    highest = 10**rules.minor_digits - 1
    upward = rules.extension_major is not None
    minor = max(own, default=0) + 1 if upward else min(own, default=highest + 1) - 1
    if not rules.extension_floor <= minor <= highest:
        raise CodeError(f"{profile}: major {major} has no number left ({rules.extension_rule})")
    return check_class_code(f"{major}{minor:0{rules.minor_digits}d}", profile)
