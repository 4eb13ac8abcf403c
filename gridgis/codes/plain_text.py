"""Chinese free text in one plain form, so that names are found in it whatever keyboard it came from."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from gridgis.codes.tables import DATA, read_table

#: Stands for any run of punctuation: no name is looked for across it.
BREAK = "|"
# Where 的 is part of a word; elsewhere it links words and says nothing (下水道的盖子).
_KEPT = re.compile("目的|的士|的确")


@dataclass(frozen=True, slots=True)
class PlainText:
    """A text in plain form; ``origin[i]`` is the place in the original of its character ``i``."""

    original: str
    plain: str
    origin: tuple[int, ...]

    def quote(self, start: int, end: int) -> str:
        """Return the words of the original that became ``plain[start:end]``."""
        return self.original[self.origin[start] : self.origin[end - 1] + 1]


def plain_text(text: str) -> PlainText:
    """Return a text with half-width, lower-case, simplified characters, without spaces and linking 的.

    Each run of punctuation becomes one `BREAK`.
    """
    simplified = _simplified()
    kept = {match.start() + match[0].index("的") for match in _KEPT.finditer(text)}
    plain: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        if character == "的" and place not in kept:
            continue
        for folded in unicodedata.normalize("NFKC", character).casefold():
            if folded.isspace():
                continue
            if folded.isalnum():
                plain.append(simplified.get(folded, folded))
            elif plain and plain[-1] == BREAK:
                continue
            else:
                plain.append(BREAK)
            origin.append(place)
    return PlainText(text, "".join(plain), tuple(origin))


def spellings(name: str) -> tuple[str, ...]:
    """Return a class name in plain form, as it is printed and once for each choice its brackets offer.

    A bracket names what may stand for as many characters before it as it has itself: 垃圾间（楼） is 垃圾间
    or 垃圾楼, and 车辆加油（气、电）站 is one of three.
    """
    printed = plain_text(name).plain.strip(BREAK)
    whole = unicodedata.normalize("NFKC", name)
    match = re.fullmatch(r"(.*?)\((.*?)\)(.*)", whole)
    if match is None:
        return (printed,)
    before, inside, after = match.groups()
    choices = [before, *(before[: -len(choice)] + choice for choice in re.split("[、,]", inside))]
    return (printed, *(plain_text(choice + after).plain for choice in choices))


@cache
def _simplified() -> dict[str, str]:
    return {row["traditional"]: row["simplified"] for _, row in read_table(DATA / "traditional.csv").rows}
