"""From what people say to a class: "下水道盖丢了" -> the covers it can mean, ranked, and never a guess.

Only official and listed names are recognised, letter for letter after `plain_text`. A name that several
classes answer to gives them all, in the preference order of the list. Reserved classes (about people) are
not offered.

What a trouble with a component is filed under depends on the profile: in 2007 and 2013 under the component
class itself, in 2026 under the event "abnormal …" with the same number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gridgis.codes.catalogue import Catalogue, catalogue
from gridgis.codes.class_files import CodeClass
from gridgis.codes.plain_text import BREAK, PlainText, plain_text, spellings
from gridgis.codes.profiles import PROFILES
from gridgis.codes.tables import DATA, read_table
from gridgis.errors import CodeError, InvalidInput

#: Belief in a name by where it is known from: the catalogue itself, or a list of what people say.
OFFICIAL, LISTED = 1.0, 0.95
#: Factor when "name + trouble" is not listed as such and the class follows from the rule above.
BY_RULE = 0.9

#: How many characters may stand between a name and its trouble (路灯 | 已经好几天 | 不亮).
_REACH = 12
_NEGATIONS = ("没", "没有", "不", "未", "无")


@dataclass(frozen=True, slots=True)
class Alias:
    """A name people use and the marks (C0102, E07001) it means in each profile, preferred first."""

    name: str
    marks: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A class that may be meant.

    ``score`` is between 0 and 1, and the scores of one answer add up to at most 1: how surely the name is
    known (`OFFICIAL`, `LISTED`, times `BY_RULE`), shared among the classes that answer to it as 1, 1/2,
    1/3, … of the first, and evenly among the things named. From 0.85 the text names one class and nothing
    else; below, ask.
    """

    entry: CodeClass
    score: float
    name: str  # the words of the text that were recognised
    component: CodeClass | None  # the thing itself, also where the class is the event of its being abnormal


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was recognised in a text.

    ``outcome`` is ``one`` (class), ``several`` (candidates, best first), ``no_class`` (the name is known but
    this profile has no class for it) or ``unknown``. ``beside`` are things named only as the place of the
    trouble; ``without_class`` are the names that have no class in this profile.
    """

    text: str
    profile: str
    outcome: str
    candidates: tuple[Candidate, ...]
    without_class: tuple[str, ...]
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a name stands for in one profile."""

    classes: tuple[CodeClass, ...]
    belief: float
    is_trouble: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """A name found in a text, from `start` to `end` of its plain form."""

    start: int
    end: int
    meaning: _Meaning


class Recogniser:
    """Finds the classes of one catalogue in free text; build it once, ask it often.

    Parameters
    ----------
    classes
        The catalogue in use.
    aliases
        Names people use; for one name in several lists the first that has a class wins.

    Raises
    ------
    CodeError
        An alias names a class that is not listed.
    """

    def __init__(self, classes: Catalogue, aliases: Iterable[Alias]) -> None:
        self._catalogue = classes
        self._troubles = _by_first_character(_trouble_words())
        self._meanings: dict[str, _Meaning] = {}
        self._learn(aliases)
        self._names = _by_first_character(self._meanings)

    def _learn(self, aliases: Iterable[Alias]) -> None:
        official: dict[str, list[CodeClass]] = defaultdict(list)
        for entry in self._catalogue.classes:
            for name in spellings(entry.name_zh):
                if not entry.reserved:
                    official[name].append(entry)
        listed: dict[str, tuple[CodeClass, ...]] = {}
        for alias in aliases:
            marks = alias.marks.get(self._catalogue.profile, ())
            for name in spellings(alias.name):
                listed[name] = listed.get(name) or tuple(map(self._catalogue.by_mark, marks))
        for name in {**official, **listed}:
            both = dict.fromkeys((*official.get(name, ()), *listed.get(name, ())))
            belief = OFFICIAL if name in official else LISTED
            self._meanings[name] = self._meaning(name, tuple(both), belief)
        # Names that only other profiles know are known all the same: the answer is "no class", not "unknown".
        for entry in _classes_of_other_profiles(self._catalogue.profile):
            for name in spellings(entry.name_zh):
                self._meanings.setdefault(name, self._meaning(name, (), LISTED))

    def _meaning(self, name: str, classes: tuple[CodeClass, ...], belief: float) -> _Meaning:
        is_trouble = (
            any(entry.kind == "event" for entry in classes)
            or self._trouble_in(name, 0, len(name)) is not None
        )
        return _Meaning(classes, belief, is_trouble)

    def recognise(self, text: str) -> Recognition:
        """Return the classes a text may mean.

        The longest names win where names overlap. Beside a trouble (路灯不亮, 小广告) a thing that is only
        named says where it is, not what it is about.
        """
        plain = plain_text(text)
        seen = self._with_troubles(plain.plain, self._names_in(plain.plain))
        troubles = [name for name in seen if name.meaning.is_trouble]
        subjects = troubles or seen
        candidates = self._candidates(plain, subjects)
        without_class = tuple(_quote(plain, name) for name in subjects if not name.meaning.classes)
        beside = tuple(_quote(plain, name) for name in seen if troubles and not name.meaning.is_trouble)
        if candidates:
            outcome = "one" if len(candidates) == 1 else "several"
        else:
            outcome = "no_class" if without_class else "unknown"
        return Recognition(text, self._catalogue.profile, outcome, candidates, without_class, beside)

    def _names_in(self, plain: str) -> list[_Found]:
        """Return the names in a plain text that do not overlap, longer ones first served, in text order."""
        spans = [
            (start, start + len(name))
            for start, character in enumerate(plain)
            for name in self._names.get(character, ())
            if plain.startswith(name, start)
        ]
        taken = [False] * len(plain)
        chosen = []
        for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
            if not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                chosen.append(_Found(start, end, self._meanings[plain[start:end]]))
        return sorted(chosen, key=lambda name: name.start)

    def _with_troubles(self, plain: str, found: list[_Found]) -> list[_Found]:
        """Return each named thing as the trouble that is said of it, or as it is; a word is used once."""
        seen, free_from = [], 0
        for name, upto in zip(found, [*(name.start for name in found[1:]), len(plain)], strict=False):
            place = None if name.meaning.is_trouble else self._trouble_of(plain, name, free_from, upto)
            free_from = name.end
            if place is not None:
                word, free_from = plain[slice(*place)], max(name.end, place[1])
                seen.append(
                    _Found(name.start, name.end, self._said(plain[name.start : name.end], word, name.meaning))
                )
            else:
                seen.append(name)
        return seen

    def _said(self, name: str, word: str, meaning: _Meaning) -> _Meaning:
        """Return what a thing and its trouble mean together: as listed, or else by the profile's rule."""
        listed = self._meanings.get(name + word)
        if listed is not None:
            return listed
        filed = dict.fromkeys(self._catalogue.mirror(entry) or entry for entry in meaning.classes)
        return _Meaning(tuple(filed), meaning.belief * BY_RULE, is_trouble=True)

    def _trouble_of(self, plain: str, name: _Found, since: int, upto: int) -> tuple[int, int] | None:
        """Return where the trouble of a name is said: right before it, or after it within its clause."""
        for start in range(max(since, name.start - _REACH), name.start):
            place = self._trouble_in(plain, start, start + 1)
            if place is not None and place[1] == name.start:
                return place
        end = min(upto, name.end + _REACH)
        stop = plain.find(BREAK, name.end, end)
        return self._trouble_in(plain, name.end, end if stop < 0 else stop)

    def _trouble_in(self, plain: str, start: int, upto: int) -> tuple[int, int] | None:
        """Return where the first trouble word begun in ``plain[start:upto]`` and not denied lies."""
        for place in range(start, upto):
            for word in self._troubles.get(plain[place], ()):
                if plain.startswith(word, place) and not plain.endswith(_NEGATIONS, 0, place):
                    return place, place + len(word)
        return None

    def _candidates(self, plain: PlainText, subjects: list[_Found]) -> tuple[Candidate, ...]:
        ranked: dict[CodeClass, Candidate] = {}
        for subject in subjects:
            classes = subject.meaning.classes
            whole = sum(1 / rank for rank in range(1, len(classes) + 1)) * len(subjects)
            for rank, entry in enumerate(classes, start=1):
                before = ranked[entry].score if entry in ranked else 0.0
                score = before + subject.meaning.belief / rank / whole
                component = entry if entry.kind == "component" else self._catalogue.mirror(entry)
                ranked[entry] = Candidate(entry, score, _quote(plain, subject), component)
        return tuple(sorted(ranked.values(), key=lambda candidate: -candidate.score))


