"""Settings come from the environment once, and a wrong one is refused by name."""

from datetime import time

import pytest

from gridgis.config import Config
from gridgis.errors import InvalidInput


def test_nothing_set_is_shenzhen():
    config = Config.from_environment({})
    assert (config.root_division, config.metric_srid, config.time_zone) == ("440300", 4547, "Asia/Shanghai")


def test_another_city_is_settings_only():
    config = Config.from_environment(
        {
            "GRIDGIS_CITY_NAME": "Helsinki",
            "GRIDGIS_ROOT_DIVISION": "990100",
            "GRIDGIS_METRIC_SRID": "3879",
            "GRIDGIS_TIME_ZONE": "Europe/Helsinki",
            "GRIDGIS_WORKING_HOURS": "08:00-16:15",
            "GRIDGIS_LEVEL_NAMES": "province,city,district,quarter,block,grid",
            "GRIDGIS_GRID_CODE_PATTERN": "CCCCCCCCCCCCSSSS",
            "UNRELATED": "ignored",
        }
    )
    assert config.zone.key == "Europe/Helsinki"
    assert config.working_hours == ((time(8), time(16, 15)),)
    assert config.level_names[4] == "block"


def test_levels_are_called_what_the_city_calls_them():
    """R16: street, community and residents' group; the divisions they are mapped to stay the same."""
    config = Config.from_environment({"GRIDGIS_LEVEL_NAMES": "省, 市, 区, 街道, 社区, 居民小组"})
    assert config.level_names == ("省", "市", "区", "街道", "社区", "居民小组")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("GRIDGIS_METRIC_SRID", "EPSG:4547", "invalid literal"),
        ("GRIDGIS_TIME_ZONE", "Shenzhen", "IANA"),
        ("GRIDGIS_WORKING_HOURS", "14:00-18:00,08:00-12:00", "in order"),
        ("GRIDGIS_WORKING_HOURS", "8-12", "08:00-12:00"),
        ("GRIDGIS_LEVEL_NAMES", "city,street", "six names"),
        ("GRIDGIS_ROOT_DIVISION", "4403", "6, 9 or 12"),
        ("GRIDGIS_GRID_CODE_PATTERN", "CCCSSS", "twelve C"),
        ("GRIDGIS_CODE_PROFILE", "gbt", "cjt214-2007"),
        ("GRIDGIS_SNAP_TOLERANCE_M", "-1", "above 0"),
        ("GRIDGIS_COLOUR", "red", "docs/settings.md"),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_accepted(name, value, told):
    with pytest.raises(InvalidInput, match=told) as refused:
        Config.from_environment({name: value})
    assert name in refused.value.message
