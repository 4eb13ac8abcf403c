"""Logging in, what one does with one's own account, and what administrators do with everybody's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from sqlalchemy import Engine, text

from gridgis.app import create_app
from gridgis.config import Config
from gridgis.database import WEB_ROLE, make_engine, transaction
from gridgis.routes import identity
from gridgis.services import accounts
from tests.routes.city import fill
from tests.routes.people import PASSWORD, enter, name, settle

TOKEN = {"Authorization": "Bearer t"}


@pytest.fixture
def app(
    config: Config, database_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[APIFlask]:
    """The application on a small city of the test's own, where a change is seen at once."""
    monkeypatch.setattr(identity, "REMEMBERED_S", 0.0)
    with transaction(engine) as session:
        fill(session)
        settle(session)
    web = make_engine(database_url, name="tests web", role=WEB_ROLE)
    yield create_app(replace(config, admin_token="t"), engine=web)
    web.dispose()


@pytest.fixture
def stranger(app: APIFlask) -> FlaskClient:
    return app.test_client()


def _csrf(client: FlaskClient, page: str = "/login") -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert found
    return found.group(1)


def _log_in(client: FlaskClient, login: str, password: str = PASSWORD, after: str = ""):
    form = {"login": login, "password": password, "next": after, "csrf_token": _csrf(client)}
    return client.post("/login", data=form)


def _deeds(engine: Engine, action: str) -> list[str]:
    with transaction(engine) as session:
        found = text("SELECT actor || ' -> ' || target FROM audit WHERE action = :action ORDER BY id")
        return list(session.scalars(found, {"action": action}))


def test_logging_in_and_out(stranger: FlaskClient, engine: Engine) -> None:
    answer = _log_in(stranger, "Operator-Own", after="/?division=440305")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/?division=440305")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert stranger.get("/api/me").json["divisions"] == ["440305"]
    assert stranger.post("/logout", data={"csrf_token": _csrf(stranger, "/account")}).status_code == 302
    assert stranger.get("/api/me").status_code == 401
    assert _deeds(engine, "accounts.login") == ["operator-own -> operator-own"]
    assert _deeds(engine, "accounts.logout") == ["operator-own -> operator-own"]


def test_the_cookie_is_for_https_alone_where_the_caller_uses_it(stranger: FlaskClient) -> None:
    answer = stranger.get("/login", headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "after", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/a\nb"]
)
def test_the_log_in_leads_nowhere_else(stranger: FlaskClient, after: str) -> None:
    assert _log_in(stranger, "operator-city", after=after).headers["Location"] == "/"


def test_a_forged_form_is_refused(stranger: FlaskClient, app: APIFlask) -> None:
    assert stranger.post("/login", data={"login": "operator-city", "password": PASSWORD}).status_code == 400
    logged_in = enter(app, "operator")
    report = {"class_code": "01001", "lon": 114.001, "lat": 22.501}
    assert logged_in.post("/api/incidents", json=report).status_code == 400
    token = re.search(r'csrf-token" content="([^"]+)"', logged_in.get("/").text)
    assert token
    assert logged_in.post("/api/incidents", json=report, headers={"X-CSRFToken": token[1]}).status_code != 400


@pytest.mark.parametrize(
    ("login", "password"), [("operator-city", "wrong"), ("nobody", PASSWORD), ("", ""), ("operator-city", "")]
)
def test_what_is_wrong_is_not_told(stranger: FlaskClient, login: str, password: str) -> None:
    answer = _log_in(stranger, login, password)
    assert answer.status_code == 401
    assert 'data-i18n="login.failed"' in answer.text


def test_too_many_wrong_passwords_lock_the_account(stranger: FlaskClient, engine: Engine) -> None:
    for _ in range(accounts.MOST_FAILURES):
        _log_in(stranger, "operator-city", "wrong password")
    assert _log_in(stranger, "operator-city").status_code == 401
    assert len(_deeds(engine, "accounts.refuse_login")) == accounts.MOST_FAILURES
    with transaction(engine) as session:
        account = accounts.get(session, "operator-city")
        assert account.is_locked(datetime.now(UTC))
        assert not account.is_locked(datetime.now(UTC) + accounts.LOCKED_FOR)
        accounts.set_active(session, "operator-city", True)
    assert _log_in(stranger, "operator-city").status_code == 302


