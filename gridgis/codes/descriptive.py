"""The seven-part descriptive code: a component as people read it, not its identifier (STANDARDS section 5).

District, major, minor, component name, owning department, position and grid code, joined by ``-``. Inside the
three texts ``%`` is written ``%25`` and ``-`` ``%2D``, so that there are always exactly seven parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gridgis.codes import components, grids
from gridgis.codes.digits import characters, digits
from gridgis.codes.explanation import Explanation, Part
from gridgis.errors import CodeError

_WHAT = "descriptive code"
PARTS = (
    ("district", "市辖区代码", "district code"),
    ("major", "大类代码", "major class"),
    ("minor", "小类代码", "minor class"),
    ("name", "部件名称", "component name"),
    ("department", "归属部门", "owning department"),
    ("position", "问题位置", "position"),
    ("grid", "所在网格号", "grid code"),
)


@dataclass(frozen=True, slots=True)
class Descriptive:
    """The seven parts, texts unescaped; the district is the first six digits of the grid code."""

    major: str
    minor: str
    name: str
    department: str
    position: str
    grid: str

    @property
    def district(self) -> str:
        """Code of the district the component stands in."""
        return self.grid[:6]


def render(parts: Descriptive, pattern: str = grids.PATTERN) -> str:
    """Return the descriptive code of `parts`.

    Raises
    ------
    CodeError
        Major, minor or grid code are malformed, or the name is empty.
    """
    _check(parts, pattern)
    texts = (_escaped(text) for text in (parts.name, parts.department, parts.position))
    return "-".join((parts.district, parts.major, parts.minor, *texts, parts.grid))


def parse(code: object, pattern: str = grids.PATTERN) -> Descriptive:
    """Take a descriptive code apart; rendering the answer gives exactly the same text again.

    Raises
    ------
    CodeError
        Not seven parts, a part malformed, ``%`` used other than as ``%25`` or ``%2D``, or a district that
        is not that of the grid.
    """
    text = characters(code, _WHAT)
    pieces = text.split("-")
    if len(pieces) != len(PARTS):
        raise CodeError(
            f"{_WHAT} {text!r} has {len(pieces)} parts; seven are expected, a '-' in a text is written %2D"
        )
    district, major, minor, *texts, grid = pieces
    name, department, position = (
        _unescaped(piece, number, text) for number, piece in enumerate(texts, start=4)
    )
    parts = Descriptive(major, minor, name, department, position, grid)
    _check(parts, pattern)
    if district != parts.district:
        raise CodeError(
            f"{_WHAT} {text!r}: part 1 (district) is {district!r}; part 7 (grid) begins with {parts.district}"
        )
    return parts


def describe(
    component_code: str,
    profile: str,
    *,
    name: str,
    department: str,
    position: str,
    grid: str,
    pattern: str = grids.PATTERN,
) -> str:
    """Return the descriptive code of a component from its identifier and attributes.

    Raises
    ------
    CodeError
        The identifier or grid code is malformed, or they are of two districts.
    """
    identifier = components.parse(component_code, profile)
    parts = Descriptive(
        identifier.class_code[:2], identifier.class_code[2:], name, department, position, grid
    )
    differing = disagreements(parts, component_code, profile)
    if differing:
        raise CodeError(f"component {component_code} cannot be described: {'; '.join(differing)}")
    return render(parts, pattern)


def disagreements(parts: Descriptive, component_code: str, profile: str) -> tuple[str, ...]:
    """Return in words each part that contradicts the numeric identifier; empty when they agree.

    Raises
    ------
    CodeError
        The identifier is malformed.
    """
    identifier = components.parse(component_code, profile)
    compared = (
        ("district (part 1)", parts.district, "digits 1-6", identifier.district),
        ("major (part 2)", parts.major, "digits 7-8", identifier.class_code[:2]),
        (
            "minor (part 3)",
            parts.minor,
            f"digits 9-{6 + len(identifier.class_code)}",
            identifier.class_code[2:],
        ),
    )
    return tuple(
        f"{label} is {ours}, {where} of the identifier are {theirs}"
        for label, ours, where, theirs in compared
        if ours != theirs
    )


def explain(code: object, pattern: str = grids.PATTERN) -> Explanation:
    """Return what each of the seven parts says.

    Raises
    ------
    CodeError
        As `parse`.
    """
    parts = parse(code, pattern)
    text = render(parts, pattern)
    explained, first = [], 1
    for (attribute, zh, en), piece in zip(PARTS, text.split("-"), strict=True):
        value = getattr(parts, attribute)
        last = first + len(piece) - 1
        explained.append(Part(first, last, piece, f"{zh}：{value}", f"{en}: {value}"))
        first = last + 2
    return Explanation(text, "七段描述码", "seven-part descriptive code", tuple(explained))


def _check(parts: Descriptive, pattern: str) -> None:
    digits(parts.major, f"major (part 2) of a {_WHAT}", (2,))
    digits(parts.minor, f"minor (part 3) of a {_WHAT}", (2, 3))
    grids.parse(parts.grid, pattern)
    if not parts.name:
        raise CodeError(f"{_WHAT}: part 4 (component name) is empty; the class's standard name is expected")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("-", "%2D")


def _unescaped(piece: str, number: int, text: str) -> str:
    stray = re.search("%(?!25|2D)", piece)
    if stray:
        found = piece[stray.start() : stray.start() + 3]
        raise CodeError(f"{_WHAT} {text!r}: part {number} holds {found!r}; only %25 and %2D are accepted")
    return piece.replace("%2D", "-").replace("%25", "%")
