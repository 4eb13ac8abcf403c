"""Types of grids over HTTP, and in the file that goes out."""

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from gridgis.database import transaction
from tests.routes.city import COMMUNITY, GRIDS


def test_types_are_counted_shown_and_exported(
    client: FlaskClient, admin: dict[str, str], city_engine: Engine
) -> None:
    with transaction(city_engine) as session:
        session.execute(text("UPDATE grids SET kind = 'crowded' WHERE code = :code"), {"code": GRIDS[0]})
    try:
        found = client.get(f"/api/grids/types?division={COMMUNITY}", headers=admin).json
        assert (found["scheme"], found["grids"], found["untyped"]) == ("urban", 4, 3)
        assert {one["name_en"]: one["grids"] for one in found["types"]}["Crowded place"] == 1
        card = client.get(f"/api/grids/{GRIDS[0]}", headers=admin).json
        assert card["properties"]["kind"] == "crowded"
        assert card["type_names"]["name_zh"] == "人员密集型"
        assert client.get(f"/api/grids/{GRIDS[1]}", headers=admin).json["type_names"] is None
        file = client.get("/api/exports/grids.geojson", headers=admin).get_json(force=True)
        kinds = {one["properties"]["code"]: one["properties"]["kind"] for one in file["features"]}
        assert kinds == {GRIDS[0]: "crowded", GRIDS[1]: None, GRIDS[2]: None, GRIDS[3]: None}
    finally:
        with transaction(city_engine) as session:
            session.execute(text("UPDATE grids SET kind = NULL"))


def test_types_of_no_division_are_not_there(client: FlaskClient, admin: dict[str, str]) -> None:
    assert client.get("/api/grids/types?division=440399", headers=admin).status_code == 404
    assert client.get("/api/grids/types?division=Nanshan", headers=admin).status_code == 400
