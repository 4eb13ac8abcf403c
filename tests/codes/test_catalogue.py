import csv
from collections import Counter
from dataclasses import replace

import pytest

from gridgis.codes.catalogue import Catalogue, catalogue, city_catalogue, class_rows, demo_time_limits
from gridgis.codes.class_files import FIELDS
from gridgis.codes.profiles import PROFILES
from gridgis.codes.tables import DATA
from gridgis.errors import CodeError

NOW = "gbt47678.5-2026"


def test_each_profile_has_its_lists():
    counts = {
        name: (
            len([e for e in catalogue(name).classes if e.kind == "component"]),
            len(catalogue(name).classes),
        )
        for name in PROFILES
    }
    assert counts == {"cjt214-2007": (85, 139), "gbt30428.2-2013": (66, 132), NOW: (153, 403)}


def test_rows_for_the_database_have_its_columns_and_unique_keys():
    rows = class_rows()
    assert len(rows) == 674
    assert len({(row["profile"], row["kind"], row["code"]) for row in rows}) == 674
    assert all(row["code"] == f"{row['major']}{row['minor']}" for row in rows)


def test_classes_about_people_are_reserved_and_nothing_else():
    reserved = {(row["profile"], row["kind"], row["code"]) for row in class_rows() if row["reserved"]}
    assert reserved == {
        *(("cjt214-2007", "event", code) for code in ("0409", "0502", "0512")),
        *((NOW, "event", code) for code in ("09003", "09008")),
    }


def test_one_number_names_a_component_and_its_mirror_event():
    classes = catalogue(NOW)
    lamp = classes.get("component", "01037")
    assert lamp.name_zh == "路灯"
    abnormal = classes.mirror(lamp)
    assert abnormal is not None
    assert (abnormal.kind, abnormal.name_zh) == ("event", "路灯异常")
    assert classes.mirror(abnormal) is lamp
    assert classes.mirror(classes.get("event", "07001")) is None


def test_equal_numbers_of_older_profiles_are_no_mirrors():
    classes = catalogue("cjt214-2007")
    assert classes.mirror(classes.get("component", "0102")) is None


def test_majors_04_and_05_of_events_swap_between_profiles():
    old, new = catalogue("cjt214-2007").majors("event"), catalogue("gbt30428.2-2013").majors("event")
    assert (old["04"], old["05"]) == (new["05"], new["04"])


@pytest.mark.parametrize(
    ("kind", "code", "message"),
    [
        ("component", "01016", "digits 3-5 are '016'; major 01 has 001-015, 017-077"),
        ("component", "06001", "digits 1-2 are '06'; majors are 01, 02, 03, 04, 05"),
        ("component", "0101", "4 digits; 5 are accepted"),
        ("thing", "01001", "accepted are component, event"),
    ],
)
def test_a_class_that_is_not_listed_is_refused_by_its_digits(kind, code, message):
    with pytest.raises(CodeError, match=message):
        catalogue(NOW).get(kind, code)


def test_classes_are_found_by_mark_name_and_words():
    classes = catalogue(NOW)
    assert classes.by_mark("E07001").name_zh == "非法小广告"
    assert [entry.mark for entry in classes.by_name("路灯")] == ["C01037"]
    assert [entry.mark for entry in classes.by_name("street light", "component")] == ["C01037"]
    assert {entry.mark for entry in classes.search("cover sewage")} == {"C01002", "E01002"}
    assert classes.search("  ") == ()
    assert classes.search("流浪") == ()  # reserved
    with pytest.raises(CodeError, match="must begin with C"):
        classes.by_mark("07001")


def test_a_city_adds_its_own_classes_in_the_range_left_to_it():
    classes = catalogue(NOW)
    own = replace(classes.get("component", "01037"), code="01999", name_zh="共享雨伞架（自定义）")
    extended = classes.extended([own])
    assert extended.get("component", "01999") is own
    assert extended.extensions() == (own,)
    assert extended.mirror(own) is None
    assert classes.extensions() == ()
    with pytest.raises(CodeError, match=r"C01078.*minors from 999 downward, not below 080"):
        classes.extended([replace(own, code="01078")])
    with pytest.raises(CodeError, match="01999 appears twice"):
        extended.extended([own])
    with pytest.raises(CodeError, match="belongs to cjt214-2007"):
        Catalogue(NOW, catalogue("cjt214-2007").classes)


def test_a_city_brings_its_own_complete_list(tmp_path):
    path = tmp_path / "city.csv"
    path.write_text((DATA / "classes" / "cjt214-2007.csv").read_text(encoding="utf-8"), encoding="utf-8")
    assert city_catalogue(path, "cjt214-2007").classes == catalogue("cjt214-2007").classes


def test_every_demonstration_limit_says_that_it_is_one():
    limits = [limit for name in PROFILES for limit in demo_time_limits(name)]
    assert len(limits) == 469
    assert all(limit.closing_condition_zh for limit in limits)
    assert {limit.basis for limit in limits} == {"demo"}
    assert {limit.limit_unit for limit in limits} == {
        "urgent_hours",
        "working_hours",
        "working_days",
        "natural_days",
    }
    keys = Counter((limit.profile, limit.kind, limit.code, limit.condition_zh) for limit in limits)
    assert max(keys.values()) == 1
    assert not any(catalogue(limit.profile).get(limit.kind, limit.code).reserved for limit in limits)


def test_the_lists_say_what_the_collected_facts_say(shared):
    """Our arrangement differs from the collection's; the facts may not."""
    ours = {(row["profile"], row["kind"], row["code"]): row for row in class_rows()}
    theirs = {}
    for path in (shared / "catalogue").glob("*s-*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                theirs[row["profile"], row["kind"], row["major"] + row["minor"]] = row
    assert {key: {f: row[f] for f in theirs[key]} for key, row in ours.items()} == theirs
    with (shared / "catalogue" / "time-limits.csv").open(encoding="utf-8", newline="") as file:
        expected = {tuple(row.values()) for row in csv.DictReader(file)}
    limits = [limit for name in PROFILES for limit in demo_time_limits(name)]
    fields = ("profile", "kind", "code", "condition_zh", "condition_en", "limit_value", "limit_unit")
    assert {
        (*(str(getattr(x, f)) for f in fields), x.closing_condition_en, x.basis) for x in limits
    } == expected


def test_a_catalogue_is_in_order_of_kind_and_code():
    for name in PROFILES:
        keys = [(entry.kind, entry.code) for entry in catalogue(name).classes]
        assert keys == sorted(keys)
    assert FIELDS[:2] == ("kind", "code")


def test_an_unknown_profile_has_no_catalogue():
    with pytest.raises(CodeError, match="known are cjt214-2007"):
        catalogue("../profiles")
