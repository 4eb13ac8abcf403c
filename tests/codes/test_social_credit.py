import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gridgis.codes import social_credit
from gridgis.codes.resident_id import is_resident_id
from gridgis.errors import CodeError

EXAMPLE = "91350100M000100Y43"

characters = st.sampled_from(social_credit.ALPHABET)
firsts = st.tuples(
    st.text(characters, min_size=2, max_size=2),
    st.integers(0, 999999).map("{:06d}".format),
    st.text(characters, min_size=9, max_size=9),
).map("".join)


def test_the_published_example_fits():
    parsed = social_credit.parse(EXAMPLE)
    assert parsed.warning is None
    assert parsed.division == "350100"


@given(firsts)
def test_any_code_round_trips_with_its_check_character(first):
    code = first + social_credit.check_character(first)
    assume(not is_resident_id(code))  # the rare number that is both is refused
    parsed = social_credit.parse(code)
    assert (parsed.code, parsed.warning) == (code, None)
    assert "".join(part.text for part in social_credit.explain(code).parts) == code


@given(firsts, st.integers(0, 16), characters)
def test_one_wrong_character_changes_the_check(first, place, other):
    changed = first[:place] + other + first[place + 1 :]
    same = social_credit.check_character(changed) == social_credit.check_character(first)
    assert same == (changed == first)


def test_a_wrong_check_character_only_warns():
    parsed = social_credit.parse(EXAMPLE[:-1] + "4")
    assert parsed.warning == f"social-credit code {EXAMPLE[:-1]}4: character 18 is '4', the check gives '3'"
    assert social_credit.explain(parsed.code).warnings == (parsed.warning,)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (EXAMPLE[:-1], "17 characters; 18 are expected"),
        (EXAMPLE.replace("M", "O"), "character 9 is 'O'; 0-9 and A-Y without"),
        (EXAMPLE.lower(), "character 9 is 'm'"),
        ("91A50100M000100Y43", "character 3 is 'A'; 3-8 are digits"),
        ("11010519491231002X", "person's identity number"),
        (913501000001000043, "not text but int"),
    ],
)
def test_errors_name_the_wrong_character(code, message):
    with pytest.raises(CodeError, match=message):
        social_credit.parse(code)


def test_the_check_needs_what_comes_before_it():
    with pytest.raises(CodeError, match="18 characters before the check; 17"):
        social_credit.check_character(EXAMPLE)
