from datetime import date

import pytest
from code_strategies import districts
from hypothesis import given
from hypothesis import strategies as st

from gridgis.codes import incidents
from gridgis.codes.catalogue import catalogue
from gridgis.codes.profiles import PROFILES
from gridgis.errors import CodeError

DAY = date(2026, 11, 22)


@given(
    st.sampled_from(sorted(PROFILES)), st.dates(min_value=date(2000, 1, 1)), st.integers(1, 9999), st.data()
)
def test_any_number_round_trips(profile, day, serial, data):
    classes = catalogue(profile)
    entry = data.draw(st.sampled_from(classes.classes))
    number = incidents.build(entry.kind, entry.code, day, serial)
    parsed = incidents.parse(number)
    assert (parsed.kind, parsed.class_code, parsed.reported_on, parsed.serial) == (
        entry.kind,
        entry.code,
        day,
        serial,
    )
    assert str(parsed) == number
    assert "".join(part.text for part in incidents.explain(number, classes).parts) == number


def test_the_form_is_letter_class_date_serial():
    assert incidents.build("component", "01037", DAY, 7) == "C01037202611220007"
    assert incidents.build("event", "0102", DAY, 9999) == "E0102202611229999"


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("X0102202611220001", "digit 1 is 'X'; C .component. and E .event. are accepted"),
        ("E010220261122001", "16 or 17 digits"),
        ("E01022026112200001x", "16 or 17 digits"),
        ("E0102202613220001", "digits 6-13 are '20261322'; a date"),
        ("E0102202602290001", "digits 6-13 are '20260229'; a date"),
        ("C01012026112200001", "digits 7-14 are '02611220'; a date yyyymmdd from 2000 on"),
        ("E0102202611220000", "digits 14-17 are '0000'; a daily serial is 0001-9999"),
        (None, "not text"),
    ],
)
def test_errors_name_the_wrong_characters(number, message):
    with pytest.raises(CodeError, match=message):
        incidents.parse(number)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("thing", "0102", DAY, 1), "kind 'thing'"),
        (("event", "102", DAY, 1), "3 digits; 4 or 5 are accepted"),
        (("event", "0102", DAY, 10000), "10000 is outside 0001-9999"),
        (("event", "0102", DAY, True), "True is outside"),
        (("event", "0102", date(1999, 1, 1), 1), "before 2000"),
    ],
)
def test_only_what_can_be_read_again_is_built(arguments, message):
    with pytest.raises(CodeError, match=message):
        incidents.build(*arguments)


@given(districts, st.data())
def test_any_event_code_round_trips(district, data):
    classes = catalogue("gbt47678.5-2026")
    entry = data.draw(st.sampled_from([e for e in classes.classes if e.kind == "event"]))
    code = incidents.build_event_code(classes.profile, district, entry.code)
    parsed = incidents.parse_event_code(code, classes.profile)
    assert len(code) == 11
    assert (parsed.district, parsed.class_code, str(parsed)) == (district, entry.code, code)
    assert "".join(part.text for part in incidents.explain_event_code(code, classes).parts) == code


def test_only_the_2026_profile_has_event_codes():
    with pytest.raises(CodeError, match="cjt214-2007 has no event codes"):
        incidents.build_event_code("cjt214-2007", "440303", "0101")
    with pytest.raises(CodeError, match="digits 7-8 are '00'"):
        incidents.parse_event_code("44030300001", "gbt47678.5-2026")


def test_reserved_classes_are_said_to_be():
    explained = incidents.explain("E0502202611220001", catalogue("cjt214-2007"))
    assert "reserved" in explained.parts[2].en
