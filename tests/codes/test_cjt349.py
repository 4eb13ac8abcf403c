import pytest
from code_strategies import communities, number
from hypothesis import given
from hypothesis import strategies as st

from gridgis.codes import cjt349
from gridgis.errors import CodeError


@given(number(6), communities, st.integers(0, 99))
def test_any_code_round_trips(object_code, community, sequence):
    code = cjt349.build(object_code, community, sequence)
    parsed = cjt349.parse(code)
    assert len(code) == 20
    assert (parsed.object_code, parsed.community, parsed.sequence) == (object_code, community, sequence)
    assert str(parsed) == code
    assert "".join(part.text for part in cjt349.explain(code).parts) == code


def test_sequence_00_is_the_undivided_community():
    assert not cjt349.parse("01000144030300100100").is_divided
    assert cjt349.explain("01000144030300100100").parts[-1].en == "the community is not divided"
    assert cjt349.parse("01000144030300100107").is_divided


def test_merged_communities_number_from_601():
    assert not cjt349.parse("01000144030300160000").is_merged
    assert cjt349.parse("01000144030300160100").is_merged
    assert "merged" in cjt349.explain("01000144030300160100").parts[-2].en


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("0100014403030010010", "19 digits; 20 are accepted"),
        ("01000144030300000100", "digits 13-15 are '000'"),
        ("01000144030300100000", "digits 16-18 are '000'"),
        ("01000100030300100100", "digits 7-8 are '00'"),
    ],
)
def test_errors_name_the_wrong_digits(code, message):
    with pytest.raises(CodeError, match=message):
        cjt349.parse(code)


def test_the_hundredth_grid_is_refused():
    with pytest.raises(CodeError, match="100 is outside 0-99"):
        cjt349.build("010001", "440303001001", 100)
