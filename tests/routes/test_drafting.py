"""Drawing over HTTP: edits, their refusals, undo and redo, and two planners on one draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from gridgis.database import transaction
from tests.routes.city import GRIDS
from tests.routes.drawing import BETWEEN, THROUGH, begun, edit, line, split, state, writer

Login = Callable[..., FlaskClient]


@pytest.fixture
def planner(login: Login) -> FlaskClient:
    """A planner of the district that the small city lies in."""
    return writer(login("planner", "own"))


@pytest.fixture
def draft(planner: FlaskClient, city_engine: Engine) -> Iterator[int]:
    """A draft of the plan in force, the planner's own; gone after the test."""
    with begun(planner, city_engine) as number:
        yield number


def test_a_split_shows_what_each_part_carries(planner: FlaskClient, draft: int) -> None:
    before = state(planner, draft)
    assert [feature["id"] for feature in before] == list(GRIDS)
    answer = split(planner, draft)
    assert answer.status_code == 200, answer.text
    done = answer.json
    assert done["removed"] == [GRIDS[0]]
    assert {key: done[key] for key in ("undo", "redo")} == {"undo": True, "redo": False}
    assert done["edit"]["operation"] == "split"
    assert done["edit"]["actor"] == "planner-own"
    parts = [f["properties"] for f in done["grids"]["features"] if f["id"].startswith("n")]
    assert sorted(part["buildings"] for part in parts) == [2, 3]
    assert sum(part["households"] for part in parts) == 30
    assert sum(part["population"] for part in parts) == 75
    assert sum(part["components"] for part in parts) == 3
    assert {part["worker_code"] for part in parts} == {"W1"}
    assert {part["code"] for part in parts} == {None}
    assert sum(part["area_m2"] for part in parts) == pytest.approx(45_600, rel=0.01)
    assert [load["households"] for load in done["loads"]["before"] if load["key"] == GRIDS[0]] == [30]
    assert [worker["code"] for worker in done["loads"]["workers"]] == ["W1"]
    assert len(state(planner, draft)) == 5


def test_a_building_is_not_cut(planner: FlaskClient, draft: int) -> None:
    answer = edit(planner, draft, "split", {GRIDS[0]: 0}, key=GRIDS[0], line=line(THROUGH))
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.json["reason"] == "building_cut"
    assert answer.json["buildings"] == [f"{GRIDS[0]}B4"]
    assert answer.json["place"]["coordinates"]
    assert answer.json["type"] == "urn:gridgis:problem:refused"
    assert len(state(planner, draft)) == 4


def test_undo_and_redo_give_back_the_same_answer_as_was(planner: FlaskClient, draft: int) -> None:
    first = state(planner, draft)
    split(planner, draft)
    second = state(planner, draft)
    undone = planner.post(f"/api/plans/{draft}/undo")
    assert undone.status_code == 200, undone.text
    assert (undone.json["undo"], undone.json["redo"]) == (False, True)
    assert state(planner, draft) == first
    redone = planner.post(f"/api/plans/{draft}/redo", json={"seq": undone.json["edit"]["seq"]})
    assert (redone.json["undo"], redone.json["redo"]) == (True, False)
    assert state(planner, draft) == second
    assert planner.post(f"/api/plans/{draft}/redo").status_code == 409
    log = planner.get(f"/api/plans/{draft}/edits").json["edits"]
    assert [(entry["operation"], entry["undone"]) for entry in log] == [("split", False)]


def test_the_second_to_touch_a_grid_is_told(login: Login, planner: FlaskClient, draft: int) -> None:
    other = writer(login("planner", "city"))
    assert split(other, draft).status_code == 403
    assert planner.patch(f"/api/plans/{draft}", json={"editors": ["planner-city"]}).status_code == 200
    assert split(planner, draft).status_code == 200
    late = split(other, draft)
    assert late.status_code == 409
    assert late.json["keys"] == [GRIDS[0]]
    assert "planner-own" in late.json["detail"]
    assert "split" in late.json["detail"]
    blind = edit(other, draft, "merge", {}, keys=["n1", "n2"])
    assert blind.status_code == 409, "nobody's work is overwritten unseen"
    stale = edit(other, draft, "merge", {"n1": 7, "n2": 1}, keys=["n1", "n2"])
    assert stale.json["keys"] == ["n1"]
    assert edit(other, draft, "merge", {"n1": 1, "n2": 1}, keys=["n1", "n2"]).status_code == 200


def test_what_somebody_else_did_is_undone_by_its_number_only(
    login: Login, planner: FlaskClient, draft: int
) -> None:
    planner.patch(f"/api/plans/{draft}", json={"editors": ["planner-city"]})
    seq = split(planner, draft).json["edit"]["seq"]
    other = writer(login("planner", "city"))
    told = other.post(f"/api/plans/{draft}/undo", json={})
    assert told.status_code == 409
    assert "planner-own" in told.json["detail"]
    assert other.post(f"/api/plans/{draft}/undo", json={"seq": seq + 1}).status_code == 409
    assert other.post(f"/api/plans/{draft}/undo", json={"seq": seq}).status_code == 200


