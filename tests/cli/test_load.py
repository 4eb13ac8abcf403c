from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from gridgis.__main__ import main
from gridgis.database import transaction
from tests.services import town


@pytest.fixture
def gridgis(database_url, config, engine, tmp_path, monkeypatch):
    """Run a command on a town of its own; returns click's result."""
    monkeypatch.setenv("GRIDGIS_DATABASE_URL", database_url)
    with transaction(engine) as session:
        town.build(session, config, tmp_path)

    def run(*arguments: object):
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return run


def count(engine, table: str) -> int:
    with transaction(engine, read_only=True) as session:
        return session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def test_load_list_and_undo(gridgis, engine, tmp_path):
    path = town.write(town.components(), tmp_path, "lamps.gpkg")
    loaded = gridgis("load", "components", path, "--source", "城管局")
    assert loaded.exit_code == 0, loaded.output
    assert "8 rows" in loaded.output
    assert "gridgis load --undo 3" in loaded.output
    assert "lamps.gpkg" in gridgis("load", "--list").output
    assert json.loads(gridgis("load", "--list", "--json").output)[0]["source"] == "城管局"
    again = gridgis("load", "components", path)
    assert (again.exit_code, "already loaded" in again.output) == (0, True)
    assert "8 components removed" in gridgis("load", "--undo", 3).output
    assert count(engine, "components") == 0
    twice = gridgis("load", "--undo", 3)
    assert (twice.exit_code, "undone already" in twice.output) == (1, True)


def test_a_refused_file_exits_1_with_one_clear_line_and_leaves_nothing(gridgis, engine, tmp_path):
    frame = town.components(30).assign(state=["完好"] * 5 + ["坏"] * 25)
    path = town.write(frame, tmp_path, "lamps.geojson")
    report = tmp_path / "report.json"
    refused = gridgis("load", "components", path, "--report", report)
    assert refused.exit_code == 1
    assert "row 6, state '坏'" in refused.output
    assert "and 15 more" in refused.output
    assert (
        refused.output.strip().splitlines()[-1].startswith("error: lamps.geojson was not loaded: 25 findings")
    )
    full = json.loads(report.read_text(encoding="utf-8"))
    assert full["refused"]["total"] == len(full["refused"]["listed"]) == 25
    assert full["places"]["type"] == "FeatureCollection"
    assert (count(engine, "components"), count(engine, "imports")) == (0, 2)


def test_columns_values_and_constants_come_from_a_mapping_file(gridgis, engine, tmp_path):
    table = pd.DataFrame(
        {"编号": ["a", "b"], "种类": ["lamp", "bin"], "东": [114.1005, 114.1015], "北": [22.5505] * 2}
    )
    path = town.write(table, tmp_path, "lamps.csv")
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        'source = "路灯所"\n[columns]\n"编号" = "source_id"\n"种类" = "class_code"\n'
        '"东" = "lon"\n"北" = "lat"\n'
        '[values.class_code]\nlamp = "01001"\nbin = "01002"\n[constants]\nstate = "破损"\n',
        encoding="utf-8",
    )
    loaded = gridgis("load", "components", path, "--mapping", mapping, "--json")
    assert loaded.exit_code == 0, loaded.output
    with transaction(engine, read_only=True) as session:
        rows = session.execute(text("SELECT source_id, class_code, state FROM components ORDER BY 1")).all()
        kept = session.execute(text("SELECT mapping, source FROM imports ORDER BY id DESC LIMIT 1")).one()
    assert [tuple(row) for row in rows] == [("a", "01001", "damaged"), ("b", "01002", "damaged")]
    assert (kept.source, kept.mapping["constants"]) == ("路灯所", {"state": "破损"})


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["load"], 2, "give a LAYER and a FILE"),
        (["load", "houses", "x.csv"], 2, "houses"),
        (["load", "components", "gone.csv"], 1, "there is no file"),
        (["load", "components", "FILE", "--map", "x"], 1, "expected OLD=NEW"),
        (["load", "components", "FILE", "--map", "x=y"], 1, "no column 'x'"),
        (["load", "components", "FILE", "--crs", "EPSG:1"], 1, "not a coordinate system"),
    ],
)
def test_wrong_use_is_one_clear_line(gridgis, tmp_path, arguments, code, message):
    path = town.write(town.components(1), tmp_path, "lamps.parquet")
    result = gridgis(*[path if a == "FILE" else a for a in arguments])
    assert (result.exit_code, message in result.output) == (code, True), result.output


def test_a_load_killed_half_way_leaves_nothing(gridgis, engine, database_url, tmp_path):
    rows = 200_000
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"class_code": ["01001"] * rows})
    table["lon"] = town.WEST + rng.random(rows) * 2 * town.SIDE
    table["lat"] = town.SOUTH + rng.random(rows) * 2 * town.SIDE
    path = town.write(table, tmp_path, "many.csv")
    environment = {**os.environ, "GRIDGIS_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "gridgis", "load", "components", str(path)]
    loading = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    copying = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'"
    try:
        pids = wait_for(engine, copying, bool, loading)
        os.kill(loading.pid, signal.SIGKILL)
    finally:
        loading.kill()
        loading.wait()
    gone = f"SELECT pid FROM pg_stat_activity WHERE pid = {pids[0]}"
    wait_for(engine, gone, lambda found: not found)
    assert [count(engine, t) for t in ("components", "serials", "imports")] == [0, 0, 2]
    assert gridgis("load", "components", path, "--dry-run").exit_code == 0


def wait_for(engine, query: str, reached, process: subprocess.Popen | None = None) -> list[int]:
    """Poll until a query's answer is as wanted; fails after a minute or when the process has ended."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with transaction(engine, read_only=True) as session:
            found = list(session.execute(text(query)).scalars())
        if reached(found):
            return found
        assert process is None or process.poll() is None, "the load ended before it was killed"
        time.sleep(0.02)
    raise AssertionError(f"not reached in a minute: {query}")
