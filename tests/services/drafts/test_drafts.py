"""Drafts in the store: a long way there and back, figures that add up, files of grids, row security."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
import shapely.geometry
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gridgis.config import Config
from gridgis.database import WEB_ROLE, make_engine, seeing, transaction
from gridgis.errors import GridgisError, InvalidInput, NotFound
from gridgis.scope import EVERYTHING, Scope
from gridgis.services.drafts import editing, importing, keeping, viewing
from gridgis.services.drafts.keeping import Planner
from gridgis.services.measuring import refresh
from gridgis.sql.draft_grids import View, select_by_prefix
from tests.routes.city import COMMUNITY, GRIDS, fill

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
ANNA = Planner("anna", EVERYTHING)
STEPS = 120


@pytest.fixture
def town(session: Session, config: Config) -> Session:
    """The small city with its figures made."""
    fill(session)
    refresh.refresh(session, config, NOW)
    return session


@pytest.fixture
def draft(town: Session) -> int:
    """A draft of the plan in force."""
    return int(keeping.create(town, ANNA, "a draft")["id"])


def rows(session: Session, draft: int) -> list[Any]:
    """Return every row of a draft, its shape to the last bit."""
    found = session.execute(
        text("""
            SELECT key, community_code, geom::text, area_m2, assigned, worker_code, kind, number, locked,
                   version, figures::text
            FROM draft_grids WHERE plan_id = :plan ORDER BY key
        """),
        {"plan": draft},
    )
    return [tuple(row) for row in found]


def grids(session: Session, config: Config, draft: int) -> list[dict[str, Any]]:
    """Return the grids of the community."""
    found = viewing.grids(session, ANNA, config, draft, NOW, division=COMMUNITY)
    return list(found["features"])


def edited(session: Session, config: Config, draft: int, operation: str, **arguments: Any) -> dict[str, Any]:
    """Make an edit of Anna's."""
    return editing.edit(session, ANNA, config, draft, operation, arguments, {}, NOW)


def cut(wkb: bytes, share: float) -> dict[str, Any]:
    """Return a line through a grid from south to north."""
    west, south, east, north = shapely.from_wkb(wkb).bounds
    x = west + (east - west) * share
    return {"type": "LineString", "coordinates": [[x, south - 0.001], [x, north + 0.001]]}


def step(session: Session, config: Config, draft: int, dice: random.Random) -> bool:
    """Try one edit by chance; return whether it was made."""
    there = select_by_prefix(session, View(draft, NOW, NOW.date()), [COMMUNITY])
    one, other = dice.choices(there, k=2)
    operation, arguments = dice.choice(
        [
            ("split", {"key": one.key, "line": cut(bytes(one.wkb), dice.uniform(0.2, 0.8))}),
            ("merge", {"keys": [one.key, other.key]}),
            ("assign", {"keys": [one.key], "worker_code": dice.choice(["W1", None])}),
            ("lock", {"keys": [one.key], "locked": dice.random() < 0.3}),
        ]
    )
    try:
        edited(session, config, draft, operation, **arguments)
    except GridgisError:
        return False
    return True


def test_a_long_way_there_and_back_gives_the_same_bytes(town: Session, config: Config, draft: int) -> None:
    dice, states = random.Random(5), [rows(town, draft)]
    while len(states) <= STEPS:
        if step(town, config, draft, dice):
            states.append(rows(town, draft))
    for state in reversed(states[:-1]):
        editing.undo(town, ANNA, config, draft, NOW)
        assert rows(town, draft) == state
    for state in states[1:]:
        editing.redo(town, ANNA, config, draft, NOW)
        assert rows(town, draft) == state
    assert keeping.get(town, ANNA, draft)["edits"] == STEPS


