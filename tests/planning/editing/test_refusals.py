import json
import re
from pathlib import Path

import pytest
import shapely

from gridgis.planning.editing.refusals import REASONS, Refused, listed

ROOT = Path(__file__).parents[3]


def test_a_refusal_has_its_grids_in_order_and_its_place_in_the_sentence():
    refused = Refused("locked", "locked: A", place=shapely.box(114, 22, 114.2, 22.2), keys=["B", "A"])
    assert refused.keys == ["A", "B"]
    assert refused.message == "locked: A (at 114.100000, 22.100000)"


def test_long_lists_are_cut_short():
    assert listed("gfedcba") == "a, b, c, d, e and 2 more"


def test_every_reason_given_is_listed_and_every_reason_listed_is_given():
    sources = [path.read_text() for path in (ROOT / "gridgis/planning/editing").glob("*.py")]
    given = {reason for source in sources for reason in re.findall(r'Refused\(\s*"(\w+)"', source)}
    assert given == REASONS.keys()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_planner_page_has_words_for_every_reason(language):
    words = json.loads((ROOT / f"web/i18n/{language}.json").read_text(encoding="utf-8"))
    assert {f"planner.reason.{reason}" for reason in REASONS} <= words.keys()
