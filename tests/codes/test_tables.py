import pytest

from gridgis.codes.tables import DATA, parse_table, read_table
from gridgis.errors import InvalidInput


def test_rows_are_numbered_as_an_editor_shows_them():
    table = parse_table('\ufeffa,b\r\n 1 ,"x\r\ny"\r\n2\r\n3,4,5\r\n')
    assert table.columns == ("a", "b")
    assert table.rows == ((3, {"a": "1", "b": "x\r\ny"}), (4, {"a": "2", "b": ""}), (5, {"a": "3", "b": "4"}))


def test_what_is_no_csv_is_refused_by_its_row():
    with pytest.raises(InvalidInput, match="row 2 is not CSV: field larger"):
        parse_table("a\n" + "x" * 200_000)


def test_files_are_named_in_their_errors(tmp_path):
    path = tmp_path / "own.csv"
    path.write_bytes("a\n井盖\n".encode("gbk"))
    with pytest.raises(InvalidInput, match=r"own.csv: byte 2 is not UTF-8"):
        read_table(path)


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.csv")), ids=lambda path: path.stem)
def test_our_own_tables_have_no_empty_or_double_row(path):
    rows = [tuple(row.values()) for _, row in read_table(path).rows]
    assert all(row[0] for row in rows)
    assert len(set(rows)) == len(rows)
