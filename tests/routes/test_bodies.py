"""What no view could read or store is refused before one is run."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from tests.routes.drawing import writer

Login = Callable[..., FlaskClient]


@pytest.fixture
def planner(login: Login) -> FlaskClient:
    """A planner of the district that the small city lies in."""
    return writer(login("planner", "own"))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (r'{"name": "a\u0000b"}', "name has a NUL character"),
        (r'{"name": "\ud800"}', "name has half of a surrogate pair (U+D800)"),
        (r'{"name": "x", "from": {"\u0000": 1}}', "from has a NUL character"),
        ('{"name": "x", "from": NaN}', "the body has NaN"),
        ('{"name": "x", "from": 1e400}', "from is too large a number"),
        ('{"name": "x", "from": ' + "9" * 5000 + "}", "a number with too many digits"),
        ('{"name": ' + "[" * 100 + "]" * 100 + "}", "nested more than 50 deep"),
        ("[" * 100_000, "nested too deeply"),
        ('{"name": ', "the body is no JSON: Expecting value at line 1, column 10"),
    ],
)
def test_a_body_that_nothing_could_store_is_refused_before_it_is_used(
    planner: FlaskClient, body: str, sentence: str
) -> None:
    answer = planner.post("/api/plans", data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json"), answer.text
    assert sentence in answer.get_json(force=True)["detail"]
    assert [plan["state"] for plan in planner.get("/api/plans").json["plans"]] == ["published"]


def test_a_name_in_a_form_is_looked_at_as_well(planner: FlaskClient) -> None:
    form = {"name": "a\0b", "file": (BytesIO(b"{}"), "grids.geojson")}
    answer = planner.post("/api/plans/import", data=form)
    assert (answer.status_code, answer.json["field"]) == (400, "name")
