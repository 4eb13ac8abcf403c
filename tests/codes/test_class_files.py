import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgis.codes.class_files import FIELDS, check_classes, read_classes
from gridgis.errors import InvalidInput

HEADER = ",".join(FIELDS)
GOOD = "component,01999,共享雨伞架（自定义）,Umbrella rack,市政公用设施,Municipal utilities,point,B,local,no"


def problems(*rows, header=HEADER):
    return [str(problem) for problem in check_classes("\n".join((header, *rows)), "gbt47678.5-2026")[1]]


def test_a_good_row_becomes_a_class():
    (entry,), faults = check_classes(f"\ufeff{HEADER}\r\n{GOOD}\r\n", "gbt47678.5-2026")
    assert faults == ()
    assert (entry.profile, entry.kind, entry.major, entry.minor) == (
        "gbt47678.5-2026",
        "component",
        "01",
        "999",
    )
    assert (entry.mark, entry.reserved) == ("C01999", False)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("component", "thing", "row 2, kind: 'thing'; accepted are component, event"),
        ("point", "circle", "row 2, geometry: 'circle'; accepted are point, line, polygon"),
        (",B,", ",D,", "row 2, accuracy: 'D'; accepted are A, B, C"),
        ("local", "rumour", "row 2, evidence: 'rumour'; accepted are verified, indirect, memory, local"),
        (",no", ",", "row 2, reserved: ''; accepted are no, yes"),
        ("Umbrella rack", " ", "row 2, name_en: ''; a name is required"),
        (
            "01999",
            "1999",
            "row 2, code: '1999'; class code (gbt47678.5-2026) '1999' has 4 digits; 5 are accepted",
        ),
        (
            "01999",
            "01999.0",
            "row 2, code: '01999.0'; class code (gbt47678.5-2026) '01999.0': position 6 is '.'",
        ),
    ],
)
def test_a_fault_is_told_by_row_and_field(old, new, message):
    (fault,) = problems(GOOD.replace(old, new, 1))
    assert fault.startswith(message)


def test_every_fault_is_told():
    bad = GOOD.replace("point", "circle").replace("local", "rumour")
    assert len(problems(bad, bad.replace("01999", "01998"))) == 4


def test_one_code_twice_and_one_major_with_two_names():
    renamed = GOOD.replace("01999", "01998").replace("市政公用设施", "别的大类")
    assert problems(GOOD, GOOD, renamed) == [
        "row 3, code: '01999'; row 2 has the same component; each code once",
        "row 4, major_zh: '别的大类'; major 01 is '市政公用设施' above; one name for a major",
    ]


def test_the_same_number_as_component_and_event_is_two_classes():
    assert problems(GOOD, GOOD.replace("component", "event")) == []


def test_missing_columns_are_named():
    assert problems("component,01999", header="kind,code")[0] == (
        "row 1, name_zh: ''; the column is missing; found are kind, code"
    )
    assert "found are none" in str(check_classes("", "cjt214-2007")[1][0])


def test_a_file_with_faults_is_refused_by_its_first_ones(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(
        "\n".join(
            [HEADER, *[GOOD.replace("point", "circle").replace("01999", f"01{n}") for n in range(900, 908)]]
        )
    )
    with pytest.raises(InvalidInput, match=r"own.csv: row 2, geometry: 'circle'.*row 6.* and 3 more"):
        read_classes(path, "gbt47678.5-2026")


def test_another_encoding_and_an_empty_list_are_refused(tmp_path):
    path = tmp_path / "own.csv"
    path.write_bytes(f"{HEADER}\n{GOOD}\n".encode("gbk"))
    with pytest.raises(InvalidInput, match=r"byte .* is not UTF-8"):
        read_classes(path, "gbt47678.5-2026")
    path.write_text(HEADER)
    with pytest.raises(InvalidInput, match="no row below the header"):
        read_classes(path, "gbt47678.5-2026")


@given(st.text())
def test_any_text_is_answered_in_words(text):
    try:
        classes, faults = check_classes(text, "cjt214-2007")
    except InvalidInput:
        return  # not CSV at all; see test_tables
    assert not classes
    assert faults
