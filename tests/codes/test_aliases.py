import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgis.codes.aliases import LISTED, Alias, Recogniser, read_aliases, recogniser, shipped_aliases
from gridgis.codes.catalogue import catalogue
from gridgis.codes.profiles import PROFILES
from gridgis.errors import CodeError, InvalidInput

OLD, MIDDLE, NOW = PROFILES


def asked(text, profile=NOW):
    return recogniser(profile).recognise(text)


def marks(text, profile=NOW):
    return [candidate.entry.mark for candidate in asked(text, profile).candidates]


@pytest.mark.parametrize(
    ("text", "old", "middle", "now"),
    [
        # a thing is a component in every profile
        ("垃圾桶", ["C0305"], ["C0305"], ["C03005"]),
        # a trouble with it is filed under the component, and from 2026 under the mirror event
        ("路灯不亮", ["C0118"], ["C0137"], ["E01037"]),
        ("下水道盖丢了", ["C0102", "C0103"], ["C0102", "C0103"], ["E01002", "E01003"]),
        # the same where the phrase is not listed as such
        ("邮箱锈蚀", ["C0123"], [], ["E01042"]),
        ("破损的报亭", ["C0121"], ["C0140"], ["E01040"]),
        # a happening is an event
        ("到处是小广告", ["E0201"], ["E0201"], ["E07001"]),
        # official names, those of the other lists included
        ("立杆", ["C0117"], [], []),
        ("街头坐椅", ["C0407"], ["C0407"], ["C04007"]),
        # a listed phrase with words in between means what the phrase means
        ("垃圾桶全都满了", ["C0305"], ["C0305"], ["E06042", "E03005"]),
    ],
)
def test_what_people_say_by_profile(text, old, middle, now):
    assert (marks(text, OLD), marks(text, MIDDLE), marks(text, NOW)) == (old, middle, now)


def test_the_thing_is_told_also_where_the_class_is_an_event():
    best = asked("下水道盖丢了").candidates[0]
    assert best.entry.kind == "event"
    assert best.component is not None
    assert (best.component.kind, best.component.name_zh) == ("component", "污水井盖")


@pytest.mark.parametrize(
    "text", ["下水道蓋丟了", "下水道 盖 丢了", "下水道的盖丢了！", "我家门口那个下水道盖丢了三天"]
)
def test_any_keyboard_and_any_sentence(text):
    assert marks(text) == ["E01002", "E01003"]
    assert asked(text).outcome == "several"


def test_the_recognised_words_are_quoted_as_they_were_written():
    assert asked("請看，下水道的蓋子 丟了").candidates[0].name == "下水道的蓋子"


@pytest.mark.parametrize("text", ["", "，。", "你好", "manhole", "流浪乞讨", "非法出版物销售"])
def test_unknown_and_reserved_names_give_nothing(text):
    answer = asked(text)
    assert (answer.outcome, answer.candidates, answer.without_class) == ("unknown", (), ())


def test_a_known_name_without_a_class_says_so():
    answer = asked("水管爆了")
    assert (answer.outcome, answer.candidates, answer.without_class) == ("no_class", (), ("水管爆了",))
    assert asked("快递柜坏了", OLD).outcome == "no_class"
    assert asked("快递柜坏了", NOW).outcome == "one"


def test_the_longest_name_wins():
    assert marks("污水井盖") == ["C01002"]  # not every cover that 井盖 can mean
    assert len(marks("井盖")) == 7


def test_beside_a_trouble_a_thing_says_where():
    answer = asked("公厕旁边的路灯已经好几天不亮")
    assert (answer.outcome, answer.beside) == ("one", ("公厕",))
    assert answer.candidates[0].entry.name_zh == "路灯异常"


def test_two_troubles_are_both_offered():
    answer = asked("路灯不亮，邮箱也坏了")
    assert answer.outcome == "several"
    assert {candidate.entry.mark for candidate in answer.candidates} == {"E01037", "E01042"}


