"""``gridgis accounts``: who may log in, and what departments' programs call with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from gridgis.cli.acting import actor, changing
from gridgis.cluster import connected
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.models.accounts import ROLES
from gridgis.scope import EVERYTHING
from gridgis.services import accounts, passwords, tokens

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_DIVISIONS = click.option(
    "--division",
    "divisions",
    multiple=True,
    help="Code of a division in sight, several times; all: the city.",
)
_DEPARTMENT = click.option("--department", "department_code", help="Code of the department.")


@click.group()
def command() -> None:
    """Manage accounts and tokens; every change goes into the audit log."""


@command.command("create")
@click.argument("login")
@click.option("--role", type=click.Choice(ROLES), default="administrator", show_default=True)
@_DIVISIONS
@_DEPARTMENT
@click.option("--staff-code", help="Opaque code of the person.")
@click.option("--ask", is_flag=True, help="Ask for the password, in place of making one by chance.")
@_AS_JSON
def create(login: str, role: str, ask: bool, as_json: bool, **standing: Any) -> None:
    """Make the account LOGIN and print its password; the first one is usually an administrator."""
    password = _password(ask)
    with _changing("accounts.create", login) as session:
        made = accounts.create(session, login, role, password=password, **standing)
    _tell(as_json, _facts(made) | {"password": password})


@command.command("list")
@_AS_JSON
def list_accounts(as_json: bool) -> None:
    """List the accounts."""
    with connected(Config.from_environment()) as engine, transaction(engine, read_only=True) as session:
        found = [_facts(account) for account in accounts.listing(session)]
    if as_json:
        click.echo(json.dumps({"accounts": found}, ensure_ascii=False))
        return
    for each in found:
        click.echo(
            f"{each['login']:<24}{each['role']:<15}{'' if each['active'] else 'disabled ':<9}"
            f"{' '.join(each['divisions']) or '-'}  {each['department_code'] or ''}"
        )


@command.command("change")
@click.argument("login")
@click.option("--role", type=click.Choice(ROLES))
@_DIVISIONS
@_DEPARTMENT
@_AS_JSON
def change(login: str, divisions: tuple[str, ...], as_json: bool, **standing: Any) -> None:
    """Give LOGIN another role, other divisions, another department; what is left out stays."""
    with _changing("accounts.change", login) as session:
        changed = accounts.change(session, login, divisions=divisions or None, **standing)
    _tell(as_json, _facts(changed))


@command.command("disable")
@click.argument("login")
def disable(login: str) -> None:
    """Keep LOGIN out; its sessions end at once."""
    with _changing("accounts.disable", login) as session:
        accounts.set_active(session, login, False)
    click.echo(f"{login} is disabled")


@command.command("enable")
@click.argument("login")
def enable(login: str) -> None:
    """Let LOGIN in again, and lift a lock."""
    with _changing("accounts.enable", login) as session:
        accounts.set_active(session, login, True)
    click.echo(f"{login} is active")


@command.command("reset-password")
@click.argument("login")
@click.option("--ask", is_flag=True, help="Ask for the password, in place of making one by chance.")
@_AS_JSON
def reset_password(login: str, ask: bool, as_json: bool) -> None:
    """Give LOGIN a password and print it; one-time codes are ended too."""
    password = _password(ask)
    with _changing("accounts.reset_password", login) as session:
        accounts.set_password(session, login, password)
        accounts.set_totp(session, login, None)
    _tell(as_json, {"login": login, "password": password})


@command.group("tokens")
def token_commands() -> None:
    """Manage the tokens of departments."""


@token_commands.command("list")
@_AS_JSON
def list_tokens(as_json: bool) -> None:
    """List the tokens; their secrets are known to nobody here."""
    now = datetime.now(UTC)
    with connected(Config.from_environment()) as engine, transaction(engine, read_only=True) as session:
        found = [_token_facts(token, now) for token in tokens.listing(session)]
    if as_json:
        click.echo(json.dumps({"tokens": found}, ensure_ascii=False))
        return
    for each in found:
        click.echo(
            f"{each['id']:>5}  {each['name']:<32}{each['department_code']:<20}{each['role']:<10}"
            f"{'until ' + each['expires_at'][:10] if each['valid'] else 'not valid'}"
        )


@token_commands.command("issue")
@click.argument("name")
@click.option("--department", "department_code", required=True, help="Code of the department.")
@click.option("--role", type=click.Choice([r for r in ROLES if r != "administrator"]), required=True)
@_DIVISIONS
@click.option("--days", type=int, default=90, show_default=True, help="Days it is good for.")
@_AS_JSON
def issue(name: str, as_json: bool, **wish: Any) -> None:
    """Make a token called NAME and print its secret, this once."""
    with _changing("tokens.issue", name) as session:
        token, secret = tokens.issue(
            session, tokens.Wish(name, **wish), within=EVERYTHING, actor=actor(), at=datetime.now(UTC)
        )
    _tell(as_json, {"id": token.id, "name": token.name, "token": secret})


@token_commands.command("revoke")
@click.argument("number", type=int)
def revoke(number: int) -> None:
    """Make the token NUMBER useless."""
    with _changing("tokens.revoke", str(number)) as session:
        token = tokens.revoke(session, number, datetime.now(UTC))
    click.echo(f"{token.name} is revoked")


@contextmanager
def _changing(action: str, target: str) -> Iterator[Session]:
    with connected(Config.from_environment()) as engine, changing(engine, action, target) as session:
        yield session


def _password(ask: bool) -> str:
    if not ask:
        return passwords.random_password()
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


def _facts(account: accounts.Account) -> dict[str, Any]:
    return {
        "login": account.login,
        "role": account.role,
        "divisions": accounts.told(account.prefixes),
        "department_code": account.department_code,
        "staff_code": account.staff_code,
        "active": account.active,
    }


def _token_facts(token: tokens.Token, now: datetime) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "department_code": token.department_code,
        "role": token.role,
        "divisions": accounts.told(token.prefixes),
        "expires_at": token.expires_at.isoformat(),
        "valid": token.is_valid(now),
    }


def _tell(as_json: bool, facts: dict[str, Any]) -> None:
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    for name, value in facts.items():
        shown = " ".join(value) if isinstance(value, list) else value
        click.echo(f"{name + ':':<17}{'' if shown is None else shown}")