def test_one_address_tries_so_often_and_no_more(stranger: FlaskClient) -> None:
    codes = [stranger.post("/login", data={}).status_code for _ in range(25)]
    assert codes == [400] * 20 + [429] * 5


def test_a_disabled_account_is_out_at_once(app: APIFlask, engine: Engine) -> None:
    client = enter(app, "operator")
    assert client.get("/api/me").status_code == 200
    with transaction(engine) as session:
        accounts.set_active(session, name("operator"), False)
    assert client.get("/api/me").status_code == 401
    assert _log_in(app.test_client(), name("operator")).status_code == 401


def test_an_idle_session_ends(config: Config, engine: Engine, database_url: str, app: APIFlask) -> None:
    app.permanent_session_lifetime = timedelta(seconds=-1)
    assert enter(app, "operator").get("/api/me").status_code == 401


def test_changing_ones_password_ends_other_sessions(app: APIFlask, engine: Engine) -> None:
    here, there = enter(app, "analyst"), enter(app, "analyst")
    form = {"present": PASSWORD, "password": "another-Horse-8", "again": "another-Horse-8"}
    wrong = form | {"present": "wrong", "csrf_token": _csrf(here, "/account")}
    assert here.post("/account/password", data=wrong).status_code == 400
    short = form | {"password": "short", "again": "short", "csrf_token": _csrf(here, "/account")}
    assert here.post("/account/password", data=short).status_code == 400
    changed = here.post("/account/password", data=form | {"csrf_token": _csrf(here, "/account")})
    assert changed.status_code == 302
    assert here.get("/api/me").status_code == 200
    assert there.get("/api/me").status_code == 401
    assert _log_in(app.test_client(), name("analyst"), "another-Horse-8").status_code == 302
    assert _deeds(engine, "accounts.change_password") == ["analyst-city -> analyst-city"]


def test_one_time_codes(app: APIFlask, stranger: FlaskClient) -> None:
    client = enter(app, "planner")
    page = client.post("/account/codes", data={"csrf_token": _csrf(client, "/account")}).text
    assert "data:image/svg+xml;base64," in page
    shown = re.search(r"<output>([A-Z2-7-]+)</output>", page)
    assert shown
    clock = TOTP(key=shown.group(1).replace("-", ""), format="base32")
    now = int(datetime.now(UTC).timestamp())
    confirm = {"code": clock.generate(now).token, "csrf_token": _csrf(client, "/account")}
    assert client.post("/account/codes/confirm", data=confirm | {"code": "000000"}).status_code == 400
    assert client.post("/account/codes/confirm", data=confirm).status_code == 302

    assert _log_in(stranger, name("planner"), after="/docs").headers["Location"].startswith("/login/code")
    assert stranger.get("/api/me").status_code == 401
    token = _csrf(stranger, "/login/code?next=/docs")
    form = {"code": clock.generate(now + 30).token, "next": "/docs", "csrf_token": token}
    assert stranger.post("/login/code", data=form | {"code": "123"}).status_code == 401
    assert stranger.post("/login/code", data=form).headers["Location"] == "/docs"
    other = app.test_client()
    _log_in(other, name("planner"))
    again = form | {"csrf_token": _csrf(other, "/login/code")}
    assert other.post("/login/code", data=again).status_code == 401, "no code works twice"


def test_a_department_makes_its_own_tokens(app: APIFlask, stranger: FlaskClient, engine: Engine) -> None:
    officer = enter(app, "officer", "own")
    form = {
        "name": "water works",
        "divisions": "440305",
        "days": "30",
        "csrf_token": _csrf(officer, "/account"),
    }
    too_much = officer.post("/account/tokens", data=form | {"divisions": "all"})
    assert too_much.status_code == 400
    page = officer.post("/account/tokens", data=form).text
    secret = re.search(r"<output>(gridgis_[\w-]+)</output>", page)
    assert secret
    bearer = {"Authorization": f"Bearer {secret[1]}"}
    assert stranger.get("/api/me", headers=bearer).json == {
        "name": "token:water works",
        "login": None,
        "role": "officer",
        "divisions": ["440305"],
        "department_code": "WATER",
    }
    with transaction(engine) as session:
        kept = session.execute(text("SELECT to_jsonb(t)::text FROM tokens t")).scalar_one()
        assert secret[1] not in kept
    assert stranger.post("/account/tokens", data=form, headers=bearer).status_code == 403, (
        "a token makes none"
    )
    number = re.search(r"/account/tokens/(\d+)/revoke", page)
    assert number
    officer.post(f"/account/tokens/{number[1]}/revoke", data={"csrf_token": _csrf(officer, "/account")})
    assert stranger.get("/api/me", headers=bearer).status_code == 401
    with transaction(engine) as session:
        session.execute(
            text("UPDATE tokens SET revoked_at = NULL, expires_at = created_at + interval '1 us'")
        )
    assert stranger.get("/api/me", headers=bearer).status_code == 401, "an old token is not good"


