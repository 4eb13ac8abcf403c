"""What pages written by the server need besides their data: words, local times, and who reads them."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache

from flask import Flask

from gridgis.paths import resource
from gridgis.routes import caller
from gridgis.routes.context import context

#: Pages are written in it; web/js/page.js turns them into the reader's choice.
LANGUAGE = "zh"


def install(app: Flask) -> None:
    """Give the templates of `app` the words of the browser side, and dates of the city's zone."""
    app.jinja_env.globals["words"] = words
    app.jinja_env.globals["caller"] = caller.current
    app.jinja_env.filters["local"] = local


def words(key: str) -> str:
    """Return the words of a key; the key itself where there are none, so that it is seen."""
    return _all().get(key, key)


def local(at: datetime | None) -> str:
    """Return an instant as the city's clocks show it."""
    return "" if at is None else f"{at.astimezone(context().config.zone):%Y-%m-%d %H:%M:%S}"


@cache
def _all() -> dict[str, str]:
    path = resource("web") / "i18n" / f"{LANGUAGE}.json"
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found