def test_a_planner_of_another_district_reaches_nothing(
    login: Login, planner: FlaskClient, draft: int
) -> None:
    planner.patch(f"/api/plans/{draft}", json={"editors": ["planner-foreign"]})
    foreign = writer(login("planner", "foreign"))
    assert foreign.get(f"/api/plans/{draft}").status_code == 200
    assert state(foreign, draft) == []
    answer = split(foreign, draft)
    assert answer.status_code in (404, 409)
    assert edit(foreign, draft, "assign", {}, keys=[GRIDS[0]], worker_code=None).status_code == 404
    split(planner, draft)
    assert foreign.get(f"/api/plans/{draft}/edits").json["edits"] == []
    assert foreign.get(f"/api/plans/{draft}/changes").json == {
        "removed": [],
        "grids": {"type": "FeatureCollection", "features": []},
    }
    assert foreign.post(f"/api/plans/{draft}/undo", json={"seq": 1}).status_code == 403


def test_words_about_grids_are_edits_too(planner: FlaskClient, draft: int) -> None:
    given = edit(planner, draft, "assign", {GRIDS[3]: 0}, keys=[GRIDS[3]], worker_code="W1")
    assert given.json["grids"]["features"][0]["properties"]["worker_code"] == "W1"
    again = edit(planner, draft, "assign", {GRIDS[3]: 1}, keys=[GRIDS[3]], worker_code="W1")
    assert (again.status_code, again.json["reason"]) == (422, "no_change")
    locked = edit(planner, draft, "lock", {GRIDS[0]: 0}, keys=[GRIDS[0]], locked=True)
    assert locked.json["grids"]["features"][0]["properties"]["locked"] is True
    refused = split(planner, draft, version=2)
    assert (refused.status_code, refused.json["reason"]) == (422, "locked")
    kind = edit(planner, draft, "classify", {GRIDS[1]: 0}, keys=[GRIDS[1]], kind="商务型")
    assert kind.json["grids"]["features"][0]["properties"]["kind"] == "business"
    assert kind.json["grids"]["features"][0]["properties"]["changed"] is True


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "operation"),
        ({"operation": "split"}, 400, "arguments"),
        ({"operation": "conquer", "arguments": {}}, 400, "operation"),
        ({"operation": "split", "arguments": {"key": 5}}, 400, "key"),
        ({"operation": "split", "arguments": {"key": GRIDS[0], "line": {"type": "Point"}}}, 400, "line"),
        ({"operation": "split", "arguments": {"key": "n9", "line": line(BETWEEN)}}, 404, "keys"),
        ({"operation": "assign", "arguments": {"keys": [GRIDS[0]], "worker_code": "W9"}}, 400, "worker_code"),
        ({"operation": "lock", "arguments": {"keys": [GRIDS[0]], "locked": "yes"}}, 400, "locked"),
        ({"operation": "classify", "arguments": {"keys": [GRIDS[0]], "kind": ""}}, 400, "kind"),
        ({"operation": "classify", "arguments": {"keys": [GRIDS[0]], "kind": "滩涂"}}, 400, "kind"),
        ({"operation": "assign", "arguments": {}, "versions": {GRIDS[0]: "x"}}, 400, None),
    ],
)
def test_a_wrong_edit_is_refused_by_the_name_of_its_field(
    planner: FlaskClient, draft: int, body: dict[str, Any], status: int, field: str | None
) -> None:
    answer = planner.post(f"/api/plans/{draft}/edits", json=body)
    assert answer.status_code == status, answer.text
    if field:
        assert answer.json["field"] == field


def test_a_submitted_draft_takes_no_edits(planner: FlaskClient, draft: int, city_engine: Engine) -> None:
    with transaction(city_engine) as session:
        session.execute(
            text("UPDATE plans SET submitted_by = 'somebody', submitted_at = now() WHERE id = :id"),
            {"id": draft},
        )
    answer = split(planner, draft)
    assert answer.status_code == 409
    assert "somebody" in answer.json["detail"]
    assert planner.post(f"/api/plans/{draft}/undo").status_code == 409


def test_grids_are_asked_for_by_community_or_extent(planner: FlaskClient, draft: int) -> None:
    near = planner.get(f"/api/plans/{draft}/grids?bbox=114.0001,22.5001,114.0002,22.5002")
    assert [feature["id"] for feature in near.json["features"]] == [GRIDS[0]]
    for query in ("", "?community=44x", "?bbox=1,2,3", "?community=440305&bbox=1,2,3,4"):
        assert planner.get(f"/api/plans/{draft}/grids{query}").status_code == 400


def test_a_draft_that_is_lost_is_not_there(planner: FlaskClient) -> None:
    for path in ("", "/grids?community=44", "/edits", "/changes"):
        assert planner.get(f"/api/plans/987654{path}").status_code == 404
    assert split(planner, 987654).status_code == 404
    assert planner.get("/api/plans/99999999999999999999").status_code == 404
