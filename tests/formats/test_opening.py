from __future__ import annotations

import gzip
import shutil
import struct
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from gridgis.errors import InvalidInput, NotFound
from gridgis.formats import encodings
from gridgis.formats.opening import open_source

FRAME = gpd.GeoDataFrame(
    {"code": ["440303001001001", "440303001001002", "440303001001003"], "名称": ["老围", "南塘", None]},
    geometry=[shapely.box(114 + i / 10, 22, 114.1 + i / 10, 22.1) for i in range(3)],
    crs="EPSG:4326",
)


def rows(path: Path, **options) -> tuple[list[dict], list, object]:
    source = open_source(path, **options)
    chunks = list(source.chunks())
    table = pa.concat_tables([chunk.table for chunk in chunks])
    places = [g for chunk in chunks if chunk.geometry is not None for g in chunk.geometry]
    return table.to_pylist(), places, source


@pytest.mark.parametrize(
    "name", ["g.geojson", "g.geojsonl", "g.geojsonseq", "g.gpkg", "g.fgb", "g.parquet", "g.shp", "g.shp.zip"]
)
def test_every_format_gives_the_same_rows(tmp_path, name):
    path = tmp_path / name
    if name.endswith(".parquet"):
        FRAME.to_parquet(path)
    elif name.endswith(".zip"):
        FRAME.to_file(tmp_path / "inside.shp", encoding="utf-8")
        with zipfile.ZipFile(path, "w") as archive:
            for file in tmp_path.glob("inside.*"):
                archive.write(file, file.name)
    else:
        FRAME.to_file(path, **({"driver": "GeoJSONSeq"} if "jsonl" in name or "jsonseq" in name else {}))
    found, places, source = rows(path)
    if name.endswith(".fgb"):  # it keeps rows in the order of its spatial index
        places = [place for _, place in sorted(zip([row["code"] for row in found], places, strict=True))]
        found.sort(key=lambda row: row["code"])
    assert [row["code"] for row in found] == FRAME["code"].to_list()
    assert [row["名称"] for row in found] == ["老围", "南塘", None]
    turned = zip(places, FRAME.geometry, strict=True)  # a Shapefile winds its rings the other way
    assert all(a.normalize().equals_exact(b.normalize(), 1e-7) for a, b in turned)
    assert "4326" in source.crs
    assert source.rows in (3, None)


def test_gzip_is_read_through(tmp_path):
    FRAME.to_file(tmp_path / "g.geojson")
    with (tmp_path / "g.geojson").open("rb") as plain, gzip.open(tmp_path / "g.geojson.gz", "wb") as packed:
        shutil.copyfileobj(plain, packed)
    assert len(rows(tmp_path / "g.geojson.gz")[0]) == 3


def test_the_content_decides_and_a_wrong_ending_is_told(tmp_path):
    FRAME.to_file(tmp_path / "g.gpkg")
    shutil.move(tmp_path / "g.gpkg", tmp_path / "g.geojson")
    found, _, source = rows(tmp_path / "g.geojson")
    assert len(found) == 3
    assert "content is GeoPackage" in source.notes[0]


@pytest.mark.parametrize("with_cpg", [False, True])
def test_a_gbk_shapefile_is_recognised_with_and_without_cpg(tmp_path, with_cpg):
    FRAME.to_file(tmp_path / "g.shp", encoding="gbk")
    cpg = tmp_path / "g.cpg"
    cpg.write_text("GBK") if with_cpg else cpg.unlink()
    found, _, source = rows(tmp_path / "g.shp")
    assert [row["名称"] for row in found] == ["老围", "南塘", None]
    assert (source.encoding, source.encoding_guessed) == ("gb18030", not with_cpg)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_in_any_encoding_and_separator_is_text(tmp_path, encoding, separator):
    table = pd.DataFrame({"code": ["001", "002"], "名称": ["老围", "南塘"], "lon": ["114.1", ""]})
    table.to_csv(tmp_path / "t.csv", index=False, encoding=encoding, sep=separator)
    found, _, source = rows(tmp_path / "t.csv")
    assert found == [
        {"code": "001", "名称": "老围", "lon": "114.1"},
        {"code": "002", "名称": "南塘", "lon": None},
    ]
    assert source.encoding_guessed


