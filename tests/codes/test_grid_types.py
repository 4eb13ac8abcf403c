"""R23-R25: schemes of types are files, and a city's own one loads without a line of code."""

import pytest

from gridgis.codes.grid_types import read_scheme, schemes
from gridgis.errors import CodeError, InvalidInput

OWN = "kind,sub_status,name_zh,name_en\nport,,港口,Port\nport,dry,旱港,Dry\nport,wet,水港,Wet\n"


def test_the_four_schemes_hold_the_types_of_their_places():
    assert {name: [one.name_zh for one in read_scheme(name).types] for name in schemes()} == {
        "urban": ["居住型", "商务型", "单位型", "人员密集型"],
        "fringe": ["社区", "村庄", "园区"],
        "rural-fangshan": ["住宅", "农业", "林地", "坑塘", "荒山", "滩涂"],
        "rural-miyun": ["社区", "村庄", "农田", "山区", "景区", "工业园区"],
    }


def test_types_are_read_by_code_and_by_either_name():
    fringe = read_scheme("fringe")
    assert fringe.parse("村庄", "待拆迁") == ("village", "to_be_demolished")
    assert fringe.parse("Village", "KEPT") == ("village", "kept")
    assert fringe.parse(" park ") == ("park", None)
    assert fringe.parse(None) == fringe.parse("", "") == (None, None)


@pytest.mark.parametrize(
    ("kind", "sub_status", "field", "told"),
    [
        ("residential", None, "kind", "accepted are community 社区, village 村庄, park 园区"),
        ("park", "kept", "sub_status", "the type park has no sub-status 'kept'; accepted are none"),
        ("village", "gone", "sub_status", "accepted are kept 保留, to_be_demolished 待拆迁"),
        (None, "kept", "sub_status", "needs the type"),
    ],
)
def test_what_the_scheme_lacks_is_refused_with_what_it_has(kind, sub_status, field, told):
    with pytest.raises(CodeError, match=told) as refused:
        read_scheme("fringe").parse(kind, sub_status)
    assert refused.value.field == field


def test_a_citys_own_file_is_a_scheme(tmp_path):
    path = tmp_path / "harbour.csv"
    path.write_text(OWN, encoding="utf-8")
    assert read_scheme(str(path)).parse("港口", "旱港") == ("port", "dry")
    assert read_scheme(str(path)).name == "harbour"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind,name_zh\nport,港口\n", "the columns sub_status, name_en are missing"),
        ("kind,sub_status,name_zh,name_en\n", "at least one type"),
        (OWN.replace("Port", ""), "row 2: name_en is empty"),
        (OWN.replace("port,dry", "lake,dry"), "row 3: the sub-status 'dry' stands above"),
        (OWN.replace("水港", "旱港"), "row 4: '旱港' is said above"),
        (OWN + "port,,口岸,Gate\n", "row 5: 'port' is said above"),
    ],
)
def test_a_faulty_file_is_refused_by_row_and_field(tmp_path, text, told):
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=told) as refused:
        read_scheme(str(path))
    assert "own.csv" in refused.value.message


@pytest.mark.parametrize("name", ["suburban", "", "/nowhere/own.csv"])
def test_a_scheme_that_is_not_there_is_named_with_those_that_are(name):
    with pytest.raises(InvalidInput, match="rural-miyun, urban") as refused:
        read_scheme(name)
    assert refused.value.field == "GRIDGIS_GRID_TYPES"
