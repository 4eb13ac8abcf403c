"""``gridgis codes``: what a code says, and which class is meant by what people say."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict
from typing import Any

import click

from gridgis.codes.aliases import Recognition, recogniser
from gridgis.codes.catalogue import catalogue
from gridgis.codes.class_files import CodeClass, class_row
from gridgis.codes.explanation import Explanation
from gridgis.codes.profiles import PROFILES
from gridgis.codes.readings import readings
from gridgis.config import Config

_OUTCOMES = {
    "one": "one class 唯一类别",
    "several": "several classes are possible, the likeliest first 有多个可能的类别，请选择",
    "no_class": "no class in this profile 本目录中没有这一类别",
    "unknown": "no known name in this text 未识别出已知名称",
}


@click.group()
def codes() -> None:
    """Explain codes and find classes by their everyday names. Needs no database."""


command = codes


@codes.command()
@click.argument("code")
@click.option("--profile", type=click.Choice(list(PROFILES)), help="Read classes by this profile only.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(code: str, profile: str | None, as_json: bool) -> None:
    """Say what each digit of CODE means.

    CODE is that of a division, grid, component, class, event, incident or department, or a seven-part
    descriptive code. Every possible reading is printed.

    \b
    gridgis codes explain 440303001001001
    gridgis codes explain 3205080101000001 --profile cjt214-2007
    """  # noqa: D301 - \b keeps click from rewrapping the examples
    found = readings(code, profile)
    if as_json:
        click.echo(json.dumps({"code": code, "readings": [asdict(one) for one in found]}, ensure_ascii=False))
        return
    click.echo("\n\n".join(_as_lines(one) for one in found))


@codes.command()
@click.argument("text")
@click.option("--profile", type=click.Choice(list(PROFILES)), help="Default: the installation's profile.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def find(text: str, profile: str | None, as_json: bool) -> None:
    """Find the class TEXT is about: a name, or a whole sentence.

    Where everyday names find nothing, classes whose Chinese or English name holds all the words are listed.
    Exits 1 when nothing is found.

    \b
    gridgis codes find 下水道盖丢了
    gridgis codes find "street light"
    """  # noqa: D301
    profile = profile or Config.from_environment().code_profile
    recognition = recogniser(profile).recognise(text)
    by_words = catalogue(profile).search(text) if recognition.outcome == "unknown" else ()
    if as_json:
        click.echo(json.dumps(_recognised(recognition, by_words), ensure_ascii=False))
    else:
        _print_recognised(recognition, by_words)
    if not recognition.candidates and not by_words:
        raise click.exceptions.Exit(1)


def _as_lines(one: Explanation) -> str:
    width = max(_columns(part.text) for part in one.parts)
    lines = [click.style(f"{one.zh}  {one.en}", bold=True)]
    for part in one.parts:
        place = f"{part.first}-{part.last}" if part.last > part.first else str(part.first)
        lines.append(
            f"  {place:>7}  {part.text}{' ' * (width - _columns(part.text))}  {part.zh}  ({part.en})"
        )
    return "\n".join([*lines, *(click.style(f"  warning: {text}", fg="yellow") for text in one.warnings)])


def _columns(text: str) -> int:
    """Return how many columns a text takes on a terminal, where a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _recognised(recognition: Recognition, by_words: tuple[CodeClass, ...]) -> dict[str, Any]:
    return {
        "text": recognition.text,
        "profile": recognition.profile,
        "outcome": recognition.outcome,
        "candidates": [
            {
                **class_row(one.entry),
                "score": round(one.score, 4),
                "recognised": one.name,
                "component_code": one.component.code if one.component else None,
            }
            for one in recognition.candidates
        ],
        "without_class": recognition.without_class,
        "beside": recognition.beside,
        "by_words": [class_row(entry) for entry in by_words],
    }


def _print_recognised(recognition: Recognition, by_words: tuple[CodeClass, ...]) -> None:
    if by_words:
        click.echo(f"{recognition.profile}: classes with these words in their names 名称含有这些词的类别")
        for entry in by_words:
            click.echo(f"  {entry.kind:<9} {entry.code}  {entry.name_zh}  ({entry.name_en})")
        return
    click.echo(f"{recognition.profile}: {_OUTCOMES[recognition.outcome]}")
    for one in recognition.candidates:
        entry, name = one.entry, f"{one.entry.name_zh}  ({one.entry.name_en})"
        click.echo(f"  {one.score:.2f}  {entry.kind:<9} {entry.code}  {name}  ← {one.name}")
    if recognition.without_class:
        click.echo(f"  no class in this profile: {'、'.join(recognition.without_class)}")
    if recognition.beside:
        click.echo(f"  taken as the place: {'、'.join(recognition.beside)}")
