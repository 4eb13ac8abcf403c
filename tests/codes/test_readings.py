import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgis.codes.readings import readings
from gridgis.errors import CodeError


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("440303", ["division code (district)"]),
        ("440303001001", ["division code (community)"]),
        ("440303001001001", ["unit-grid code"]),
        ("01000144030300100107", ["CJ/T 349 code"]),
        ("44030301037000042", ["component code (GB/T 47678.5-2026)"]),
        ("3205080101000001", ["component code (CJ/T 214-2007)", "component code (GB/T 30428.2-2013)"]),
        ("44030301037", ["event code (GB/T 47678.5-2026)"]),
        ("01037", ["component class (GB/T 47678.5-2026)", "event class (GB/T 47678.5-2026)"]),
        ("C01037202611220001", ["incident number (GB/T 47678.5-2026)"]),
        ("91350100M000100Y43", ["social-credit code"]),
        ("B440303000000000000", ["building code (minted here)"]),
        ("110101-01-02-a-b-c-110101001001003", ["seven-part descriptive code"]),
        ("  440303 ", ["division code (district)"]),
    ],
)
def test_every_kind_of_code_is_known_by_its_shape(code, kinds):
    assert [one.en for one in readings(code)] == kinds


def test_one_number_can_be_a_division_and_four_classes():
    assert len(readings("0102")) == 5
    assert len(readings("0102", "cjt214-2007")) == 3


def test_a_profile_narrows_the_readings():
    assert [one.en for one in readings("3205080101000001", "cjt214-2007")] == [
        "component code (CJ/T 214-2007)"
    ]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("44030300100100I", "grid code .* position 15 is 'I'"),
        ("C010120261122000", "16 or 17 digits"),
        ("4403031", "7 characters. is no code known here"),
        ("11010519491231002X", "person's identity number"),
        ("", "code is empty"),
        ("   ", "code is empty"),
    ],
)
def test_what_is_no_code_is_refused_with_the_nearest_reason(code, message):
    with pytest.raises(CodeError, match=message):
        readings(code)


@given(st.text(alphabet=st.sampled_from("0123456789CEBX-%井"), max_size=24))
def test_any_text_is_read_or_refused(text):
    try:
        found = readings(text)
    except CodeError:
        return
    assert found
    for one in found:
        assert all(one.code[part.first - 1 : part.last] == part.text for part in one.parts)