def test_administrators_make_change_and_disable(app: APIFlask, engine: Engine) -> None:
    boss = enter(app, "administrator")
    token = {"csrf_token": _csrf(boss, "/admin/accounts")}
    form = {"login": "new.one", "role": "officer", "divisions": "440305", "department_code": "WATER"} | token
    assert boss.post("/admin/accounts", data=form | {"department_code": ""}).status_code == 400
    page = boss.post("/admin/accounts", data=form).text
    password = re.search(r"<output>(\w{16})</output>", page)
    assert password
    assert _log_in(app.test_client(), "new.one", password[1]).status_code == 302
    assert boss.post("/admin/accounts", data=form).status_code == 400, "the login is taken"
    change = {"role": "analyst", "divisions": "440304 440305"} | token
    assert boss.post("/admin/accounts/new.one", data=change).status_code == 302
    with transaction(engine) as session:
        changed = accounts.get(session, "new.one")
        assert (changed.role, changed.prefixes) == ("analyst", ["440304", "440305"])
    assert "<output>" in boss.post("/admin/accounts/new.one/password", data=token).text
    assert boss.post("/admin/accounts/new.one/active", data=token | {"active": "no"}).status_code == 302
    assert boss.get("/admin/accounts/nobody").status_code == 404
    found = boss.get("/admin/audit?words=NEW.ONE").text
    for action in ("create_account", "change_account", "reset_password", "set_active"):
        assert f"administration.{action}" in found
    assert "administration" not in boss.get("/admin/audit?actor=somebody").text.split("<tbody>")[1]


def test_the_last_administrator_stays(app: APIFlask, engine: Engine) -> None:
    with transaction(engine) as session:
        others = "role = 'administrator' AND login <> 'administrator-city'"
        session.execute(text(f"UPDATE accounts SET active = false WHERE {others}"))
    boss = enter(app, "administrator")
    token = {"csrf_token": _csrf(boss, "/admin/accounts")}
    for path, form in (("active", {"active": "no"}), ("", {"role": "analyst", "divisions": "all"})):
        address = f"/admin/accounts/administrator-city/{path}".rstrip("/")
        assert boss.post(address, data=form | token).status_code == 400


def test_every_write_and_every_export_is_audited(stranger: FlaskClient, engine: Engine) -> None:
    export = stranger.get(
        "/api/exports/grids.csv?purpose=yearbook", headers=TOKEN | {"X-Forwarded-For": "192.0.2.7"}
    )
    assert export.data
    report = {"class_code": "01001", "lon": 114.001, "lat": 22.501}
    made = stranger.post("/api/incidents", json=report, headers=TOKEN)
    with transaction(engine) as session:
        rows = session.execute(
            text("SELECT actor, action, target, remote, details FROM audit ORDER BY id")
        ).all()
    assert [(row.action, row.target) for row in rows] == [
        ("exports.get_export", "grids.csv"),
        ("incidents.create_incident", made.json["number"]),
    ]
    assert {row.actor for row in rows} == {"admin token"}
    assert rows[0].remote == "192.0.2.7"
    assert rows[0].details["purpose"] == "yearbook"


def test_a_refused_write_leaves_neither_change_nor_row(stranger: FlaskClient, engine: Engine) -> None:
    assert (
        stranger.post(
            "/api/incidents", json={"class_code": "9999", "lon": 114, "lat": 22}, headers=TOKEN
        ).status_code
        == 400
    )
    assert _deeds(engine, "incidents.create_incident") == []


def test_nothing_secret_is_logged(stranger: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    _log_in(stranger, "operator-city")
    _log_in(stranger, "operator-city", "a wrong-Password")
    stranger.get("/api/me", headers={"Authorization": "Bearer gridgis_secret"})
    told = " ".join(str(record.__dict__) for record in caplog.records)
    assert told
    for secret in (PASSWORD, "a wrong-Password", "gridgis_secret"):
        assert secret not in told
