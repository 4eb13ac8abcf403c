"""``gridgis accounts`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from gridgis.__main__ import main
from gridgis.database import transaction
from gridgis.services import accounts, demo_accounts, tokens
from tests.routes.city import fill


@pytest.fixture(autouse=True)
def city(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A small city that GRIDGIS_DATABASE_URL points at."""
    monkeypatch.setenv("GRIDGIS_DATABASE_URL", database_url)
    monkeypatch.setenv("GRIDGIS_DATA_DIR", str(tmp_path / "data"))
    with transaction(engine) as session:
        fill(session)


def gridgis(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["accounts", *arguments])
    assert result.exit_code == code, result.output
    return result.output


def told(*arguments: str) -> Any:
    return json.loads(gridgis(*arguments, "--json"))


def test_the_first_administrator(engine: Engine) -> None:
    made = told("create", "Boss")
    assert (made["login"], made["role"], made["divisions"]) == ("boss", "administrator", ["all"])
    assert len(made["password"]) == 16
    with transaction(engine) as session:
        kept = session.execute(text("SELECT to_jsonb(a)::text FROM accounts a")).scalar_one()
        deed = session.execute(text("SELECT actor, action, target FROM audit")).one()
    assert made["password"] not in kept
    assert deed[0].startswith("command:")
    assert tuple(deed[1:]) == ("accounts.create", "Boss")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["create", "x"], "is not 2 to 32 of"),
        (["create", "Li Na"], "is not 2 to 32 of"),
        (["create", "lina", "--role", "officer", "--division", "440305"], "give its code"),
        (["create", "lina", "--role", "operator", "--division", "440399"], "no division '440399'"),
        (["create", "lina", "--role", "operator", "--department", "X"], "no department 'X'"),
        (["disable", "nobody"], "no account 'nobody'"),
        (["tokens", "revoke", "7"], "no token 7"),
        (
            ["tokens", "issue", "a", "--department", "WATER", "--role", "worker", "--days", "0"],
            "1 to 366 days",
        ),
    ],
)
def test_what_is_refused_is_one_line(arguments: list[str], complaint: str) -> None:
    assert complaint in gridgis(*arguments, code=1)


def test_change_disable_enable_and_reset(engine: Engine) -> None:
    told("create", "boss")
    told("create", "lina", "--role", "operator", "--division", "440305")
    changed = told("change", "lina", "--role", "officer", "--department", "WATER")
    assert (changed["role"], changed["divisions"]) == ("officer", ["440305"])
    with transaction(engine) as session:
        before = accounts.get(session, "lina")
    gridgis("disable", "lina")
    assert [account["active"] for account in told("list")["accounts"]] == [True, False]
    gridgis("enable", "lina")
    told("reset-password", "lina")
    with transaction(engine) as session:
        after = accounts.get(session, "lina")
    assert after.active
    assert after.session_key != before.session_key, "the sessions end"
    assert "last active administrator" in gridgis("disable", "boss", code=1)


def test_tokens(engine: Engine) -> None:
    issued = told(
        "tokens", "issue", "works", "--department", "WATER", "--role", "analyst", "--division", "all"
    )
    assert issued["token"].startswith(tokens.MARK)
    assert told("tokens", "list")["tokens"][0]["valid"]
    gridgis("tokens", "revoke", str(issued["id"]))
    assert not told("tokens", "list")["tokens"][0]["valid"]


def test_the_demonstration_has_one_a_role_with_new_passwords_each_time(engine: Engine) -> None:
    with transaction(engine) as session:
        session.execute(text("UPDATE workers SET department_code = 'WATER'"))
        assert not demo_accounts.exist(session)
        first = demo_accounts.settle(session)
        again = demo_accounts.settle(session)
        assert demo_accounts.exist(session)
    assert [account.role for account, _ in first] == [account.role for account, _ in again]
    assert {account.role for account, _ in first} == set(accounts.ROLES)
    assert {password for _, password in first}.isdisjoint(password for _, password in again)
    assert {a.login: a.prefixes for a, _ in first}["demo-officer"] == ["440305"]
