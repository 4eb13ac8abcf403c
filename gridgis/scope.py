"""Who may see what: one rule, division prefixes, on every surface alike: items, tiles, exports, caches."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the city a caller may see.

    Parameters
    ----------
    prefixes
        Significant digits of divisions (``"4403"``, ``"440305"``, …), sorted, none a prefix of another.
        A row belongs to the scope when its grid or division code begins with one of them; a row that
        stands in no grid belongs to nobody's part, so only the whole city sees it.
        The empty string is the whole city.
    """

    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, *prefixes: str) -> Scope:
        """Return the scope of `prefixes`, without those that others already contain."""
        kept: list[str] = []
        for prefix in sorted(set(prefixes)):
            if not kept or not prefix.startswith(kept[-1]):
                kept.append(prefix)
        return cls(tuple(kept))

    @property
    def is_everything(self) -> bool:
        """Whether this is the whole city, unlocated rows included."""
        return self.prefixes == ("",)

    @property
    def key(self) -> str:
        """A text that is the same for equal scopes only; it goes into every cache key and ETag."""
        return ",".join(self.prefixes)

    @property
    def array(self) -> str:
        """The prefixes as PostgreSQL writes an array of texts; its row security reads them so."""
        return "{" + ",".join(f'"{prefix}"' for prefix in self.prefixes) + "}"

    def covers(self, code: str | None) -> bool:
        """Tell whether a row with this grid or division code may be seen."""
        return self.is_everything or (code is not None and code.startswith(self.prefixes))

    def narrowed(self, prefix: str) -> Scope:
        """Return the part of this scope that lies in one division; empty where they do not meet."""
        return Scope.of(
            *(
                max(prefix, own, key=len)
                for own in self.prefixes
                if prefix.startswith(own) or own.startswith(prefix)
            )
        )


EVERYTHING = Scope(("",))

NOTHING = Scope(())
