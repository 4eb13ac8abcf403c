"""``gridgis settings``: what can be set, and what is."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import time
from pathlib import Path
from typing import Any

import click

from gridgis.config import Config

_SECRET = {"admin_token", "database_url"}

_HEAD = """# Settings

Every setting is a variable of the environment, read once when a program starts. A name that is not in this
table, or a value that does not parse, is refused with one line. What is set now: `gridgis settings`.
This page is written by `gridgis settings --markdown`.

| variable | meaning | default |
|---|---|---|
"""


@click.command()
@click.option("--markdown", is_flag=True, help="Print the reference page, docs/settings.md.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(markdown: bool, as_json: bool) -> None:
    """List the settings in force; what differs from the default is marked *."""
    if markdown:
        click.echo(_HEAD + "".join(_row(setting) for setting in fields(Config)), nl=False)
        return
    config = Config.from_environment()
    shown = {setting.name: _shown(setting.name, getattr(config, setting.name)) for setting in fields(Config)}
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    for setting in fields(Config):
        mark = " " if getattr(config, setting.name) == setting.default else "*"
        click.echo(f"{mark} GRIDGIS_{setting.name.upper():<22} {shown[setting.name]}")


def _row(setting: Any) -> str:
    default = "" if isinstance(setting.default, Path) else _text(setting.default)
    cell = f"`{default}`" if default else ""
    return f"| `GRIDGIS_{setting.name.upper()}` | {setting.metadata['meaning']} | {cell} |\n"


def _shown(name: str, value: Any) -> str:
    return "(set)" if name in _SECRET and value else _text(value)


def _text(value: Any) -> str:
    """Return a value as it is written into its variable."""
    if isinstance(value, tuple):
        return ",".join(_text(item) if isinstance(item, str) else _interval(*item) for item in value)
    return str(value)


def _interval(start: time, end: time) -> str:
    return f"{start:%H:%M}-{end:%H:%M}"
