"""Bodies of requests, looked at before any view is: what none of them could read or store is refused."""

from __future__ import annotations

import json
import math
from typing import Any

from flask import abort, request

from gridgis.errors import InvalidInput

#: Lists and objects in each other: GeoJSON in an edit needs seven.
_DEEPEST = 50


def check() -> None:
    """Refuse a body with a text that PostgreSQL cannot hold, or JSON that is no JSON to others.

    PostgreSQL's texts hold every character but NUL, and UTF-8 has no half of a surrogate pair; `json` of
    Python would let both pass, and NaN too. An empty body is left to the view: not each one needs any.
    """
    if request.mimetype == "multipart/form-data":  # asking for the form of any other body would use it up
        for name, value in request.form.items():
            _check_text(name, value)
    if not request.is_json or not request.get_data(cache=True):
        return
    try:
        body = json.loads(request.get_data(cache=True), parse_constant=_no_number)
    except RecursionError:
        abort(400, "The JSON of the body is nested too deeply.")
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"the body is no JSON: {error.msg} at line {error.lineno}, column {error.colno}", field="body"
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the body is no UTF-8: byte {error.start + 1} is not", field="body") from error
    except ValueError:  # Python reads no whole number of thousands of digits
        abort(400, "The JSON of the body has a number with too many digits.")
    _check(body)


def _no_number(constant: str) -> None:
    raise InvalidInput(f"the body has {constant}, which JSON has no word for; a finite number is accepted")


def _check(body: Any) -> None:
    """Look at every text and number; a loop, since what is deep enough would end a recursion."""
    left: list[tuple[str, int, Any]] = [("body", 0, body)]
    while left:
        name, depth, value = left.pop()
        if isinstance(value, str):
            _check_text(name, value)
        elif isinstance(value, float) and not math.isfinite(value):
            raise InvalidInput(f"{name} is too large a number", field=name)
        elif isinstance(value, dict | list):
            if depth == _DEEPEST:
                abort(400, f"The JSON of the body is nested more than {_DEEPEST} deep.")
            if isinstance(value, dict):
                for key in value:
                    _check_text(name, key)
                left += [(key, depth + 1, one) for key, one in value.items()]
            else:
                left += [(name, depth + 1, one) for one in value]


def _check_text(name: str, text: str) -> None:
    if "\0" in text:
        raise InvalidInput(f"{name} has a NUL character, which no text here can hold", field=name)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(
            f"{name} has half of a surrogate pair (U+{ord(text[error.start]):04X}), which is no character",
            field=name,
        ) from error
