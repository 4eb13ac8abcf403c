import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgis.codes.plain_text import BREAK, plain_text, spellings


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("下水道的蓋子 丟了", "下水道盖子丢了"),
        ("ＳＯＳ報警點", "sos报警点"),
        ("路灯，，不亮！", "路灯|不亮|"),
        ("目的地的士站的牌", "目的地的士站牌"),
        ("㈱", "|株|"),
        ("", ""),
    ],
)
def test_texts_become_plain(text, plain):
    assert plain_text(text).plain == plain


@given(st.text())
def test_every_plain_character_knows_where_it_comes_from(text):
    plain = plain_text(text)
    assert len(plain.plain) == len(plain.origin)
    assert list(plain.origin) == sorted(plain.origin)
    assert BREAK * 2 not in plain.plain
    if plain.plain:
        assert plain.quote(0, len(plain.plain)) in text


@given(st.text())
def test_plain_text_is_plain_already(text):
    once = plain_text(text).plain
    assert plain_text(once).plain == once


def test_a_quotation_is_in_the_original_words():
    plain = plain_text("那個下水道的 蓋子，丟了")
    assert plain.quote(2, 7) == "下水道的 蓋子"


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("路灯", ("路灯",)),
        ("垃圾间（楼）", ("垃圾间|楼", "垃圾间", "垃圾楼")),
        ("门（楼号）牌", ("门|楼号|牌", "门牌", "楼号牌")),
        ("车辆加油（气、电）站", ("车辆加油|气|电|站", "车辆加油站", "车辆加气站", "车辆加电站")),
        ("边坡（挡土墙）破损", ("边坡|挡土墙|破损", "边坡破损", "挡土墙破损")),
    ],
)
def test_brackets_offer_a_choice(name, choices):
    assert spellings(name) == choices
