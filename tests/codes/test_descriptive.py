import pytest
from code_strategies import communities, number
from hypothesis import given
from hypothesis import strategies as st

from gridgis.codes import descriptive
from gridgis.codes.descriptive import Descriptive
from gridgis.errors import CodeError

EXAMPLE = "110101-01-02-污水井盖-排水管理所-东华门大街12号门前-110101001001003"
PARTS = Descriptive("01", "02", "污水井盖", "排水管理所", "东华门大街12号门前", "110101001001003")
IDENTIFIER = "1101010102000007"

anything = st.text(alphabet=st.one_of(st.sampled_from("-%25D2d "), st.characters(exclude_categories=["Cs"])))


def test_the_published_example_both_ways():
    assert descriptive.parse(EXAMPLE) == PARTS
    assert descriptive.render(PARTS) == EXAMPLE
    assert PARTS.district == "110101"


@given(
    number(2),
    st.one_of(number(2), number(3)),
    anything.filter(bool),
    anything,
    anything,
    communities,
    number(3),
)
def test_any_seven_parts_round_trip_exactly(major, minor, name, department, position, community, sequence):
    parts = Descriptive(major, minor, name, department, position, community + sequence)
    text = descriptive.render(parts)
    assert text.count("-") == 6
    assert descriptive.parse(text) == parts
    assert descriptive.render(descriptive.parse(text)) == text
    assert "-".join(part.text for part in descriptive.explain(text).parts) == text


def test_hyphens_and_percents_inside_texts_are_escaped():
    parts = Descriptive("01", "02", "井盖-A", "50%水务", "%2D", "110101001001003")
    assert descriptive.render(parts) == "110101-01-02-井盖%2DA-50%25水务-%252D-110101001001003"
    assert descriptive.parse(descriptive.render(parts)) == parts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (EXAMPLE + "-x", "8 parts; seven are expected"),
        ("110101-01-02-污水井盖-排水管理所-110101001001003", "6 parts"),
        (EXAMPLE.replace("110101-", "110102-", 1), "part 1 .district. is '110102'; part 7"),
        (EXAMPLE.replace("-01-", "-1-"), "major .part 2.* 1 digits"),
        (EXAMPLE.replace("-02-", "-x2-"), "minor .part 3.*position 1 is 'x'"),
        (EXAMPLE[:-3] + "000", "digits 13-15 are '000'"),
        (EXAMPLE.replace("污水井盖", ""), "part 4 .component name. is empty"),
        (EXAMPLE.replace("排水", "%2d"), "part 5 holds '%2d'; only %25 and %2D"),
        (EXAMPLE.replace("12号门前", "100%"), "part 6 holds '%'"),
    ],
)
def test_errors_name_the_wrong_part(text, message):
    with pytest.raises(CodeError, match=message):
        descriptive.parse(text)


def test_it_agrees_with_the_numeric_identifier():
    assert descriptive.disagreements(PARTS, IDENTIFIER, "cjt214-2007") == ()
    assert descriptive.disagreements(PARTS, "1101020203000007", "cjt214-2007") == (
        "district (part 1) is 110101, digits 1-6 of the identifier are 110102",
        "major (part 2) is 01, digits 7-8 of the identifier are 02",
        "minor (part 3) is 02, digits 9-10 of the identifier are 03",
    )
    assert descriptive.disagreements(PARTS, "11010101002000007", "gbt47678.5-2026") == (
        "minor (part 3) is 02, digits 9-11 of the identifier are 002",
    )


def test_a_component_is_described_from_its_identifier():
    about = {"name": "污水井盖", "department": "排水管理所", "position": "东华门大街12号门前"}
    assert descriptive.describe(IDENTIFIER, "cjt214-2007", grid="110101001001003", **about) == EXAMPLE
    with pytest.raises(CodeError, match="cannot be described: district"):
        descriptive.describe(IDENTIFIER, "cjt214-2007", grid="110102001001003", **about)
