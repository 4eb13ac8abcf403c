"""Every reading of a code whose kind is not known: what a person holding it wants to hear."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from gridgis.codes import (
    buildings,
    cjt349,
    components,
    descriptive,
    divisions,
    grids,
    incidents,
    social_credit,
)
from gridgis.codes.catalogue import Catalogue, catalogue
from gridgis.codes.digits import characters
from gridgis.codes.explanation import Explanation, Part
from gridgis.codes.profiles import KINDS, PROFILES
from gridgis.codes.resident_id import refuse_resident_id
from gridgis.errors import CodeError

Reader = Callable[[], Explanation]


def readings(
    code: object,
    profile: str | None = None,
    names: Mapping[str, str] | None = None,
    pattern: str = grids.PATTERN,
) -> tuple[Explanation, ...]:
    """Return every way in which a code can be read; a component code of 16 digits has two, for example.

    Parameters
    ----------
    code
        Any code of the city, spaces around it aside.
    profile
        Read classes by this profile only; by default by all of them.
    names
        Names of divisions by code, where the caller knows them.
    pattern
        Picture of the city's grid codes.

    Raises
    ------
    CodeError
        It can be read as nothing; the message is that of the kind of code whose shape is nearest. A
        person's identity number is refused without being read.
    """
    text = characters(characters(code, "code").strip(), "code")
    refuse_resident_id(text, "code")
    catalogues = [catalogue(name) for name in ([profile] if profile else PROFILES)]
    found: list[Explanation] = []
    failures: list[CodeError] = []
    for read in _readers(text, catalogues, names, pattern):
        try:
            found.append(read())
        except CodeError as error:
            failures.append(error)
    if found:
        return tuple(found)
    if failures:
        raise failures[0]
    raise CodeError(
        f"{text!r} ({len(text)} characters) is no code known here: divisions have 2, 4, 6, 9 or 12 digits,"
        f" classes 4 or 5, events 11, grids {len(pattern)} or 20, components 16 or 17, departments 18;"
        " incidents begin with C or E, descriptive codes have seven parts"
    )


def _readers(
    text: str, catalogues: list[Catalogue], names: Mapping[str, str] | None, pattern: str
) -> Iterator[Reader]:
    """Return a reader for each kind of code that has the shape of `text`, the likeliest kind first."""
    width = len(text)
    if "-" in text:
        yield partial(descriptive.explain, text, pattern)
    elif text[0] in "CE":
        for classes in _by_class_width(catalogues, width - 13) or catalogues[:1]:
            yield partial(incidents.explain, text, classes)
    elif text[0] == "B":
        yield partial(buildings.explain, text)
    else:
        if width == len(pattern):
            yield partial(grids.explain, text, names, pattern)
        if width in divisions.WIDTHS.values():
            yield partial(divisions.explain, text, names)
        if width == social_credit.WIDTH:
            yield partial(social_credit.explain, text)
        if width == cjt349.WIDTH:
            yield partial(cjt349.explain, text, names)
        yield from _readers_by_class(text, catalogues, names)


def _readers_by_class(
    text: str, catalogues: list[Catalogue], names: Mapping[str, str] | None
) -> Iterator[Reader]:
    width = len(text)
    for classes in catalogues:
        if width == classes.rules.component_digits:
            yield partial(components.explain, text, classes, names)
        if width == components.DISTRICT_DIGITS + classes.rules.class_digits and classes.rules.has_event_codes:
            yield partial(incidents.explain_event_code, text, classes, names)
    for classes in _by_class_width(catalogues, width):
        for kind in KINDS:
            yield partial(_explain_class, text, classes, kind)


def _by_class_width(catalogues: list[Catalogue], width: int) -> list[Catalogue]:
    return [classes for classes in catalogues if classes.rules.class_digits == width]


def _explain_class(code: str, classes: Catalogue, kind: str) -> Explanation:
    parts: tuple[Part, ...] = components.class_parts(classes, kind, code, 0)
    kind_zh = {"component": "部件", "event": "事件"}[kind]
    title = classes.rules.title
    return Explanation(code, f"{kind_zh}分类代码（{title}）", f"{kind} class ({title})", parts)