def test_an_edit_after_undoing_puts_an_end_to_redoing(town: Session, config: Config, draft: int) -> None:
    first = edited(town, config, draft, "lock", keys=[GRIDS[0]], locked=True)
    editing.undo(town, ANNA, config, draft, NOW)
    second = edited(town, config, draft, "lock", keys=[GRIDS[1]], locked=True)
    assert second["edit"]["seq"] > first["edit"]["seq"], "no number is given twice"
    with pytest.raises(GridgisError, match="nothing to redo"):
        editing.redo(town, ANNA, config, draft, NOW)


def test_what_is_divided_adds_up_to_what_it_was(town: Session, config: Config, draft: int) -> None:
    before = {grid["id"]: grid["properties"] for grid in grids(town, config, draft)}
    assert before[GRIDS[0]]["minutes"] > 0
    parts = edited(
        town, config, draft, "split", key=GRIDS[0],
        line={"type": "LineString", "coordinates": [[114.00095, 22.499], [114.00095, 22.505]]},
    )["loads"]["after"]  # fmt: skip
    parts = [part for part in parts if part["key"].startswith("n")]
    for name in ("buildings", "households", "population", "firms", "components", "incidents", "minutes"):
        assert sum(part[name] for part in parts) == pytest.approx(before[GRIDS[0]][name], abs=0.01), name
    merged = edited(town, config, draft, "merge", keys=[part["key"] for part in parts])
    whole = next(load for load in merged["loads"]["after"] if load["key"].startswith("n"))
    assert whole["minutes"] == pytest.approx(before[GRIDS[0]]["minutes"], abs=0.01)
    carried = next(worker for worker in merged["loads"]["workers"] if worker["code"] == "W1")
    assert carried["after_min"] == pytest.approx(carried["before_min"], abs=0.1)
    assert carried["after_min"] >= whole["minutes"] - 0.1, "the worker's load has the grid in it"


def test_grids_are_given_to_several_workers_in_one_edit(town: Session, config: Config, draft: int) -> None:
    wanted = {GRIDS[0]: None, GRIDS[1]: "W1"}
    edited(town, config, draft, "assign", keys=GRIDS[:2], worker_code=None)
    done = edited(town, config, draft, "assign", workers=wanted)
    found = {feature["id"]: feature["properties"]["worker_code"] for feature in done["grids"]["features"]}
    assert found == wanted
    with pytest.raises(InvalidInput, match="no worker 'W9'"):
        edited(town, config, draft, "assign", workers=wanted | {GRIDS[2]: "W9"})
    with pytest.raises(InvalidInput, match="names no grid"):
        edited(town, config, draft, "assign", workers={})
    editing.undo(town, ANNA, config, draft, NOW)
    kept = {grid["id"]: grid["properties"]["worker_code"] for grid in grids(town, config, draft)}
    assert [kept[key] for key in wanted] == [None, None]


def file_of(folder: Path, polygons: list[shapely.Geometry], **properties: str | list[str | None]) -> Path:
    """Write a file of grids; a property is one for all, or a list with one a grid."""
    features = [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(polygon),
            "properties": {"id": str(row)}
            | {name: said[row - 1] if isinstance(said, list) else said for name, said in properties.items()},
        }
        for row, polygon in enumerate(polygons, start=1)
    ]
    path = folder / "grids.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def strips(count: int) -> list[shapely.Geometry]:
    """Return the community in horizontal strips whose borders run between its rows of buildings."""
    height = 0.004 / count
    return [shapely.box(114.0, 22.5 + k * height, 114.004, 22.5 + (k + 1) * height) for k in range(count)]


@pytest.mark.parametrize("properties", [{"community_code": COMMUNITY}, {}])
def test_a_file_takes_the_place_of_a_communitys_grids(
    town: Session, config: Config, tmp_path: Path, properties: dict[str, str]
) -> None:
    path = file_of(tmp_path, strips(4), **properties)
    made = importing.import_(town, ANNA, config, path, "from a file", NOW)
    assert (made["name"], made["edits"]) == ("from a file", 1)
    there = grids(town, config, made["id"])
    assert sorted(grid["properties"]["buildings"] for grid in there) == [0, 0, 10, 10]
    editing.undo(town, ANNA, config, made["id"], NOW)
    assert [grid["id"] for grid in grids(town, config, made["id"])] == list(GRIDS)


