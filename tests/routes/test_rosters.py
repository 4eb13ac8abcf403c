"""The roster over HTTP: changes by preview and for good, files, leave and return, and who may do what."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from gridgis.config import Config
from gridgis.database import transaction
from gridgis.services.measuring.refresh import refresh
from tests.routes.city import GRIDS
from tests.routes.drawing import writer

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()


@pytest.fixture
def town(city_engine):
    """The small city with a second and a third worker, and figures; put back as it was."""
    with transaction(city_engine) as session:
        session.execute(
            text("INSERT INTO workers (code, division_code) VALUES ('W2', '440305'), ('W3', '440305')")
        )
        refresh(session, Config(), datetime.now(ZoneInfo("UTC")))
    yield city_engine
    with transaction(city_engine) as session:
        session.execute(text("DELETE FROM absences"))
        session.execute(text("DELETE FROM beats"))
        session.execute(text("DELETE FROM workers WHERE code <> 'W1'"))
        session.execute(
            text("INSERT INTO beats (worker_code, grid_code, valid_from)"
                 " SELECT 'W1', code, '2020-01-01' FROM grids WHERE code < :third"),
            {"third": GRIDS[2]},
        )  # fmt: skip
        for table in ("grid_measures", "measure_state", "community_land", "track_days", "patrol_days"):
            session.execute(text(f"DELETE FROM {table}"))


def give(client, *changes, **more):
    return client.post("/api/rosters", json={"changes": list(changes), **more})


def deeds(engine) -> list[tuple[str, str]]:
    with transaction(engine, read_only=True) as session:
        rows = session.execute(
            text("SELECT action, actor FROM audit WHERE action LIKE 'rosters.%' ORDER BY id")
        )
        return [(row.action, row.actor) for row in rows]


def test_a_change_is_previewed_then_made_and_noted(town, login) -> None:
    planner = writer(login("planner", "own"))
    before = deeds(town)
    change = {"grid_code": GRIDS[2], "worker_code": "W2"}
    shown = give(planner, change, preview=True)
    assert shown.status_code == 200, shown.json
    assert {row["worker_code"] for row in shown.json["loads"]} == {"W2"}
    assert deeds(town) == before
    assert [row["grid_code"] for row in planner.get("/api/rosters?division=440305").json["unassigned"]] == [
        *GRIDS[2:]
    ]
    done = give(planner, change).json
    assert (done["saved"], done["loads"]) == (True, shown.json["loads"])
    found = planner.get("/api/rosters?division=440305").json
    assert [row["grid_code"] for row in found["unassigned"]] == [GRIDS[3]]
    assert deeds(town)[len(before) :] == [("rosters.change_roster", "planner-own")]
    suggested = planner.get(f"/api/rosters/suggestions?grid_code={GRIDS[3]}").json["suggestions"]
    assert "W2" in {row["worker_code"] for row in suggested[0]["workers"]}


def test_a_bad_row_is_named_and_nothing_is_kept(town, login) -> None:
    answer = give(
        writer(login("planner", "own")),
        {"grid_code": GRIDS[2], "worker_code": "W2"},
        {"grid_code": GRIDS[3], "worker_code": "nobody", "from": "2020-05-01"},
    )
    assert answer.status_code == 400
    assert [(e["row"], e["field"], e["value"]) for e in answer.json["errors"]] == [
        (2, "worker_code", "nobody"),
        (2, "from", "2020-05-01"),
    ]
    found = login("planner", "own").get("/api/rosters?division=440305").json
    assert len(found["unassigned"]) == 2


def test_a_table_goes_out_and_comes_back(town, login) -> None:
    planner = writer(login("planner", "own"))
    body = planner.get("/api/exports/roster.csv?division=440305").data
    again = planner.post("/api/rosters/file", data=body, content_type="text/csv").json
    assert (again["added"], again["altered"], again["already_so"]) == (0, 0, 4)
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    for row in rows[2:]:
        row["worker_code"] = "W3"
    buffer = io.StringIO()
    table = csv.DictWriter(buffer, rows[0])
    table.writeheader()
    table.writerows(rows)
    shown = planner.post("/api/rosters/file?preview=true", data=buffer.getvalue(), content_type="text/csv")
    assert (shown.json["added"], shown.json["saved"]) == (2, False)
    done = planner.post("/api/rosters/file", data=buffer.getvalue(), content_type="text/csv")
    assert done.json["saved"]
    bad = planner.post("/api/rosters/file", data=b"grid_code,worker_code\n1,W3\n", content_type="text/csv")
    assert (bad.status_code, bad.json["errors"][0]["field"]) == (400, "grid_code")
    features = planner.get("/api/exports/roster.geojson?division=440305").json["features"]
    assert {f["id"]: f["properties"]["worker_code"] for f in features} == dict(
        zip(GRIDS, ("W1", "W1", "W3", "W3"), strict=True)
    )
    assert ("rosters.export_csv", "planner-own") in deeds(town)


def test_leave_is_covered_and_ends_with_the_return(town, login) -> None:
    planner = writer(login("planner", "own"))
    give(planner, {"grid_code": GRIDS[2], "worker_code": "W2"}, {"grid_code": GRIDS[3], "worker_code": "W3"})
    days = {"from": str(TODAY + timedelta(days=2)), "to": str(TODAY + timedelta(days=9))}
    shown = planner.post("/api/absences", json={"worker_code": "W1", **days, "preview": True})
    assert (shown.status_code, shown.json["id"]) == (200, None)
    made = planner.post("/api/absences", json={"worker_code": "W1", **days})
    assert made.status_code == 201
    assert made.json["lines"] == shown.json["lines"]
    assert {(line["from"], line["to"]) for line in made.json["lines"]} == {(days["from"], days["to"])}
    during = planner.get(f"/api/rosters?division=440305&on={days['from']}").json
    assert during["uncovered"] == []
    assert [(row["worker_code"], row["uncovered"]) for row in during["absences"]] == [("W1", 0)]
    again = planner.post("/api/absences", json={"worker_code": "W1", **days})
    assert again.status_code == 409
    anew = planner.post(f"/api/absences/{made.json['id']}/cover?preview=true")
    assert [line["grid_code"] for line in anew.json["lines"]] == [*GRIDS[:2]]
    early = planner.post("/api/absences/return", json={"worker_code": "W1"})
    assert early.status_code == 409
    assert planner.delete(f"/api/absences/{made.json['id']}").json["id"] is None
    assert planner.delete(f"/api/absences/{made.json['id']}").status_code == 404


@pytest.mark.parametrize("role", ["worker", "operator", "officer", "analyst", "public"])
def test_only_planners_change_the_roster(town, login, role) -> None:
    other = writer(login(role, "own"))
    assert give(other, {"grid_code": GRIDS[2], "worker_code": "W2"}).status_code == 403
    assert other.post("/api/absences", json={"worker_code": "W1"}).status_code == 403


def test_a_planner_of_elsewhere_changes_nothing_here(town, login) -> None:
    foreign = writer(login("planner", "foreign"))
    assert give(foreign, {"grid_code": GRIDS[2], "worker_code": "W2"}).status_code == 400
    assert foreign.post("/api/absences", json={"worker_code": "W1"}).status_code == 404
    assert foreign.get("/api/rosters?division=440305").status_code == 404


def test_a_worker_is_told_of_no_other(town, login, city_engine) -> None:
    with transaction(city_engine) as session:
        session.execute(text("UPDATE accounts SET staff_code = 'W1' WHERE login = 'worker-own'"))
    give(writer(login("planner", "own")), {"grid_code": GRIDS[2], "worker_code": "W2"})
    found = login("worker", "own").get("/api/rosters?division=440305").json
    assert {row["worker_code"] for row in found["rows"]} == {"W1"}
    assert [row["worker_code"] for row in found["workers"]] == ["W1"]
    with transaction(city_engine) as session:
        session.execute(text("UPDATE accounts SET staff_code = NULL WHERE login = 'worker-own'"))


@pytest.mark.parametrize("place", ["foreign", "none"])
def test_whoever_sees_nothing_of_it_is_told_nothing(login, place) -> None:
    planner = login("planner", place)
    for address in (
        "/api/rosters?division=440305",
        "/api/rosters/suggestions?division=440305",
        f"/api/rosters/suggestions?grid_code={GRIDS[0]}",
        "/api/exports/roster.csv?division=440305",
        "/api/exports/roster.geojson?division=440305",
        "/api/rosters/beats/W1.pdf",
    ):
        assert planner.get(address).status_code == 404, address