def test_a_line_with_too_many_cells_is_named(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n1,2,3\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="Expected 2 columns, got 3"):
        rows(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"a,a\n1,2\n", "two columns named 'a'"),
        ("t.csv", b"a,b\n\xff\xff\xff,1\n", "neither UTF-8 nor GBK"),
        ("t.bin", b"\x00\x01\x02\x03", "in no format"),
        ("t.gpkg", b"SQLite format 3\0rubbish", "cannot be read"),
        ("t.parquet", b"PAR1rubbish", "not readable as Parquet"),
        ("t.geojson", b'{"type": "FeatureCollection", "features": [', "cannot be read"),
        ("t.zip", b"PK\x05\x06" + bytes(18), "in no format"),
    ],
)
def test_damaged_files_are_refused_in_words(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput, match=message):
        rows(tmp_path / name)


def test_a_missing_file_is_said_so(tmp_path):
    with pytest.raises(NotFound):
        open_source(tmp_path / "gone.csv")


def test_a_workbook_keeps_codes_and_dates(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [
        ("code", "date", "n", "flag"),
        (440303001001001, pd.Timestamp("2026-03-31"), 1.5, True),
        ("01", None, 2, None),
    ]:
        sheet.append(row)
    book.create_sheet("second").append(("other",))
    book.save(tmp_path / "t.xlsx")
    found, _, _ = rows(tmp_path / "t.xlsx")
    assert found == [
        {"code": "440303001001001", "date": "2026-03-31", "n": "1.5", "flag": "true"},
        {"code": "01", "date": None, "n": "2", "flag": None},
    ]
    with pytest.raises(InvalidInput, match="sheets Sheet, second"):
        open_source(tmp_path / "t.xlsx", table="third")


def test_a_file_with_two_layers_asks_which(tmp_path):
    FRAME.to_file(tmp_path / "g.gpkg", layer="a")
    FRAME.to_file(tmp_path / "g.gpkg", layer="b")
    with pytest.raises(InvalidInput, match="tables a, b"):
        open_source(tmp_path / "g.gpkg")
    assert len(rows(tmp_path / "g.gpkg", table="b")[0]) == 3


def test_big_endian_wkb_in_parquet_is_read(tmp_path):
    FRAME.to_parquet(tmp_path / "g.parquet")
    table = pq.read_table(tmp_path / "g.parquet")
    wkb = pa.array(shapely.to_wkb(FRAME.geometry.to_numpy(), byte_order=0), pa.binary())
    turned = table.set_column(table.column_names.index("geometry"), "geometry", wkb)
    pq.write_table(turned, tmp_path / "big.parquet")
    assert struct.unpack(">B", wkb[0].as_py()[:1]) == (0,)
    assert shapely.equals(rows(tmp_path / "big.parquet")[1], FRAME.geometry.to_numpy()).all()


def test_unreadable_geometry_is_marked_by_row(tmp_path):
    FRAME.to_parquet(tmp_path / "g.parquet")
    table = pq.read_table(tmp_path / "g.parquet")
    wkb = [shapely.to_wkb(FRAME.geometry[0]), b"\x01rubbish", None]
    pq.write_table(table.set_column(2, "geometry", pa.array(wkb, pa.binary())), tmp_path / "bad.parquet")
    (chunk,) = open_source(tmp_path / "bad.parquet").chunks()
    assert chunk.unreadable.tolist() == [False, True, False]


def test_rows_are_numbered_through_the_chunks(tmp_path):
    lines = "\n".join(f"{n},{n / 1e6}" for n in range(150_000))
    (tmp_path / "t.csv").write_text(f"n,x\n{lines}\n", encoding="utf-8")
    starts = [
        (chunk.first_row, chunk.table.column("n")[0].as_py())
        for chunk in open_source(tmp_path / "t.csv").chunks()
    ]
    assert len(starts) > 1
    assert all(int(value) == row - 1 for row, value in starts)


def test_texts_cut_inside_a_character_do_not_mislead():
    width = 7
    header = bytearray(32 + 32 + 1)
    header[4:8], header[8:10], header[10:12] = (
        (1).to_bytes(4, "little"),
        len(header).to_bytes(2, "little"),
        (width + 1).to_bytes(2, "little"),
    )
    header[32:43], header[43], header[48], header[64] = b"name".ljust(11, b"\0"), ord("C"), width, 0x0D
    for encoding, expected in (("utf-8", "utf-8"), ("gbk", "gb18030")):
        text = "老围社区".encode(encoding)[:width]
        assert encodings.dbf_encoding(bytes(header) + b" " + text, "x.dbf") == expected