def test_a_trouble_is_said_of_one_thing_only():
    answer = asked("邮箱坏了报亭旁边")
    assert (marks("邮箱坏了报亭旁边"), answer.beside) == (["E01042"], ("报亭",))
    assert set(marks("邮箱锈蚀报亭倒塌")) == {"E01042", "E01040"}


def test_two_things_without_a_trouble_are_both_offered():
    assert marks("路灯和邮筒") == ["C01037", "C01042"]


@pytest.mark.parametrize("text", ["路灯没坏掉", "路灯没有破损", "路灯未损坏", "没有破损的路灯", "路灯，破损"])
def test_a_denied_trouble_or_one_of_another_clause_is_none(text):
    assert marks(text) == ["C01037"]


def test_scores_mean_what_is_written():
    assert [candidate.score for candidate in asked("路灯").candidates] == [1.0]
    assert [candidate.score for candidate in asked("路灯不亮").candidates] == [LISTED]
    first, second = (candidate.score for candidate in asked("下水道盖").candidates)
    assert first == pytest.approx(2 * second)
    assert first + second == pytest.approx(LISTED)
    assert asked("邮箱锈蚀").candidates[0].score == pytest.approx(0.855)


@given(
    st.lists(
        st.sampled_from([alias.name for alias in shipped_aliases()] + list("在的，没坏了有")), max_size=12
    )
)
def test_scores_fall_and_never_exceed_one(words):
    for profile in PROFILES:
        answer = asked("".join(words), profile)
        scores = [candidate.score for candidate in answer.candidates]
        assert scores == sorted(scores, reverse=True)
        assert sum(scores) <= 1 + 1e-9
        assert not any(candidate.entry.reserved for candidate in answer.candidates)
        assert (answer.outcome in ("one", "several")) == bool(scores)


@given(st.text())
def test_any_text_is_answered(text):
    assert asked(text).outcome in ("one", "several", "no_class", "unknown")


def test_every_listed_name_means_what_the_list_says(shared):
    with (shared / "catalogue" / "aliases.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    listed: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        listed.setdefault((row["profile"], row["alias_zh"]), []).append(row["kind"][0].upper() + row["code"])
    for (profile, name), expected in listed.items():
        official = [entry.mark for entry in catalogue(profile).by_name(name)]
        assert [mark for mark in marks(name, profile) if mark not in official] == [
            mark for mark in expected if mark not in official
        ], name
    for name in {row["alias_zh"] for row in rows}:
        for profile in PROFILES:
            if (profile, name) not in listed:
                assert asked(name, profile).outcome == "no_class", (profile, name)


def test_every_official_name_is_recognised_first():
    for profile in PROFILES:
        for entry in catalogue(profile).classes:
            if not entry.reserved:
                assert marks(entry.name_zh, profile)[0] == entry.mark


def test_a_city_grows_the_list(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(f"name_zh,{NOW}\n路边大灯,C01037 C01077\n", encoding="utf-8-sig")
    own = Recogniser(catalogue(NOW), (*read_aliases(path), *shipped_aliases()))
    assert [c.entry.mark for c in own.recognise("路边大灯倒了").candidates] == ["E01037", "E01077"]
    with pytest.raises(CodeError, match="01099"):
        Recogniser(catalogue(NOW), [Alias("路边大灯", {NOW: ("C01099",)})])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("alias,code\n", "row 1 must have name_zh"),
        (f"name_zh,{NOW}\n灯,C01037\n", "row 2, name_zh: '灯'; a name has at least two"),
        (f"name_zh,{NOW}\n路边大灯,01037\n", f"row 2, {NOW}: class mark '01037'"),
        (f"name_zh,{NOW}\n路边大灯,C01016\n", f"row 2, {NOW}: .*major 01 has 001-015"),
        (f"name_zh,{NOW}\n卖书,E09008\n", f"row 2, {NOW}: E09008 is reserved"),
    ],
)
def test_a_list_with_a_fault_is_refused_by_row_and_field(tmp_path, content, message):
    path = tmp_path / "own.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput, match=message):
        read_aliases(path)
