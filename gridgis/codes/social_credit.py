"""Department codes: the 18-character unified social-credit code (STANDARDS section 5).

Registrar 1 + category 1 + division 6 + organisation 9 + check character 1. A wrong check character is only
warned of, since real codes with one are in use.
"""

from __future__ import annotations

from dataclasses import dataclass

from gridgis.codes.digits import characters
from gridgis.codes.explanation import Explanation, Part
from gridgis.codes.resident_id import refuse_resident_id
from gridgis.errors import CodeError

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WIDTH = 18
_WHAT = "social-credit code"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}


@dataclass(frozen=True, slots=True)
class SocialCredit:
    """A social-credit code taken apart."""

    code: str
    expected_check: str

    @property
    def division(self) -> str:
        """The six digits of the registering authority's division."""
        return self.code[2:8]

    @property
    def warning(self) -> str | None:
        """What is doubtful about the code, in one sentence; ``None`` when its check character fits."""
        if self.code[-1] == self.expected_check:
            return None
        return (
            f"{_WHAT} {self.code}: character 18 is {self.code[-1]!r}, the check gives {self.expected_check!r}"
        )


def check_character(first: str) -> str:
    """Return the check character of the first 17 characters of a code.

    Weights are the powers of 3 modulo 31 (GB 32100-2015, from secondary sources).

    Raises
    ------
    CodeError
        Not 17 characters of the alphabet.
    """
    if len(first) != WIDTH - 1:
        raise CodeError(f"{_WHAT}: {len(first)} characters before the check; 17 are expected")
    total = sum(_value(first, position) * pow(3, position, 31) for position in range(WIDTH - 1))
    return ALPHABET[-total % 31]


def parse(code: object) -> SocialCredit:
    """Take a social-credit code apart; see `SocialCredit.warning` for a check character that does not fit.

    Raises
    ------
    CodeError
        Naming the character that is wrong; also for a person's identity number, which is never a key.
    """
    text = characters(code, _WHAT)
    refuse_resident_id(text, _WHAT)
    if len(text) != WIDTH:
        raise CodeError(f"{_WHAT} {text!r} has {len(text)} characters; 18 are expected")
    for position in range(WIDTH):
        _value(text, position)
        if 2 <= position < 8 and not text[position].isdigit():
            raise CodeError(
                f"{_WHAT} {text!r}: character {position + 1} is {text[position]!r}; 3-8 are digits"
            )
    return SocialCredit(text, check_character(text[:-1]))


def explain(code: object) -> Explanation:
    """Return what each group of a social-credit code says.

    Raises
    ------
    CodeError
        As `parse`.
    """
    parsed = parse(code)
    text = parsed.code
    fits = parsed.warning is None
    parts = (
        Part(1, 1, text[0], "登记管理部门代码", "registering department"),
        Part(2, 2, text[1], "机构类别代码", "category of organisation"),
        Part(3, 8, text[2:8], "登记管理机关行政区划码", "division of the registering authority"),
        Part(9, 17, text[8:17], "主体标识码", "organisation code"),
        Part(
            18,
            18,
            text[17],
            "校验码，正确" if fits else f"校验码，应为 {parsed.expected_check}",
            "check character, fits" if fits else f"check character, {parsed.expected_check} expected",
        ),
    )
    warnings = () if parsed.warning is None else (parsed.warning,)
    return Explanation(text, "统一社会信用代码", _WHAT, parts, warnings)


def _value(text: str, position: int) -> int:
    try:
        return _VALUE[text[position]]
    except KeyError:
        raise CodeError(
            f"{_WHAT} {text!r}: character {position + 1} is {text[position]!r};"
            " 0-9 and A-Y without I, O, S and V are accepted"
        ) from None
