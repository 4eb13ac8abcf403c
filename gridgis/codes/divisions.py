"""Division codes: the tree province > city > district > street > community (STANDARDS section 3).

A division is *stored* in 6, 9 or 12 digits; provinces and cities are filled with zeros (440000, 440300).
Its *prefix* is the significant digits alone (44, 4403, 440303, ...): what the codes of everything inside
begin with, and so what scopes and roll-ups compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from gridgis.codes.digits import digits, wrong
from gridgis.codes.explanation import Explanation, Part
from gridgis.codes.tables import DATA, read_table
from gridgis.errors import CodeError

#: Digits of the prefix of each level, from the root down.
WIDTHS = {"province": 2, "city": 4, "district": 6, "street": 9, "community": 12}
LEVELS = tuple(WIDTHS)

_WHAT = "division code"
_LEVEL_ZH = {"province": "省级", "city": "地级", "district": "县级", "street": "乡级", "community": "村级"}
_ACCEPTED = {
    "province": "a province is 01-99",
    "city": "a city is 01-99",
    "district": "a district is 01-20, a county 21-80, a county-level city 81-99",
    "street": "a street is 001-099, a town 100-199, a township 200-399, a zone 400 and up",
    "community": "a residents' committee is 001-199, a village 200-399, a zone's community 400 and up",
}
# Upper end of each range of the last three levels, with what a number in it denotes.
_RANGES: dict[str, tuple[tuple[int, str, str], ...]] = {
    "district": ((20, "市辖区", "district"), (80, "县", "county"), (99, "县级市", "county-level city")),
    "street": (
        (99, "街道", "street"),
        (199, "镇", "town"),
        (399, "乡", "township"),
        (599, "园区、企业等类似乡级单位", "zone, enterprise or similar unit"),
        (999, "未规定的号段", "number outside the known ranges"),
    ),
    "community": (
        (199, "居民委员会", "residents' committee"),
        (399, "村民委员会", "village committee"),
        (999, "虚拟社区", "virtual community of a zone"),
    ),
}


def prefix(code: object) -> str:
    """Return the significant digits of a division code: 440000 -> 44, 440300 -> 4403, 440303 -> 440303.

    Parameters
    ----------
    code
        2, 4, 6, 9 or 12 digits. Levels left out at the end may be filled with zeros, as statistical
        lists do (440303000000 is the district 440303).

    Raises
    ------
    CodeError
        Naming the digits that are wrong and what would be accepted there.
    """
    text = digits(code, _WHAT, tuple(WIDTHS.values()))
    kept = text
    if len(text) >= WIDTHS["district"]:
        for level in reversed(LEVELS[1:]):
            first = _start(level)
            if len(kept) > first and not int(kept[first:]):
                kept = kept[:first]
    for level in LEVELS:
        first, last = _start(level), WIDTHS[level]
        if first < len(kept) and not int(kept[first:last]):
            raise wrong(_WHAT, text, first + 1, last, _ACCEPTED[level])
    return kept


def normalise(code: object) -> str:
    """Return the form in which a division is stored: 44 -> 440000, 4403 -> 440300, 440303000 -> 440303.

    Raises
    ------
    CodeError
        As `prefix`.
    """
    return prefix(code).ljust(WIDTHS["district"], "0")


def is_division_code(code: object) -> bool:
    """Tell whether `code` is a division code in its stored form."""
    try:
        return normalise(code) == code
    except CodeError:
        return False


def level(code: object) -> str:
    """Return the level of a division: one of `LEVELS`.

    Raises
    ------
    CodeError
        As `prefix`.
    """
    width = len(prefix(code))
    return next(name for name, digits_of_level in WIDTHS.items() if digits_of_level == width)


def parent(code: object) -> str | None:
    """Return the stored code of the division above, ``None`` above a province.

    Raises
    ------
    CodeError
        As `prefix`.
    """
    above = ancestors(code)
    return above[-1] if above else None


def ancestors(code: object) -> tuple[str, ...]:
    """Return the stored codes of all divisions above, from the province down.

    Raises
    ------
    CodeError
        As `prefix`.
    """
    own = prefix(code)
    return tuple(normalise(own[:width]) for width in WIDTHS.values() if width < len(own))


def is_within(code: str, scope: object) -> bool:
    """Tell whether the code of a division, grid or component lies in the division `scope` (itself included).

    Raises
    ------
    CodeError
        `scope` is no division code.
    """
    return code.startswith(prefix(scope))


def build(province: str, city: str = "", district: str = "", street: str = "", community: str = "") -> str:
    """Return the stored code of the division made of these digit groups (2 + 2 + 2 + 3 + 3).

    Raises
    ------
    CodeError
        A group has another width, is all zeros, or follows one that is left out.
    """
    code = ""
    for name, group in zip(LEVELS, (province, city, district, street, community), strict=True):
        if not group and name != "province":
            continue
        if len(code) != _start(name):
            raise CodeError(f"{_WHAT}: a {name} {group!r} needs every level above it; {code!r} comes before")
        digits(group, f"{name} part of a {_WHAT}", (WIDTHS[name] - _start(name),))
        if not int(group):
            raise CodeError(f"{name} part of a {_WHAT} is {group!r}; {_ACCEPTED[name]}")
        code += group
    return normalise(code)


def parse(code: object) -> dict[str, str]:
    """Return the stored code of a division and of each above it, by level from the province down.

    Raises
    ------
    CodeError
        As `prefix`.
    """
    return dict(zip(LEVELS, (*ancestors(code), normalise(code)), strict=False))


def explain(code: object, names: Mapping[str, str] | None = None) -> Explanation:
    """Return what each digit group of a division code says.

    Parameters
    ----------
    code
        Any accepted form.
    names
        Names of divisions by stored code, where the caller knows them.

    Raises
    ------
    CodeError
        As `prefix`.
    """
    own, names = prefix(code), names or {}
    parts = []
    for name, width in WIDTHS.items():
        if width <= len(own):
            zh, en = _meaning(name, own[:width])
            known = names.get(normalise(own[:width]))
            parts.append(
                Part(
                    _start(name) + 1,
                    width,
                    own[_start(name) : width],
                    f"{_LEVEL_ZH[name]}：{known or zh}",
                    f"{name}: {known or en}",
                )
            )
    stored = normalise(own)
    if len(own) < len(stored):
        parts.append(Part(len(own) + 1, len(stored), stored[len(own) :], "补零", "filled with zeros"))
    lowest = level(own)
    return Explanation(
        stored, f"行政区划代码（{_LEVEL_ZH[lowest]}）", f"division code ({lowest})", tuple(parts)
    )


def _meaning(name: str, own: str) -> tuple[str, str]:
    number = own[_start(name) :]
    if name == "province":
        return _provinces().get(number, (f"第{number}号", f"number {number}"))
    for highest, zh, en in _RANGES.get(name, ()):
        if int(number) <= highest:
            return f"{zh}，第{number}号", f"{en}, number {number}"
    return f"第{number}号", f"number {number}"


def _start(name: str) -> int:
    """Return how many digits stand before the group of a level."""
    position = LEVELS.index(name)
    return WIDTHS[LEVELS[position - 1]] if position else 0


@cache
def _provinces() -> dict[str, tuple[str, str]]:
    """Return the Chinese and English name of each province by its two digits (GB/T 2260)."""
    rows = read_table(DATA / "provinces.csv").rows
    return {row["digits"]: (row["name_zh"], row["name_en"]) for _, row in rows}
