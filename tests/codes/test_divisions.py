import csv

import pytest
from code_strategies import number, prefixes
from hypothesis import given
from hypothesis import strategies as st

from gridgis.codes import divisions
from gridgis.errors import CodeError


@pytest.mark.parametrize(
    ("given", "stored", "prefix", "level", "parent"),
    [
        ("44", "440000", "44", "province", None),
        ("440000", "440000", "44", "province", None),
        ("4403", "440300", "4403", "city", "440000"),
        ("440300", "440300", "4403", "city", "440000"),
        ("440303", "440303", "440303", "district", "440300"),
        ("440303001", "440303001", "440303001", "street", "440303"),
        ("440303001002", "440303001002", "440303001002", "community", "440303001"),
        # statistical lists fill every level with zeros
        ("440303000000", "440303", "440303", "district", "440300"),
        ("440303001000", "440303001", "440303001", "street", "440303"),
        ("440300000", "440300", "4403", "city", "440000"),
    ],
)
def test_forms_of_one_division(given, stored, prefix, level, parent):
    assert divisions.normalise(given) == stored
    assert divisions.prefix(given) == prefix
    assert divisions.level(given) == level
    assert divisions.parent(given) == parent
    assert divisions.is_division_code(given) == (given == stored)


def test_ancestors_run_from_the_province_down():
    assert divisions.ancestors("440303001002") == ("440000", "440300", "440303", "440303001")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("44030", "5 digits; 2 or 4 or 6 or 9 or 12 are accepted"),
        ("44O303", "position 3 is 'O'"),
        ("440303 01", "position 7 is ' '"),
        ("４４０３０３", "position 1 is '４'"),
        ("440003", "digits 3-4 are '00'"),
        ("000303", "digits 1-2 are '00'"),
        ("440300001", "digits 5-6 are '00'"),
        ("440303000001", "digits 7-9 are '000'"),
        ("440303.0", "read the column as text"),
        ("4.40303E+5", "position 2 is '.'.*as text"),
        (440303, "not text but int"),
        (None, "not text but NoneType"),
        ("", "empty"),
    ],
)
def test_errors_name_the_wrong_digits(code, message):
    with pytest.raises(CodeError, match=message):
        divisions.prefix(code)
    assert not divisions.is_division_code(code)


@given(prefixes)
def test_any_division_round_trips(prefix):
    stored = divisions.normalise(prefix)
    assert divisions.prefix(stored) == prefix
    assert divisions.normalise(stored) == stored
    chain = [*divisions.ancestors(prefix), stored]
    assert list(divisions.parse(prefix).values()) == chain
    assert [divisions.parent(code) for code in chain] == [None, *chain[:-1]]
    assert all(divisions.is_within(stored, above) for above in chain)


@given(st.tuples(number(2), number(2), number(2), number(3), number(3)))
def test_what_is_built_takes_apart_into_its_groups(groups):
    code = divisions.build(*groups)
    assert code == "".join(groups)
    assert [part.text for part in divisions.explain(code).parts] == list(groups)


def test_building_needs_every_level_above():
    assert divisions.build("44", "03") == "440300"
    with pytest.raises(CodeError, match="street '001' needs every level above"):
        divisions.build("44", "03", street="001")
    with pytest.raises(CodeError, match=r"district part.*1 digits; 2 are accepted"):
        divisions.build("44", "03", "3")
    with pytest.raises(CodeError, match="'00'; a district is 01-20"):
        divisions.build("44", "03", "00")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("440320", "district"),
        ("440321", "county"),
        ("440381", "county-level city"),
        ("440303099", "street"),
        ("440303100", "town"),
        ("440303200", "township"),
        ("440303400", "zone"),
        ("440303001199", "residents' committee"),
        ("440303001200", "village committee"),
        ("440303400498", "virtual community"),
    ],
)
def test_the_number_tells_the_kind(code, kind):
    assert kind in divisions.explain(code).parts[-1].en


def test_explanation_uses_the_names_it_is_given():
    parts = divisions.explain("440303001", {"440300": "深圳市", "440303001": "桂园街道"}).parts
    assert [part.zh for part in parts] == [
        "省级：广东省",
        "地级：深圳市",
        "县级：市辖区，第03号",
        "乡级：桂园街道",
    ]
    assert [(part.first, part.last) for part in parts] == [(1, 2), (3, 4), (5, 6), (7, 9)]


def test_zeros_that_only_fill_are_said_to():
    assert divisions.explain("440000").parts[-1].en == "filled with zeros"


def test_scope_is_by_prefix_not_by_stored_code():
    assert divisions.is_within("440303001001001", "440300")
    assert not divisions.is_within("440403001001001", "440300")


def test_real_trees_agree_with_their_own_parents(shared):
    for path in sorted((shared / "divisions").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert divisions.is_division_code(row["code"])
                assert divisions.level(row["code"]) == row["level"]
                assert divisions.parent(row["code"]) == (row["parent_code"] or None)