def test_a_file_says_the_types_of_its_grids_by_code_or_name(
    town: Session, config: Config, tmp_path: Path
) -> None:
    town.execute(text("UPDATE grids SET kind = 'institution'"))
    kinds = ["business", "居住型", None, "Crowded"]
    path = file_of(tmp_path, strips(4), community_code=COMMUNITY, kind=kinds)
    made = importing.import_(town, ANNA, config, path, "with types", NOW)
    there = sorted(
        grids(town, config, made["id"]), key=lambda grid: shapely.geometry.shape(grid["geometry"]).bounds[1]
    )
    said = [grid["properties"]["kind"] for grid in there]
    assert said == ["business", "residential", "institution", "crowded"]


def test_an_unknown_type_in_a_file_is_refused_with_its_row(
    town: Session, config: Config, tmp_path: Path
) -> None:
    path = file_of(tmp_path, strips(2), community_code=COMMUNITY, kind=["business", "castle"])
    with pytest.raises(
        InvalidInput, match=r"grids\.geojson, row 2, kind: .* has no type 'castle'"
    ) as refused:
        importing.import_(town, ANNA, config, path, "with types", NOW)
    assert refused.value.field == "kind"


def test_a_file_gives_first_grids_to_a_community_without(
    session: Session, config: Config, tmp_path: Path
) -> None:
    fill(session)
    session.execute(text("DELETE FROM beats"))
    for table in ("buildings", "components", "incidents"):
        session.execute(text(f"UPDATE {table} SET grid_code = NULL, match = 'none', distance_m = NULL"))
    session.execute(text("DELETE FROM grids"))
    path = file_of(tmp_path, strips(2), community_code=COMMUNITY)
    made = importing.import_(session, ANNA, config, path, "first", NOW)
    there = grids(session, config, made["id"])
    assert [grid["properties"]["buildings"] for grid in there] == [10, 10]


def test_a_file_with_a_gap_is_refused_with_its_places(town: Session, config: Config, tmp_path: Path) -> None:
    path = file_of(tmp_path, [strips(4)[0], *strips(4)[2:]], community_code=COMMUNITY)
    with pytest.raises(importing.Faulty, match="gap") as refused:
        importing.import_(town, ANNA, config, path, "x", NOW)
    assert [finding.kind for finding in refused.value.findings] == ["gap"]


def test_a_file_of_another_district_is_not_found(town: Session, config: Config, tmp_path: Path) -> None:
    path = file_of(tmp_path, strips(2), community_code=COMMUNITY)
    with pytest.raises(NotFound, match=COMMUNITY):
        importing.import_(town, Planner("bo", Scope(("440304",))), config, path, "x", NOW)


def test_row_security_shows_a_districts_part_of_a_draft(
    engine: Engine, config: Config, database_url: str
) -> None:
    with transaction(engine) as session:
        fill(session)
        draft = keeping.create(session, ANNA, "a draft")["id"]
        edited(session, config, draft, "lock", keys=[GRIDS[0]], locked=True)
    web = make_engine(database_url, role=WEB_ROLE)
    counts = {}
    for scope in (Scope(("440305",)), Scope(("440304",))):
        with transaction(web, scope=scope) as session:
            counts[scope.key] = [
                session.scalar(text(f"SELECT count(*) FROM {table}"))
                for table in ("draft_grids", "draft_edits")
            ]
            with seeing(session, EVERYTHING):
                assert session.scalar(text("SELECT count(*) FROM draft_edits")) == 1
    web.dispose()
    assert counts == {"440305": [1, 1], "440304": [0, 0]}
