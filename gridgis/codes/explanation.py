"""The shape of an explained code: what each group of characters says, in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One group of characters of a code; positions count from 1 and include both ends."""

    first: int
    last: int
    text: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One reading of a code: what kind of code it is, and its parts in order."""

    code: str
    zh: str
    en: str
    parts: tuple[Part, ...]
    warnings: tuple[str, ...] = ()

    def shifted(self, by: int) -> tuple[Part, ...]:
        """Return the parts as they lie in a longer code that holds this one after `by` characters."""
        return tuple(Part(p.first + by, p.last + by, p.text, p.zh, p.en) for p in self.parts)