@cache
def recogniser(profile: str) -> Recogniser:
    """Return the recogniser of a profile's catalogue and names as shipped.

    Raises
    ------
    CodeError
        No profile has this name.
    """
    return Recogniser(catalogue(profile), shipped_aliases())


@cache
def shipped_aliases() -> tuple[Alias, ...]:
    """Return the names that come with the product: what people say, and the official names of other lists."""
    return tuple(alias for file in ("aliases.csv", "synonyms.csv") for alias in read_aliases(DATA / file))


def read_aliases(path: Path) -> tuple[Alias, ...]:
    """Read names from CSV: ``name_zh`` and one column a profile, holding marks such as ``C0102 E0404``.

    An empty cell says that the profile has no class for the name; a city may leave out whole profiles.

    Raises
    ------
    InvalidInput
        Naming the row and field that cannot be read.
    """
    table = read_table(path)
    profiles = [name for name in PROFILES if name in table.columns]
    if "name_zh" not in table.columns or not profiles:
        raise InvalidInput(f"{path.name}: row 1 must have name_zh and at least one of {', '.join(PROFILES)}")
    aliases = []
    for row, values in table.rows:
        name, where = values["name_zh"], f"{path.name}: row {row}"
        if len(plain_text(name).plain) < 2:
            raise InvalidInput(f"{where}, name_zh: {name!r}; a name has at least two characters")
        aliases.append(
            Alias(name, {profile: _marks(values[profile], profile, where) for profile in profiles})
        )
    return tuple(aliases)


def _marks(cell: str, profile: str, where: str) -> tuple[str, ...]:
    marks = tuple(cell.split())
    for mark in marks:
        try:
            entry = catalogue(profile).by_mark(mark)
        except CodeError as error:
            raise InvalidInput(f"{where}, {profile}: {error.message}") from error
        if entry.reserved:
            raise InvalidInput(f"{where}, {profile}: {mark} is reserved and is not reported")
    return marks


def _classes_of_other_profiles(profile: str) -> Iterator[CodeClass]:
    for other in PROFILES:
        if other == profile:
            continue
        classes = catalogue(other)
        for entry in classes.classes:
            # "abnormal …" is no name of its own where the thing and its trouble are recognised apart
            is_mirror = entry.kind == "event" and classes.mirror(entry) is not None
            if not entry.reserved and not is_mirror:
                yield entry


def _trouble_words() -> list[str]:
    return [plain_text(row["word"]).plain for _, row in read_table(DATA / "trouble_words.csv").rows]


def _by_first_character(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return names by first character, longest first, so that a text is read in one pass."""
    index: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names, key=lambda name: (-len(name), name)):
        index[name[0]].append(name)
    return {character: tuple(group) for character, group in index.items()}


def _quote(plain: PlainText, name: _Found) -> str:
    return plain.quote(name.start, name.end)
