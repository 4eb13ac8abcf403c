import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgis.codes.profiles import PROFILES, check_class_code, next_extension, profile_named
from gridgis.errors import CodeError


@pytest.mark.parametrize(
    ("profile", "major", "used", "following"),
    [
        ("cjt214-2007", None, [], "2101"),
        ("cjt214-2007", "21", ["2101", "2105", "0199"], "2106"),
        ("gbt30428.2-2013", "01", [], "0199"),
        ("gbt30428.2-2013", "01", ["0199", "0197", "0157", "0298"], "0196"),
        ("gbt47678.5-2026", "03", [], "03999"),
        ("gbt47678.5-2026", "03", ["03999", "03081", "03016", "02080"], "03080"),
    ],
)
def test_own_classes_are_numbered_away_from_the_standard_ones(profile, major, used, following):
    assert next_extension(profile, used, major) == following


@pytest.mark.parametrize(
    ("profile", "major", "used", "message"),
    [
        ("cjt214-2007", "01", [], "major 01 cannot be extended; own classes are major 21"),
        ("cjt214-2007", None, ["2199"], "no number left"),
        ("gbt30428.2-2013", "01", ["0179"], "no number left .minors from 99 downward, not below 79"),
        ("gbt47678.5-2026", "01", ["01080"], "no number left .minors from 999 downward, not below 080"),
        ("gbt47678.5-2026", None, [], "say which major"),
        ("gb-1", None, [], "known are cjt214-2007, gbt30428.2-2013, gbt47678.5-2026"),
    ],
)
def test_a_full_range_or_another_major_is_refused(profile, major, used, message):
    with pytest.raises(CodeError, match=message):
        next_extension(profile, used, major)


@given(st.sampled_from(sorted(PROFILES)), st.integers(1, 20), st.integers(1, 20))
def test_extension_numbers_never_come_twice(profile, major, count):
    used: list[str] = []
    given_major = PROFILES[profile].extension_major or f"{major:02d}"
    for _ in range(count):
        used.append(next_extension(profile, used, given_major))
    assert len(set(used)) == count
    assert all(PROFILES[profile].is_extension(code) for code in used)


def test_identifiers_are_16_16_and_17_digits_wide():
    assert [profile.component_digits for profile in PROFILES.values()] == [16, 16, 17]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("0101", "4 digits; 5 are accepted"),
        ("00001", "digits 1-2 are '00'; a major is 01-99"),
        ("01000", "digits 3-5 are '000'; a minor is 001-999"),
        (1001, "codes are text"),
    ],
)
def test_class_codes_name_their_wrong_digits(code, message):
    with pytest.raises(CodeError, match=message):
        check_class_code(code, "gbt47678.5-2026")


def test_an_unknown_profile_is_refused():
    with pytest.raises(CodeError, match="'x' is unknown"):
        profile_named("x")
