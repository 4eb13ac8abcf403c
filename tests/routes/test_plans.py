"""Plans over HTTP: drafts begun, copied, shared, deleted, checked, compared and designed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from gridgis.database import transaction
from tests.routes.city import COMMUNITY, GRIDS
from tests.routes.drawing import begun, edit, split, state, writer

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


def test_a_draft_is_listed_before_the_plan_in_force(planner: FlaskClient, draft: int) -> None:
    plans = planner.get("/api/plans").json["plans"]
    assert [plan["state"] for plan in plans] == ["draft", "published"]
    mine = plans[0]
    assert (mine["id"], mine["created_by"], mine["based_on"]) == (draft, "planner-own", plans[1]["id"])
    assert (mine["edits"], mine["undone"], mine["changed"]) == (0, 0, 0)
    assert mine["may_edit"] is True
    assert plans[1]["may_edit"] is False
    assert planner.get(f"/api/plans/{draft}").json == mine
    split(planner, draft)
    assert planner.get(f"/api/plans/{draft}").json["edits"] == 1


def test_a_draft_is_renamed_and_shared_by_its_owner_alone(
    login: Login, planner: FlaskClient, draft: int
) -> None:
    path = f"/api/plans/{draft}"
    other, onlooker = writer(login("planner")), writer(login("operator"))
    assert other.get(path).status_code == 200
    assert other.patch(path, json={"name": "mine now"}).status_code == 403
    assert onlooker.post("/api/plans", json={"name": "x"}).status_code == 403
    changed = planner.patch(path, json={"name": "  new  ", "description": "why", "shared": False})
    assert [changed.json[name] for name in ("name", "description", "shared")] == ["new", "why", False]
    assert other.get(path).status_code == 404
    assert other.get(f"{path}/grids?community={COMMUNITY}").status_code == 404
    assert draft not in [plan["id"] for plan in other.get("/api/plans").json["plans"]]
    assert other.delete(path).status_code == 404
    boss = writer(login("administrator"))
    assert boss.get(path).json["may_edit"] is True
    assert planner.patch(path, json={"name": " "}).status_code == 400
    assert planner.delete(path).status_code == 204
    assert planner.get(path).status_code == 404


def test_a_published_plan_is_not_drawn_in(planner: FlaskClient) -> None:
    published = planner.get("/api/plans").json["plans"][-1]["id"]
    assert [grid["id"] for grid in state(planner, published)] == list(GRIDS)
    assert split(planner, published).status_code == 409
    assert planner.delete(f"/api/plans/{published}").status_code in (403, 409)


def test_a_copy_is_a_snapshot_of_ones_own(login: Login, planner: FlaskClient, draft: int) -> None:
    split(planner, draft)
    other = writer(login("planner"))
    copied = other.post(f"/api/plans/{draft}/copy", json={"name": "a snapshot"})
    assert copied.status_code == 201
    assert copied.json["created_by"] == "planner-city"
    copy = copied.json["id"]

    def ground(plan: int) -> Any:
        return [
            (grid["id"], grid["geometry"], grid["properties"]["households"]) for grid in state(other, plan)
        ]

    assert ground(copy) == ground(draft)
    planner.post(f"/api/plans/{draft}/undo")
    assert len(ground(copy)) == 5
    assert edit(other, copy, "merge", {}, keys=["n1", "n2"]).json["removed"] == ["n1", "n2"]
    assert "n3" in [grid["id"] for grid in state(other, copy)], "no key is used twice"


def test_a_draft_of_nothing_has_no_grid(planner: FlaskClient, city_engine: Engine) -> None:
    with begun(planner, city_engine, **{"from": "nothing"}) as empty:
        assert state(planner, empty) == []
        found = planner.get(f"/api/plans/{empty}/checks").json["findings"]
        assert [finding["kind"] for finding in found] == ["gap"]
        assert found[0]["breaking"] is True


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"name": ""}, 400),
        ({"name": "x", "from": "elsewhere"}, 400),
        ({"name": "x", "from": 98765}, 404),
    ],
)
def test_a_draft_that_cannot_begin_says_why(planner: FlaskClient, body: dict[str, Any], status: int) -> None:
    answer = planner.post("/api/plans", json=body)
    assert answer.status_code == status
    assert answer.json["detail"]


def test_checks_name_what_is_wrong(planner: FlaskClient, draft: int, city_engine: Engine) -> None:
    assert planner.get(f"/api/plans/{draft}/checks").json["findings"] == []
    whole = planner.get(f"/api/plans/{draft}/checks?division={COMMUNITY}").json["findings"]
    assert [(finding["kind"], finding["keys"]) for finding in whole if finding["kind"] == "unassigned"] == [
        ("unassigned", [GRIDS[2]]), ("unassigned", [GRIDS[3]]),
    ]  # fmt: skip
    split(planner, draft)
    edit(planner, draft, "assign", {}, keys=[GRIDS[3]], worker_code="W1")
    with transaction(city_engine) as session:
        session.execute(text("DELETE FROM draft_grids WHERE plan_id = :plan AND key = 'n2'"), {"plan": draft})
    kinds = {
        finding["kind"]: finding for finding in planner.get(f"/api/plans/{draft}/checks").json["findings"]
    }
    assert kinds["gap"]["area_m2"] > 1000
    assert kinds["gap"]["place"]["type"] == "Polygon"
    assert not kinds["unassigned"]["breaking"]
    assert planner.get(f"/api/plans/{draft}/checks?division=banana").status_code == 400


def test_a_comparison_counts_what_changes_hands(planner: FlaskClient, draft: int) -> None:
    split(planner, draft)
    edit(planner, draft, "assign", {}, keys=[GRIDS[3]], worker_code="W1")
    answer = planner.get(f"/api/plans/{draft}/compare?with=in_force")
    assert answer.status_code == 200, answer.text
    totals = answer.json["totals"]
    assert {name: totals[name] for name in ("added", "removed", "kept", "reassigned")} == {
        "added": 2, "removed": 1, "kept": 3, "reassigned": 1,
    }  # fmt: skip
    assert (totals["buildings"], totals["households"], totals["population"]) == (3, 12, 30)
    assert totals["moved_m2"] == pytest.approx(45_600 * 0.475, rel=0.02)
    assert totals["load"]["before"]["households"]["max"] == 30
    assert totals["load"]["after"]["grids"] == 5
    changes = sorted(grid["properties"]["change"] for grid in answer.json["grids"]["features"])
    assert changes == ["added", "added", "reassigned", "removed"]
    [worker] = answer.json["workers"]
    assert (worker["worker_code"], worker["grids_before"], worker["grids_after"]) == ("W1", 2, 4)
    same = planner.get(f"/api/plans/{draft}/compare?with={draft}").json
    assert [same["totals"][name] for name in ("added", "removed", "reassigned")] == [0, 0, 0]
    assert same["workers"] == []
    assert planner.get(f"/api/plans/{draft}/compare?with=x").status_code == 400


def test_loads_are_told_by_grid_community_and_worker(planner: FlaskClient, draft: int) -> None:
    split(planner, draft)
    by_grid = planner.get(f"/api/plans/{draft}/loads?measure=households&division=440305").json
    assert [row["value"] for row in by_grid["rows"]] == [30, 30, 30, 18, 12]
    assert by_grid["spread"] == {"max": 30, "mean": 24, "max_to_mean": 1.25}
    by_worker = planner.get(f"/api/plans/{draft}/loads?level=worker&measure=buildings").json["rows"]
    assert [(row["key"], row["value"], row["grids"]) for row in by_worker] == [(None, 10, 2), ("W1", 10, 3)]
    assert planner.get(f"/api/plans/{draft}/loads?level=moon").status_code == 400


def events(answer: Any) -> list[tuple[str, Any]]:
    """Return the events of a stream by name."""
    found = []
    for frame in answer.get_data(as_text=True).strip().split("\n\n"):
        name, data = frame.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_a_design_is_one_edit(planner: FlaskClient, draft: int) -> None:
    edit(planner, draft, "lock", {}, keys=[GRIDS[3]], locked=True)
    before = state(planner, draft)
    wish = {"community": COMMUNITY, "households": 15, "effort": 50}
    answer = planner.post(f"/api/plans/{draft}/design", json=wish)
    assert answer.mimetype == "text/event-stream"
    told = events(answer)
    assert told[0][0] == "start"
    assert {name for name, _ in told[1:-1]} == {"progress", "preview"}
    preview = next(data for name, data in told if name == "preview")
    assert [grid["id"] for grid in preview["grids"]["features"]] == [1, 2, 3, 4, 5, 6]
    assert sum(grid["properties"]["households"] for grid in preview["grids"]["features"]) == 90
    assert told[0][1]["grids"] == 6
    name, result = told[-1]
    assert name == "result", result
    assert result["edit"]["operation"] == "design"
    assert result["removed"] == list(GRIDS[:3])
    households = [
        grid["properties"]["households"] for grid in result["grids"]["features"] if grid["id"].startswith("n")
    ]
    assert sum(households) == 90
    assert len(households) == told[-2][1]["grids"] == 6
    deviation = result["measures"][0]
    assert deviation["why"]
    assert deviation["values"]["mean"] == 15
    of_key = {grid["id"]: grid["properties"]["households"] for grid in result["grids"]["features"]}
    assert of_key[deviation["key"]] == deviation["values"]["load"]
    assert GRIDS[3] in [grid["id"] for grid in state(planner, draft)]
    assert [
        f["kind"] for f in planner.get(f"/api/plans/{draft}/checks").json["findings"] if f["breaking"]
    ] == []
    planner.post(f"/api/plans/{draft}/undo")
    assert state(planner, draft) == before


def test_a_community_of_a_draft_of_nothing_is_designed_within_its_outline(
    planner: FlaskClient, city_engine: Engine
) -> None:
    with begun(planner, city_engine, **{"from": "nothing"}) as empty:
        wish = {"community": COMMUNITY, "households": 30, "effort": 50}
        told = events(planner.post(f"/api/plans/{empty}/design", json=wish))
        assert told[-1][0] == "result"
        made = state(planner, empty)
        assert len(made) == told[0][1]["grids"] > 1
        assert sum(grid["properties"]["households"] for grid in made) == 120
        found = planner.get(f"/api/plans/{empty}/checks").json["findings"]
        assert [f["kind"] for f in found if f["breaking"]] == []


def test_a_design_is_stopped_with_the_best_so_far(planner: FlaskClient, draft: int) -> None:
    wish = {"community": COMMUNITY, "households": 15, "effort": 100_000}
    stream = planner.post(f"/api/plans/{draft}/design", json=wish, buffered=False)
    frames = iter(stream.response)
    job = json.loads(next(frames).decode().split("data: ")[1])["job"]
    stopped = planner.post(f"/api/plans/{draft}/design/{job}/stop")
    assert stopped.status_code == 200, stopped.text
    rest = b"".join(frames).decode()
    assert "event: result" in rest
    assert json.loads(rest.strip().split("\n\n")[-2].split("data: ")[1])["done"] < 1
    assert planner.post(f"/api/plans/{draft}/design/banana/stop").status_code == 400
    other = "00000000-0000-4000-8000-000000000000"
    assert planner.post(f"/api/plans/{draft}/design/{other}/stop").status_code == 404


def test_a_design_that_nobody_waits_for_changes_nothing(
    planner: FlaskClient, draft: int, city_engine: Engine
) -> None:
    wish = {"community": COMMUNITY, "households": 15, "effort": 100_000}
    stream = planner.post(f"/api/plans/{draft}/design", json=wish, buffered=False)
    next(iter(stream.response))
    twice = planner.post(f"/api/plans/{draft}/design", json=wish)
    assert twice.status_code == 409
    stream.close()
    with transaction(city_engine) as session:
        assert (
            session.scalar(text("SELECT state FROM plan_jobs WHERE plan_id = :id"), {"id": draft}) == "failed"
        )
    assert [grid["id"] for grid in state(planner, draft)] == list(GRIDS)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"community": "440304001001"}, 404),
        ({"community": COMMUNITY, "households": 0}, 400),
        ({"community": COMMUNITY, "weights": {"beauty": 1}}, 400),
    ],
)
def test_a_design_that_cannot_be_says_why(
    planner: FlaskClient, draft: int, body: dict[str, Any], status: int
) -> None:
    answer = planner.post(f"/api/plans/{draft}/design", json=body)
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(("rows", "status"), [(2, 201), (1, 422)])
def test_a_file_of_grids_begins_a_draft(
    planner: FlaskClient, city_engine: Engine, rows: int, status: int
) -> None:
    halves = [
        {
            "type": "Feature",
            "properties": {"community_code": COMMUNITY},
            "geometry": {"type": "Polygon", "coordinates": [[[114, y], [114.004, y], [114.004, y + 0.002],
                                                             [114, y + 0.002], [114, y]]]},
        }
        for y in (22.5, 22.502)
    ]  # fmt: skip
    file = json.dumps({"type": "FeatureCollection", "features": halves[:rows]}).encode()
    answer = planner.post("/api/plans/import", data={"name": "halves", "file": (BytesIO(file), "a.geojson")})
    assert answer.status_code == status, answer.text
    if status == 201:
        assert [grid["properties"]["buildings"] for grid in state(planner, answer.json["id"])] == [10, 10]
    else:
        assert [finding["kind"] for finding in answer.json["findings"]] == ["gap"]
    assert planner.post("/api/plans/import", data={"name": "x"}).status_code == 400
    with transaction(city_engine) as session:
        session.execute(text("DELETE FROM plans WHERE state = 'draft'"))
