"""Chinese and English are complete, and nothing on a page is said in one language only."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jinja2
import pytest

WEB = Path(__file__).parents[2] / "web"
WORDS = {
    name: json.loads((WEB / "i18n" / f"{name}.json").read_text(encoding="utf-8")) for name in ("zh", "en")
}
SOURCES = {path: path.read_text(encoding="utf-8") for path in sorted((WEB / "js").rglob("*.js"))}
TEMPLATES = jinja2.Environment(loader=jinja2.FileSystemLoader(WEB), autoescape=True)
TEMPLATES.globals["csp_nonce"] = lambda: "once"
PAGES = [
    TEMPLATES.get_template(name).render(packages={})
    for name in ("index.html", "planner.html", "reports.html")
]
HAN = re.compile(r"[\u3400-\u9fff]")


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()


@pytest.mark.parametrize("language", WORDS)
def test_every_word_says_something(language: str) -> None:
    assert not [key for key, words in WORDS[language].items() if not words.strip()]


def test_both_languages_fill_in_the_same_values() -> None:
    def slots(words: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", words))

    assert not [key for key in WORDS["zh"] if slots(WORDS["zh"][key]) != slots(WORDS["en"][key])]


def test_english_is_english() -> None:
    # the switch to the other language is written in that language; an example is what one would type
    meant = {"language", "language.label", "report.example"}
    assert not [key for key, words in WORDS["en"].items() if HAN.search(words) and key not in meant]


def test_code_asks_only_for_words_there_are() -> None:
    asked = {key for source in SOURCES.values() for key in re.findall(r'\bt(?:Or)?\("([\w.]+)"', source)}
    asked |= {key for page in PAGES for key in re.findall(r'data-i18n(?:-[\w-]+)?="([\w.]+)"', page)}
    assert asked
    assert not asked - WORDS["zh"].keys()


def test_words_made_from_a_value_exist_for_its_kind() -> None:
    stems = {key for source in SOURCES.values() for key in re.findall(r"\bt(?:Or)?\(`([\w.]+)\.\$\{", source)}
    assert stems
    assert not [stem for stem in stems if not any(key.startswith(f"{stem}.") for key in WORDS["zh"])]


def test_no_word_stands_in_the_code_itself() -> None:
    assert not [path.name for path, source in SOURCES.items() if HAN.search(source)]
    for page in PAGES:
        body = re.sub(r"<(script|title|noscript|svg)\b.*?</\1>", "", page[page.index("<body") :], flags=re.S)
        said = re.sub(r"<[^>]*>", " ", body)
        assert said.split() in ([], ["/"], ["?"])  # the key that opens the search box, or the help


@pytest.mark.parametrize("page", PAGES)
def test_no_style_or_script_stands_in_the_page(page: str) -> None:
    assert " style=" not in page
    assert "<style" not in page
    assert not re.search(r"\son\w+=", page)
    assert len(re.findall(r"<script(?![^>]*\bsrc=)", page)) == page.count("nonce=") == 1
