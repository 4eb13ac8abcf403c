import pytest
from code_strategies import communities, number
from hypothesis import given
from hypothesis import strategies as st

from gridgis.codes import grids
from gridgis.errors import CodeError

COMMUNITY = "440303001001"


@given(communities, st.integers(1, 999))
def test_any_grid_code_round_trips(community, sequence):
    code = grids.build(community, sequence)
    parsed = grids.parse(code)
    assert (parsed.community, parsed.sequence, len(code)) == (community, sequence, 15)
    assert str(parsed) == code
    assert (parsed.street, parsed.district) == (code[:9], code[:6])
    assert "".join(part.text for part in grids.explain(code).parts) == code


@given(communities, st.integers(2, 4), st.data())
def test_a_citys_own_width_round_trips(community, width, data):
    pattern = "C" * 12 + "S" * width
    code = community + data.draw(number(width))
    assert str(grids.parse(code, pattern)) == code
    assert grids.is_grid_code(code, pattern)
    assert grids.is_grid_code(code) == (width == 3)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("4403030010010O1", "position 14 is 'O', not a digit"),
        ("440303001001", "12 digits; 15 are accepted"),
        ("440303001001000", "digits 13-15 are '000'; a sequence is 001-999"),
        ("440303001000001", "digits 10-12 are '000'; the community"),
        ("440303000001001", "digits 7-9 are '000'; the street"),
        ("440303001001001.0", "position 16 is '.'.*read the column as text"),
        (440303001001001, "codes are text"),
    ],
)
def test_errors_name_the_wrong_digits(code, message):
    with pytest.raises(CodeError, match=message):
        grids.parse(code)


@pytest.mark.parametrize("pattern", ["", "CCCSSS", "C" * 12 + "SSSSS", "S" * 3 + "C" * 12])
def test_a_pattern_is_a_picture_of_the_code(pattern):
    with pytest.raises(CodeError, match="twelve C"):
        grids.parse("440303001001001", pattern)


def test_only_a_community_has_grids():
    with pytest.raises(CodeError, match="9 digits; 12 are accepted"):
        grids.build("440303001", 1)
    with pytest.raises(CodeError, match="digits 10-12 are '000'"):
        grids.build("440303001000", 1)


def test_numbers_begin_at_one():
    with pytest.raises(CodeError, match="begin at 1"):
        grids.build(COMMUNITY, 0)


def test_the_thousandth_grid_is_refused_with_advice():
    assert grids.next_sequence(COMMUNITY, range(1, 999)) == 999
    with pytest.raises(
        CodeError, match=f"community {COMMUNITY} needs grid number 1000.*split the community.*merge"
    ):
        grids.next_sequence(COMMUNITY, [999])
    with pytest.raises(CodeError, match="split the community"):
        grids.build(COMMUNITY, 1000)


def test_retired_numbers_are_never_given_again():
    retired_and_living = [f"{COMMUNITY}{n:03d}" for n in (1, 2, 7)]
    elsewhere = ["440303001002900"]
    assert grids.mint(COMMUNITY, retired_and_living + elsewhere, 2) == [f"{COMMUNITY}008", f"{COMMUNITY}009"]
    assert grids.next_sequence(COMMUNITY, []) == 1


@given(st.sets(st.integers(1, 990)), st.integers(0, 9))
def test_minted_codes_are_new_and_consecutive(used, count):
    ever = {grids.build(COMMUNITY, n) for n in used}
    minted = grids.mint(COMMUNITY, ever, count)
    assert len(set(minted)) == count
    assert ever.isdisjoint(minted)
    assert [grids.parse(code).sequence for code in minted] == [
        max(used, default=0) + 1 + i for i in range(count)
    ]


def test_minting_past_the_end_is_refused_as_a_whole():
    with pytest.raises(CodeError, match="number 1000"):
        grids.mint(COMMUNITY, [f"{COMMUNITY}998"], 2)
