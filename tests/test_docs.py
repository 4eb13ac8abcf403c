"""What the documents tell people to type is what the program takes."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import click
import pytest
from apiflask import APIFlask

from gridgis.__main__ import main
from gridgis.app import create_app
from gridgis.config import Config
from gridgis.database import make_engine

ROOT = Path(__file__).parents[1]
DOCUMENTS = (ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").glob("*.md")))


@pytest.fixture(scope="module")
def app() -> APIFlask:
    """The application, without a database: nothing is asked of it."""
    return create_app(Config(admin_token="t"), engine=make_engine("postgresql://nobody@127.0.0.1:1/none"))


def _lines(begin: str) -> list[object]:
    """Return the lines of code blocks that begin so, each with those it goes on in."""
    found: list[object] = []
    for document in DOCUMENTS:
        blocks = re.sub(r"\\\n\s*", "", document.read_text(encoding="utf-8"))
        for number, line in enumerate(blocks.splitlines(), start=1):
            if re.match(rf"(    |\$ )?{begin} ", line):
                found.append(pytest.param(line.strip(" $"), id=f"{document.name}:{number}"))
    return found


def _understood(command: click.Command, arguments: list[str], parent: click.Context) -> None:
    """Parse a command line to its end without doing what it says."""
    context = command.make_context(arguments[0] if arguments else "", arguments[1:], parent=parent)
    if isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        _understood(found, [str(name), *rest], context)


@pytest.mark.parametrize("line", _lines("gridgis"))
def test_a_command_is_understood(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # whether a file is there is not the document's to say
    monkeypatch.setattr(click.Path, "convert", lambda _self, value, _param, _context: value)
    line = re.sub(r"\$\(.*?\)", "1", line)  # what the shell would put there
    words = shlex.split(re.split(r"\s#\s|[|>]", line)[0])
    try:
        with click.Context(main) as context:
            _understood(main, words, context)
    except click.exceptions.Exit:
        pass  # --help


@pytest.mark.parametrize("line", _lines("curl"))
def test_an_address_is_answered_by_a_route_that_has_its_parameters(line: str, app: APIFlask) -> None:
    [address] = re.findall(r"\$GRIDGIS(/\S*?)\"?(?=\s|$|\")", line)
    asked = urlsplit(address)
    named = re.search(r"-X (\w+)", line)
    method = named[1] if named else "POST" if re.search(r"-d |--data|-F ", line) else "GET"
    endpoint, values = app.url_map.bind("127.0.0.1").match(asked.path, method)
    rule = next(rule for rule in app.url_map.iter_rules(endpoint) if rule.arguments >= values.keys())
    paths = json.loads(app.test_client().get("/api/openapi.json").data)["paths"]
    described = paths.get(re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", rule.rule))
    if not asked.path.startswith("/api/") and described is None:
        return  # a page; those are not in the document of the API
    known = {parameter["name"] for parameter in described[method.lower()].get("parameters", ())}
    assert {name for name, _ in parse_qsl(asked.query)} <= known
