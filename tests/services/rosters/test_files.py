"""The roster as a file: what is written is read back without a change, and rows are refused by name."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest

from gridgis.errors import InvalidInput
from gridgis.planning.rosters import PRIMARY
from gridgis.scope import EVERYTHING
from gridgis.services.rosters import absences, changing, files
from gridgis.services.rosters.absences import Wish
from gridgis.services.rosters.changing import RowsRefused
from tests.services.rosters.roster_town import NOW, TODAY, fill, grid, stored


@pytest.fixture
def town(session, config):
    fill(session, config)
    return session


def load(town, config, tmp_path, body: str | bytes, **options):
    path = tmp_path / "roster.csv"
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return files.load(town, EVERYTHING, config, path, at=NOW, **options)


def written(town, config, file_format: str) -> bytes:
    return b"".join(files.export(town, EVERYTHING, config, "440305", file_format, at=NOW))


def test_what_is_written_is_read_back_without_a_change(town, config, tmp_path) -> None:
    absences.leave(town, EVERYTHING, config, Wish("A", TODAY, None), at=NOW)
    was, body = stored(town), written(town, config, "csv")
    done = load(town, config, tmp_path, body)
    assert (done.added, done.altered, done.deleted) == (0, 0, 0)
    assert stored(town) == was
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert done.already_so == len(rows) == 9 + 3
    assert {row["worker_code"] for row in rows if row["grid_code"] == grid(3)} == {""}


def test_a_list_gives_grids_in_bulk(town, config, tmp_path) -> None:
    body = f"grid_code,worker_code,from\n{grid(3)},E,\n{grid(1)},,2026-07-05\n{grid(6)},B,2026/7/9\n"
    shown = load(town, config, tmp_path, body, preview=True)
    done = load(town, config, tmp_path, body)
    assert done.loads == shown.loads
    assert (done.added, done.altered) == (2, 2)
    found = changing.roster(town, EVERYTHING, config, "440305", at=NOW, on=done.day)
    primary = {row["grid_code"]: row["worker_code"] for row in found.rows if row["role"] == PRIMARY}
    assert (primary[grid(3)], primary[grid(6)]) == ("E", "B")
    assert [row["grid_code"] for row in found.unassigned] == [grid(1)]


def test_an_excel_table_will_do_as_well(town, config, tmp_path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["grid_code", "worker_code", "from"])
    book.active.append([int(grid(3)), "E", TODAY])
    book.save(tmp_path / "roster.xlsx")
    assert files.load(town, EVERYTHING, config, tmp_path / "roster.xlsx", at=NOW).added == 1


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (f"{grid(3)},E,primary,soon,", "row 2, from: 'soon' is not accepted; a day such as"),
        (f"{grid(3)},E,boss,,", "row 2, role: 'boss' is not accepted"),
        (f"{grid(3)},X1,,,", "row 2, worker_code: 'X1' is not accepted"),
        (",E,,,", "row 2, grid_code: an empty cell is not accepted"),
        (f"{grid(3)},E,,2026-01-01,", "row 2, from: '2026-01-01' is not accepted; a change begins today"),
    ],
)
def test_one_bad_row_is_named_and_nothing_is_kept(town, config, tmp_path, row, says) -> None:
    was = stored(town)
    with pytest.raises(RowsRefused, match=says) as refused:
        load(town, config, tmp_path, f"grid_code,worker_code,role,from,to\n{grid(1)},A,,,\n{row}\n")
    assert [fault.row for fault in refused.value.faults] == [2]
    assert stored(town) == was


@pytest.mark.parametrize(
    ("body", "says"),
    [("grid_code,who\n1,2\n", "no column worker_code"), ("grid_code,worker_code\n", "no row under")],
)
def test_a_file_that_is_no_roster_is_refused(town, config, tmp_path, body, says) -> None:
    with pytest.raises(InvalidInput, match=says):
        load(town, config, tmp_path, body)


def test_other_systems_get_every_grid_with_its_shape(town, config) -> None:
    absences.leave(town, EVERYTHING, config, Wish("C", TODAY, None, cover=False), at=NOW)
    found = json.loads(written(town, config, "geojson"))
    told = {feature["id"]: feature["properties"] for feature in found["features"]}
    assert len(told) == 9
    assert {feature["geometry"]["type"] for feature in found["features"]} == {"Polygon"}
    assert told[grid(3)]["worker_code"] is None
    assert told[grid(1)]["uncovered"]
    assert told[grid(4)]["worker_code"] == "A"
    with pytest.raises(InvalidInput, match="csv, geojson"):
        written(town, config, "pdf")
