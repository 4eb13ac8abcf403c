"""Coverage, workload and their definitions over HTTP, for those who may see them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from gridgis.database import transaction
from gridgis.measures.definitions import DEFINITIONS
from gridgis.services.coverage import RATIOS
from gridgis.services.measuring.refresh import refresh
from tests.routes.city import COMMUNITY, GRIDS


@pytest.fixture
def measured(city_engine, config) -> Iterator[None]:
    """Make the city's figures, and leave it without any."""
    with transaction(city_engine) as session:
        refresh(session, config, datetime.now(UTC))
    yield
    with transaction(city_engine) as session:
        for table in ("measure_state", "grid_measures", "community_loads", "community_land"):
            session.execute(text(f"DELETE FROM {table}"))


def test_before_any_figures_there_is_a_reason(client) -> None:
    answer = client.get("/api/coverage")
    assert answer.status_code == 404
    assert "gridgis coverage --refresh" in answer.json["detail"]


@pytest.mark.usefixtures("measured")
def test_parts_add_up_and_nothing_is_divided_by_nothing(client) -> None:
    told = client.get(f"/api/coverage?division={COMMUNITY}&level=grid").json
    assert [row["code"] for row in told["rows"]] == list(GRIDS)
    total = told["total"]
    assert sum(row["buildings"] for row in told["rows"]) == total["buildings"] == 20
    assert sum(row["roads_m"] for row in told["rows"]) == pytest.approx(total["roads_m"])
    assert total["land_ratio"] == pytest.approx(1)
    assert total["unstaffed"] == 2
    assert total["roads_ratio"] == 0
    assert total["timeliness"] is None
    assert all(row["timeliness"] is None for row in told["rows"])


@pytest.mark.usefixtures("measured")
def test_levels_say_the_same(client) -> None:
    totals = [
        client.get(f"/api/coverage?level={level}").json["total"]
        for level in ("city", "district", "community", "grid")
    ]
    for name in ("grids", "buildings", "components", "cycled", "current", "gap_m2", "unstaffed", "workers"):
        assert len({total[name] for total in totals}) == 1, name


@pytest.mark.usefixtures("measured")
def test_minutes_are_shown_part_by_part(client) -> None:
    told = client.get("/api/workload?level=worker").json
    (row,) = told["rows"]
    assert (row["worker_code"], row["grids"]) == ("W1", 2)
    parts = [row[f"{part}_min"] for part in ("patrol", "inspections", "incidents", "travel", "visits")]
    assert row["minutes"] == pytest.approx(sum(parts))
    assert row["actual_patrol_min"] is None
    assert told["spread"]["gini"] == 0
    assert client.get("/api/workload/moves").json["moves"] == []


@pytest.mark.usefixtures("measured")
def test_classes_with_a_median_of_their_own_are_told(client, city_engine) -> None:
    with transaction(city_engine) as session:
        session.execute(
            text("""UPDATE handling_times SET timed = CASE class_prefix WHEN '06' THEN 20 ELSE 19 END,
                    median_min = 12.5 WHERE kind = 'event'""")
        )
    (known,) = client.get("/api/workload").json["handling"]
    assert (known["kind"], known["class_prefix"], known["median_min"]) == ("event", "06", 12.5)


@pytest.mark.usefixtures("measured")
def test_a_worker_is_told_of_no_other_worker(login) -> None:
    told = login("worker").get("/api/workload?level=worker").json
    assert not told["rows"]
    assert not told["most"]


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("coverage?division=999999", 404),
        ("coverage?division=x", 404),
        ("coverage?from=2026-06-30&to=2026-06-01", 400),
        ("coverage?from=2026-06-30", 400),
        ("coverage?division=440305001&level=district", 400),
        ("workload?division=999999", 404),
        ("definitions/happiness", 404),
    ],
)
def test_what_cannot_be_is_refused(client, query: str, status: int) -> None:
    answer = client.get(f"/api/{query}")
    assert answer.status_code == status, answer.json


@pytest.mark.usefixtures("measured")
def test_another_period_looks_at_its_own_days(client) -> None:
    told = client.get("/api/coverage?from=2020-01-01&to=2020-01-07").json
    assert (told["first"], told["last"]) == ("2020-01-01", "2020-01-07")
    assert told["total"]["patrol_s"] == 0


def test_every_ratio_is_defined_with_the_settings_it_uses(client) -> None:
    assert set(RATIOS) <= set(DEFINITIONS)
    for name in client.get("/api/definitions").json["definitions"]:
        told = client.get(f"/api/definitions/{name}").json
        assert told["formula"]
        assert set(told["settings"]) == set(DEFINITIONS[name].settings)


@pytest.mark.usefixtures("measured")
def test_days_asked_for_tell_what_was_done_in_them(client) -> None:
    may = client.get("/api/workload?level=grid&from=2024-05-01&to=2024-05-31").json
    assert (may["first"], may["last"]) == ("2024-05-01", "2024-05-31")
    assert [row["incidents"] for row in may["rows"]] == [3, 0, 0, 0]
    assert may["total"]["incidents"] == 3
    june = client.get("/api/workload?level=worker&from=2024-06-01&to=2024-06-30").json
    assert [(row["worker_code"], row["incidents"]) for row in june["rows"]] == [("W1", 0)]
    now = client.get("/api/workload?level=grid").json
    assert may["total"]["minutes"] == pytest.approx(now["total"]["minutes"])


@pytest.mark.usefixtures("measured")
def test_the_cleaning_is_told_with_its_rules_even_where_it_dropped_nothing(client) -> None:
    told = client.get(f"/api/coverage/cleaning?division={COMMUNITY}").json
    assert told["rules"]["speed_m_s"] == 15
    assert told["fixes"] == dict.fromkeys(
        ("fixes", "kept", "outside", "future", "inaccurate", "repeated", "two_places", "too_fast",
         "out_of_order", "gaps"), 0
    )  # fmt: skip


@pytest.mark.usefixtures("measured")
def test_a_worker_has_a_row_of_their_own(client, login) -> None:
    told = client.get("/api/workload/workers/W1").json
    assert told["grid_codes"] == list(GRIDS[:2])
    assert told["minutes"] == pytest.approx(
        client.get("/api/workload?level=worker").json["rows"][0]["minutes"]
    )
    assert client.get("/api/workload/workers/W2").status_code == 404
    assert login("operator", "foreign").get("/api/workload/workers/W1").status_code == 404
    assert login("worker").get("/api/workload/workers/W1").status_code == 404


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("theme", ["land_covered", "staffed", "patrolled", "inspected", "workload"])
def test_themes_are_the_figures(client, login, theme: str) -> None:
    told = client.get(f"/api/themes/{theme}?level=community").json
    if theme == "staffed":
        assert told["values"] == {COMMUNITY: 50}
    elif theme == "land_covered":
        assert told["values"][COMMUNITY] == pytest.approx(100, abs=0.01)
    elif theme == "workload":
        total = client.get("/api/workload").json["total"]["minutes"]
        assert told["values"][COMMUNITY] == pytest.approx(total, abs=0.1)
    else:
        assert told["values"] == {COMMUNITY: 0}
    assert login("operator", "foreign").get(f"/api/themes/{theme}?level=community").json["values"] == {}
