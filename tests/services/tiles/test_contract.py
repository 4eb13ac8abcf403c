import json
from zoneinfo import ZoneInfo

import pytest

from gridgis.errors import InvalidInput, NotFound
from gridgis.scope import EVERYTHING, Scope
from gridgis.services.tiles.contract import LAYERS, layer, query

ZONE = ZoneInfo("Asia/Shanghai")


def asked(name: str, scope: Scope = EVERYTHING, **filters: str) -> dict[str, object]:
    arguments = {key.rstrip("_"): [value] for key, value in filters.items()}
    return dict(json.loads(query(layer(name), arguments, scope, ZONE)))


def test_an_unknown_layer_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(NotFound, match="divisions, grids"):
        layer("streets")


def test_equal_questions_are_equal_texts() -> None:
    one = query(layer("components"), {"class": ["02,01"], "state": ["damaged"]}, EVERYTHING, ZONE)
    two = query(layer("components"), {"state": ["damaged"], "class": ["01,02,01"]}, EVERYTHING, ZONE)
    assert one == two


def test_dates_count_in_the_citys_zone() -> None:
    assert asked("incidents", from_="2026-03-01") == {"from": "2026-02-28T16:00:00+00:00"}
    assert asked("incidents", to="2026-03-01") == {"to": "2026-03-01T16:00:00+00:00"}
    assert asked("grids", as_of="2026-03-01") == {"as_of": "2026-03-01T15:59:59.999999+00:00"}
    assert asked("incidents", to="2026-03-01T08:00:00+08:00") == {"to": "2026-03-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    ("name", "filters", "field"),
    [
        ("grids", {"class": ["01"]}, "class"),
        ("components", {"class": ["lamp"]}, "class"),
        ("components", {"state": ["fine"]}, "state"),
        ("components", {"state": ["intact", "damaged"]}, "state"),
        ("components", {"class": [",".join(["01"] * 20 + [f"{n:02}" for n in range(60)])]}, "class"),
        ("incidents", {"from": ["yesterday"]}, "from"),
        ("incidents", {"from": ["2026-03-01T08:00:00"]}, "from"),
        ("incidents", {"from": ["9999-12-31T23:59:59-23:00"]}, "from"),
        ("grids", {"plan": ["first"]}, "plan"),
        ("tracks", {"worker": ["W1"], "from": ["2026-03-01"]}, "to"),
        ("grids", {"prefixes": ["4403"]}, "prefixes"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    name: str, filters: dict[str, list[str]], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        query(layer(name), filters, EVERYTHING, ZONE)
    assert refusal.value.field == field


def test_scopes_are_in_the_text_and_nothing_is_not_everything() -> None:
    texts = {
        query(LAYERS["grids"], {}, scope, ZONE)
        for scope in (
            EVERYTHING,
            Scope(()),
            Scope.of("440304"),
            Scope.of("440305"),
            Scope.of("440304", "440305"),
        )
    }
    assert len(texts) == 5
    assert asked("grids", Scope(())) == {"prefixes": []}
