"""Figures taken away: what is in the files, who gets them, what is noted; and the pages of definitions."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import openpyxl
import pytest
from flask import g
from flask.testing import FlaskClient
from sqlalchemy import text

from gridgis.database import transaction
from gridgis.measures.definitions import DEFINITIONS
from gridgis.routes import caller, printing
from gridgis.services.measuring.refresh import refresh
from tests.routes.city import COMMUNITY, GRIDS

pytestmark = pytest.mark.usefixtures("measured")


@pytest.fixture(scope="module")
def measured(city_engine, config) -> Iterator[None]:
    """Make the city's figures, and leave it without any."""
    with transaction(city_engine) as session:
        refresh(session, config, datetime.now(UTC))
        session.execute(text("UPDATE accounts SET staff_code = 'W1' WHERE login = 'worker-own'"))
    yield
    with transaction(city_engine) as session:
        session.execute(text("UPDATE accounts SET staff_code = NULL WHERE login = 'worker-own'"))
        for table in ("measure_state", "grid_measures", "community_land"):
            session.execute(text(f"DELETE FROM {table}"))


def test_files_hold_the_rows_of_the_api(client: FlaskClient) -> None:
    query = f"division={COMMUNITY}&level=grid"
    rows = client.get(f"/api/coverage?{query}").json["rows"]
    answer = client.get(f"/reports/coverage.csv?{query}")
    assert answer.headers["Content-Disposition"].startswith(f"attachment; filename={COMMUNITY}-coverage-")
    lines = list(csv.DictReader(answer.get_data().decode("utf-8-sig").splitlines()))
    assert [line["code"] for line in lines] == [row["code"] for row in rows] == list(GRIDS)
    assert [float(line["roads_m"]) for line in lines] == [row["roads_m"] for row in rows]
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/reports/coverage.xlsx?{query}").data))
    header, *cells = book.active.values
    assert [dict(zip(header, row, strict=True))["code"] for row in cells] == list(GRIDS)
    features = json.loads(client.get(f"/reports/coverage.geojson?{query}").data)["features"]
    assert {feature["geometry"]["type"] for feature in features} == {"Polygon"}


def test_a_beat_is_one_shape(client: FlaskClient) -> None:
    (beat,) = json.loads(client.get("/reports/workload.geojson?level=worker").data)["features"]
    assert beat["properties"]["worker_code"] == "W1"
    assert beat["properties"]["grid_codes"] == ";".join(GRIDS[:2])
    assert beat["geometry"]["type"] == "Polygon"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("coverage.ods", 400),
        ("weather.csv", 400),
        ("coverage.csv?division=999999", 404),
        ("coverage.csv?level=worker", 400),
        ("coverage.csv?from=2026-06-30&to=2026-06-01", 400),
        ("division.pdf?division=999999", 404),
        ("division.pdf?from=2026-06-01", 400),
        ("division.pdf?level=worker", 400),
        ("definitions/happiness", 404),
    ],
)
def test_what_cannot_be_is_refused(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(f"/reports/{path}")
    assert answer.status_code == status, answer.get_data(as_text=True)


def test_scopes_hold_for_files(login) -> None:
    for path in ("coverage.csv", "workload.geojson", "division.pdf"):
        assert login("public").get(f"/reports/{path}?division=440305").status_code == 403
        assert login("officer", "foreign").get(f"/reports/{path}?division=440305").status_code == 404
    foreign = login("officer", "foreign").get("/reports/coverage.csv?level=grid").get_data(as_text=True)
    assert GRIDS[0] not in foreign
    own = login("officer", "own").get("/reports/coverage.csv?level=grid").get_data(as_text=True)
    assert GRIDS[0] in own


def test_a_worker_takes_own_minutes_alone(login) -> None:
    own = login("worker", "own").get("/reports/workload.csv?level=worker").get_data(as_text=True)
    assert "W1" in own
    other = login("worker").get("/reports/workload.csv?level=worker").get_data(as_text=True)
    assert "W1" not in other
    mine = login("worker", "own").get("/api/workload/workers/W1")
    assert mine.json["grids"] == 2
    assert login("worker", "own").get("/reports/definitions/minutes").status_code == 200


def test_what_leaves_is_noted(client: FlaskClient, city_engine) -> None:
    assert client.get(f"/reports/workload.csv?division={COMMUNITY}&level=grid").status_code == 200
    with transaction(city_engine) as session:
        row = session.execute(text("SELECT * FROM audit ORDER BY id DESC LIMIT 1")).one()
    assert (row.actor, row.action, row.target) == ("operator-city", "reports.figures", "workload.csv")
    assert row.details == {"division": COMMUNITY, "level": "grid"}


def test_every_figure_has_a_page_in_both_languages(client: FlaskClient) -> None:
    for name, known in DEFINITIONS.items():
        page = client.get(f"/reports/definitions/{name}")
        assert page.status_code == 200, name
        for words in (known.zh, known.en, known.source_zh):
            assert words in page.text, name
    assert "patrol_m_per_min" in client.get("/reports/definitions/patrol_min").text
    assert "class_prefix" in client.get("/reports/definitions/current_ratio").text


def _status(host: str, cookie: str, method: str = "GET") -> int:
    request = Request(f"{host}/api/coverage?division=440305", headers={"Cookie": cookie}, method=method)
    try:
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


@pytest.mark.parametrize(("place", "status"), [("own", 200), ("foreign", 404)])
def test_the_printer_sees_what_its_caller_sees_and_nobody_else_does(
    app, monkeypatch, login, place: str, status: int
) -> None:
    seen: list[int] = []

    def pretend(url: str, cookie: dict[str, str]) -> bytes:
        host = url.split("/reports", maxsplit=1)[0]
        ((name, value),) = cookie.items()
        seen.append(_status(host, f"{name}={value}"))
        seen.append(_status(host, f"{name}=guessed"))
        seen.append(_status(host, f"{name}={value}", "POST"))
        return b"%PDF"

    monkeypatch.setattr(printing, "print_page", pretend)
    with login("officer", place) as client:
        client.get("/api/me")
        who = caller.current()
    with app.test_request_context("/"):
        g.caller = who
        assert printing.printed("/reports") == b"%PDF"
    assert seen == [status, 403, 403]
