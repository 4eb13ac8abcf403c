"""Departments: codes of the right shape that everything else refers to."""

from __future__ import annotations

from gridgis.codes import social_credit
from tests.sample.cities import frame


def test_department_codes_have_their_check_character(city):
    codes = frame(city["departments"])["code"]
    assert codes.is_unique
    assert all(social_credit.parse(code).warning is None for code in codes)
    named = frame(city["components"])[["competent_dept_code", "owner_code", "maintainer_code"]].stack()
    assert set(named.dropna()) <= set(codes)
