"""The verbs of ``gridgis plan`` that draw: a draft from its beginning to a comparison."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
import shapely.geometry
from click.testing import CliRunner, Result

from gridgis.__main__ import main
from gridgis.cluster import Cluster
from gridgis.database import make_engine, transaction
from tests.conftest import _database
from tests.routes.city import COMMUNITY, GRIDS, fill

BETWEEN = "114.00095 22.499, 114.00095 22.505"


@pytest.fixture(scope="module")
def city(test_cluster: Cluster, template: str) -> Iterator[dict[str, str]]:
    """The small city, and the environment of a command that works on it; each test has drafts of its own."""
    for url in _database(test_cluster, template):
        engine = make_engine(url)
        with transaction(engine) as session:
            fill(session)
        engine.dispose()
        yield {"GRIDGIS_DATABASE_URL": url}


def run(city: dict[str, str], *arguments: object) -> Result:
    """Run ``gridgis plan``."""
    return CliRunner().invoke(main, ["plan", *map(str, arguments)], env=city)


def told(city: dict[str, str], *arguments: object) -> Any:
    """Run a verb with --json and return what it prints."""
    done = run(city, *arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_draft_from_its_beginning_to_a_comparison(city: dict[str, str], tmp_path: Path) -> None:
    number = run(city, "new", "summer", "--description", "a try").stdout.strip()
    parts = told(city, "split", number, GRIDS[0], "--line", BETWEEN)
    assert (parts["edit"]["seq"], parts["removed"]) == (1, [GRIDS[0]])
    assert "n1" in run(city, "merge", number, "n1", "n2").stdout
    assert told(city, "undo", number)["redo"] is True
    assert told(city, "redo", number)["redo"] is False
    assert told(city, "undo", number, "--seq", 2)["undo"] is True
    given = told(city, "assign", number, "W1", GRIDS[3])
    assert given["loads"]["after"][0]["worker_code"] == "W1"
    assert told(city, "assign", number, "-", GRIDS[3])["loads"]["after"][0]["worker_code"] is None
    assert (
        told(city, "edit", number, "lock", json.dumps({"keys": [GRIDS[1]], "locked": True}))["removed"] == []
    )
    totals = told(city, "compare", number)
    assert (totals["added"], totals["removed"], totals["households"]) == (2, 1, 12)
    [carries_less] = totals["workers"]
    assert carries_less["worker_code"] == "W1"
    assert (carries_less["grids_before"], carries_less["grids_after"]) == (2, 3)
    said = run(city, "compare", number).stdout
    assert "moved m2" in said
    assert "2 -> 3 grids" in said
    assert {"summer", "first"} <= {plan["name"] for plan in told(city, "list")["plans"]}
    assert "summer" in run(city, "list").stdout
    assert len(told(city, "show", number, "--division", COMMUNITY)["grids"]["features"]) == 5
    assert "n2" in run(city, "show", number, "--division", COMMUNITY).stdout


def test_a_draft_is_described_shared_and_deleted(city: dict[str, str]) -> None:
    number = run(city, "new", "spring").stdout.strip()
    run(city, "split", number, GRIDS[0], "--line", BETWEEN)
    run(city, "undo", number)
    changed = told(city, "change", number, "--name", "spring 2027", "--editors", "li, wang", "--shared")
    assert (changed["name"], changed["editors"], changed["shared"]) == ("spring 2027", ["li", "wang"], True)
    assert told(city, "change", number, "--editors", "")["editors"] == []
    nothing = run(city, "change", number)
    assert (nothing.exit_code, "give what to change" in nothing.stderr) == (2, True)
    assert [edit["undone"] for edit in told(city, "log", number)["edits"]] == [True]
    assert "split, undone" in run(city, "log", number).stdout
    assert run(city, "delete", number, "--yes").exit_code == 0
    gone = run(city, "show", number)
    assert (gone.exit_code, gone.stderr.count("\n")) == (1, 1)


def test_ground_moves_from_grid_to_grid(city: dict[str, str], tmp_path: Path) -> None:
    number = run(city, "new", "moves").stdout.strip()
    corner = run(city, "move", number, "--vertex", "114.002 22.502", "--to", "114.0021 22.5021", "--json")
    assert corner.exit_code == 0, corner.output
    assert len(json.loads(corner.stdout)["removed"]) == 4
    strip = tmp_path / "strip.geojson"
    ground = shapely.geometry.mapping(shapely.box(114.0, 22.5017, 114.002, 22.5021))
    strip.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": ground}), encoding="utf-8")
    keys = [grid["id"] for grid in json.loads(corner.stdout)["grids"]["features"]]
    moved = run(city, "transfer", number, keys[-1], "--polygon", strip)
    assert moved.exit_code in (0, 1), moved.output  # who is the neighbour is for the edit to say
    empty = run(city, "new", "empty", "--from", "nothing").stdout.strip()
    drawn = told(city, "draw", empty, COMMUNITY, "--polygon", strip)
    assert [grid["id"] for grid in drawn["grids"]["features"]] == ["n1"]


def test_a_file_begins_a_draft(city: dict[str, str], tmp_path: Path) -> None:
    halves = [shapely.box(114.0, 22.5, 114.004, 22.502), shapely.box(114.0, 22.502, 114.004, 22.504)]
    path = tmp_path / "grids.geojson"
    features = [
        {
            "type": "Feature",
            "properties": {"community_code": COMMUNITY},
            "geometry": shapely.geometry.mapping(half),
        }
        for half in halves
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    number = run(city, "import", path, "--name", "halves").stdout.strip()
    assert told(city, "compare", number)["added"] == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["split", "1", GRIDS[0]], 2, "one of --line"),
        (["split", "987", GRIDS[0], "--line", BETWEEN], 1, "there is no plan 987"),
        (["split", "1", GRIDS[0], "--line", "x"], 1, "is not like"),
        (["move", "1", "--vertex", "114 22"], 2, "--vertex and --to"),
        (["transfer", "1", "n1"], 2, "either --building or --polygon"),
        (["edit", "1", "merge", "[]"], 2, "no JSON object"),
        (["edit", "1", "merge", "{"], 2, "no JSON"),
        (["new", "x", "--from", "elsewhere"], 1, "in_force"),
    ],
)
def test_what_cannot_be_is_one_line(
    city: dict[str, str], arguments: list[str], code: int, words: str
) -> None:
    done = run(city, *arguments)
    assert done.exit_code == code, done.output
    assert words in done.output
