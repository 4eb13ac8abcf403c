"""The commands that tell coverage and workload, on the small sample city."""

from __future__ import annotations

import csv
import json

import openpyxl
import pytest
from click.testing import CliRunner

from gridgis.__main__ import main
from gridgis.cli import coverage


@pytest.fixture
def run(city_url, monkeypatch):
    monkeypatch.setenv("GRIDGIS_DATABASE_URL", city_url)

    def call(*words: str):
        return CliRunner().invoke(main, list(words), catch_exceptions=False)

    return call


def test_figures_add_up_and_go_to_every_format(run, tmp_path) -> None:
    told = json.loads(run("coverage", "--json").output)
    assert told["total"]["grids"] == sum(row["grids"] for row in told["rows"]) == 800
    assert told["total"]["cycled"] >= told["total"]["current"]
    for name in ("a.csv", "a.xlsx", "a.geojson"):
        assert run("coverage", "--level", "street", "--out", str(tmp_path / name)).exit_code == 0
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()))
    sheet = list(openpyxl.load_workbook(tmp_path / "a.xlsx").active.values)
    features = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))["features"]
    assert len(rows) == len(sheet) - 1 == len(features)
    assert sum(int(row["grids"]) for row in rows) == 800
    assert features[0]["geometry"]["type"] == "MultiPolygon"


def test_what_figures_are_made_from_is_written_by_street(run, tmp_path) -> None:
    words = ("--write-partitions", "--partition-by", "street", "--partitions", str(tmp_path / "parts"))
    parts = len({code[:9] for code in _grid_codes(run)})
    assert run("coverage", *words).output == f"{tmp_path / 'parts'}: {parts} parts\n"
    assert len(list((tmp_path / "parts" / "grids").glob("*.parquet"))) == parts


def _grid_codes(run) -> list[str]:
    return [row["code"] for row in json.loads(run("coverage", "--level", "grid", "--json").output)["rows"]]


def test_another_parameter_is_shown_before_it_is_saved(run) -> None:
    before = json.loads(run("workload", "--json").output)
    shown = json.loads(run("workload", "--set", "visit_min=16", "--json").output)
    assert shown["total"]["minutes"] == before["total"]["minutes"]
    assert {round(c["after"] - c["before"], 6) > 0 for c in shown["changes"]} == {True}
    saved = json.loads(run("workload", "--set", "visit_min=16", "--save", "--json").output)
    assert saved["total"]["visits_min"] == pytest.approx(2 * before["total"]["visits_min"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("coverage", "--division", "999999"), "no division '999999'"),
        (("coverage", "--from", "2026-06-30", "--to", "2026-06-01"), "has no day"),
        (("coverage", "--from", "2026-06-30"), "both --from and --to"),
        (("coverage", "--out", "figures.pdf"), "names no format"),
        (("workload", "--set", "pace=3"), "parameter 'pace' is unknown"),
        (("workload", "--save"), "nothing to save"),
        (("coverage", "--engine", "dask"), "--scheduler URL together"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(run, words, says: str) -> None:
    refused = run(*words)
    assert refused.exit_code == 1
    assert says in refused.output


def test_following_goes_on_until_interrupted(run, monkeypatch) -> None:
    looks = []

    def interrupted(_seconds: float) -> None:
        looks.append(1)
        if len(looks) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(coverage.time, "sleep", interrupted)
    assert run("coverage", "--follow").exit_code == 1
    assert len(looks) == 2
