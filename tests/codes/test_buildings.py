import pytest
from code_strategies import districts
from hypothesis import given
from hypothesis import strategies as st

from gridgis.codes import buildings
from gridgis.errors import CodeError


@given(districts, st.binary(min_size=1))
def test_a_footprint_always_gives_the_same_code(district, footprint):
    code = buildings.mint(district, footprint)
    assert code == buildings.mint(district, footprint)
    assert buildings.is_minted(code)
    assert len(code) == 19
    assert [part.text for part in buildings.explain(code).parts] == ["B", district, code[7:]]


def test_the_mark_is_the_same_on_every_machine():
    assert buildings.mint("440303", b"a footprint") == "B440303RS69N0WQ454W"


def test_other_footprints_give_other_codes():
    codes = {buildings.mint("440303", str(n).encode()) for n in range(10_000)}
    assert len(codes) == 10_000


def test_nothing_is_minted_from_nothing():
    with pytest.raises(CodeError, match="footprint is empty"):
        buildings.mint("440303", b"")
    with pytest.raises(CodeError, match="digits 5-6"):
        buildings.mint("440300", b"x")
    with pytest.raises(CodeError, match="not B, 6 digits"):
        buildings.explain("B44030")
