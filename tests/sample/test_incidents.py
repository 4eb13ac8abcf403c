"""Incidents: states that follow from instants, rhythm, hot spots, classes."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pandas as pd

from gridgis.codes.catalogue import catalogue
from gridgis.sample.generation import PRESENT
from tests.sample.cities import PROFILE, frame, grid_of, shapes

FINAL = ("closed", "rejected", "declined", "void", "merged")


def test_incident_states_agree_with_their_instants(city):
    facts = frame(city["incidents"])
    stages = ["reported_at", "filed_at", "dispatched_at", "handled_at", "closed_at"]
    for column in stages[1:]:
        later = facts.dropna(subset=column)
        assert (later[column] >= later["reported_at"]).all()
        assert (later[column] <= pd.Timestamp(PRESENT)).all()
    chain = facts[facts["state"] == "closed"].dropna(subset="filed_at")
    for before, after in pairwise(stages):
        assert (chain[after] >= chain[before]).all()
    assert facts["closed_at"].notna().equals(facts["state"].isin(FINAL))
    waiting = facts["state"].isin(["dispatched", "suspended", "problem_bank"])
    assert facts.loc[waiting, "dispatched_at"].notna().all()
    assert facts.loc[waiting, "handled_at"].isna().all()
    assert facts["department_code"].notna().equals(facts["dispatched_at"].notna())
    assert facts["due_at"].notna().equals(facts["dispatched_at"].notna())


def test_incidents_are_recent_where_open_and_some_are_overdue(city):
    facts = frame(city["incidents"])
    pending = facts[~facts["state"].isin(FINAL)]
    assert len(pending) > 5
    assert (pd.Timestamp(PRESENT) - pending["reported_at"]).median() < timedelta(days=5)
    assert (pending["due_at"] < pd.Timestamp(PRESENT)).any()


def test_incidents_keep_the_rhythm_of_the_week_and_the_day(city):
    local = frame(city["incidents"])["reported_at"].dt.tz_convert("Asia/Shanghai")
    days = local.dt.day_of_week.value_counts()
    assert days[[5, 6]].mean() < 0.85 * days[[0, 1, 2, 3, 4]].mean()
    assert local.dt.hour.between(8, 18).mean() > 0.7
    assert local.is_monotonic_increasing


def test_incidents_have_hot_spots(city):
    grid = grid_of(city, shapes(city["incidents"]))
    counts = np.sort(np.bincount(grid, minlength=57))[::-1]
    assert (grid >= 0).all()
    assert counts[:6].sum() > 0.2 * counts.sum()


def test_no_incident_is_of_a_reserved_class_and_only_workers_report(city):
    facts = frame(city["incidents"])
    classes = {(c.kind, c.code): c for c in catalogue(PROFILE).classes}
    found = [classes[key] for key in zip(facts["kind"], facts["class_code"], strict=True)]
    assert not any(entry.reserved for entry in found)
    by_worker = facts["source"].isin(["collection", "patrol"])
    assert facts["reporter_code"].notna().equals(by_worker)
    assert set(facts["source"]) == {"collection", "patrol", "dispatch", "service", "public"}
    about = facts.dropna(subset="component_code")
    assert (about["kind"] == "component").all()
    assert (about["component_code"].str[6:11] == about["class_code"]).all()
