import pytest
from code_strategies import districts
from hypothesis import given
from hypothesis import strategies as st

from gridgis.codes import components
from gridgis.codes.catalogue import catalogue
from gridgis.codes.profiles import PROFILES
from gridgis.errors import CodeError

WIDTHS = {"cjt214-2007": 16, "gbt30428.2-2013": 16, "gbt47678.5-2026": 17}


@given(st.sampled_from(sorted(WIDTHS)), districts, st.integers(1, 999999), st.data())
def test_any_identifier_round_trips(profile, district, serial, data):
    classes = catalogue(profile)
    entry = data.draw(st.sampled_from([e for e in classes.classes if e.kind == "component"]))
    code = components.build(profile, district, entry.code, serial)
    parsed = components.parse(code, profile, classes)
    assert len(code) == WIDTHS[profile]
    assert (parsed.district, parsed.class_code, parsed.serial) == (district, entry.code, serial)
    assert str(parsed) == code
    assert "".join(part.text for part in components.explain(code, classes).parts) == code
    assert profile in components.possible_profiles(code)


def test_the_published_example_is_a_water_supply_cover():
    explained = components.explain("3205080101000001", catalogue("cjt214-2007"))
    assert [part.text for part in explained.parts] == ["32", "05", "08", "01", "01", "000001"]
    assert "上水井盖" in explained.parts[4].zh


@pytest.mark.parametrize(
    ("code", "profile", "message"),
    [
        ("3205080101000001", "gbt47678.5-2026", "16 digits; 17 are accepted"),
        ("32050801010000001", "cjt214-2007", "17 digits; 16 are accepted"),
        ("3205000101000001", "cjt214-2007", "digits 5-6 are '00'"),
        ("3205080001000001", "cjt214-2007", "digits 7-8 are '00'"),
        ("3205080100000001", "cjt214-2007", "digits 9-10 are '00'"),
        ("32050801000000001", "gbt47678.5-2026", "digits 9-11 are '000'"),
        ("3205080101000000", "cjt214-2007", "digits 11-16 are '000000'"),
        ("3205087701000001", "cjt214-2007", "digits 7-10 are the class.*majors are 01, 02"),
        ("32050801016000001", "gbt47678.5-2026", "class '01016' is not in.*001-015, 017-077"),
        ("3205080101000001", "gbt-2025-draft", "profile 'gbt-2025-draft' is unknown"),
    ],
)
def test_errors_name_the_wrong_digits(code, profile, message):
    classes = catalogue(profile) if profile in PROFILES else None
    with pytest.raises(CodeError, match=message):
        components.parse(code, profile, classes)


def test_the_draft_form_is_never_detected():
    # 440303 + 01 + 037 + 00001: in 16 digits it can only be read as class 0103
    assert "gbt47678.5-2026" not in components.possible_profiles("4403030103700001")


def test_serials_are_minted_after_the_highest_ever_used():
    minted = list(components.mint("gbt47678.5-2026", "440303", "01037", 41, 3))
    assert minted == ["44030301037000042", "44030301037000043", "44030301037000044"]


def test_the_millionth_component_of_a_class_is_refused():
    assert list(components.mint("cjt214-2007", "440303", "0101", 999998)) == ["4403030101999999"]
    with pytest.raises(CodeError, match="0 serials left and 1 are needed"):
        components.mint("cjt214-2007", "440303", "0101", 999999)
    with pytest.raises(CodeError, match="outside 000001-999999"):
        components.build("cjt214-2007", "440303", "0101", 1_000_000)


def test_a_city_is_no_district():
    with pytest.raises(CodeError, match="digits 5-6 are '00'"):
        components.build("cjt214-2007", "440300", "0101", 1)
