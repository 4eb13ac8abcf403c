"""Pages of administrators: accounts, departments' tokens, and what was done."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridgis.errors import GridgisError
from gridgis.models.accounts import ROLES
from gridgis.routes import caller
from gridgis.routes.context import about, context, reading, writing
from gridgis.routes.identity import directory
from gridgis.services import accounts, audit, passwords, tokens

blueprint = APIBlueprint("administration", __name__, url_prefix="/admin", enable_openapi=False)


@blueprint.get("/accounts")
def list_accounts() -> str:
    """List the accounts, with a form for a new one."""
    return _accounts_page()


@blueprint.post("/accounts")
def create_account() -> Any:
    """Make an account; its first password is by chance and shown this once."""
    password = passwords.random_password()
    try:
        with writing() as database:
            made = accounts.create(
                database,
                request.form.get("login", ""),
                request.form.get("role", ""),
                password=password,
                divisions=_divisions(),
                department_code=request.form.get("department_code") or None,
                staff_code=request.form.get("staff_code") or None,
            )
            about(made.login, account_role=made.role, prefixes=made.prefixes)
    except GridgisError as error:
        return _accounts_page(problem=error.message), 400
    return _accounts_page(made=made, password=password)


@blueprint.get("/accounts/<login>")
def get_account(login: str) -> str:
    """Show one account, with forms for what can be changed."""
    return _account_page(login)


@blueprint.post("/accounts/<login>")
def change_account(login: str) -> Any:
    """Give an account another role, other divisions, another department."""
    try:
        with writing() as database:
            changed = accounts.change(
                database,
                login,
                role=request.form.get("role"),
                divisions=_divisions(),
                department_code=request.form.get("department_code") or None,
            )
            about(login, account_role=changed.role, prefixes=changed.prefixes)
    except GridgisError as error:
        return _account_page(login, problem=error.message), 400
    return _done(login, "admin.changed")


@blueprint.post("/accounts/<login>/password")
def reset_password(login: str) -> str:
    """Give an account a password by chance; it is shown this once, and the account's sessions end."""
    password = passwords.random_password()
    with writing() as database:
        accounts.set_password(database, login, password)
        about(login)
    directory().forget()
    return _account_page(login, password=password)


@blueprint.post("/accounts/<login>/active")
def set_active(login: str) -> Any:
    """Let an account in, or keep it out."""
    active = request.form.get("active") == "yes"
    try:
        with writing() as database:
            accounts.set_active(database, login, active)
            about(login, active=active)
    except GridgisError as error:
        return _account_page(login, problem=error.message), 400
    return _done(login, "admin.changed")


@blueprint.post("/accounts/<login>/codes/end")
def end_codes(login: str) -> Response:
    """Ask an account for one-time codes no longer: its authenticator is lost."""
    with writing() as database:
        accounts.set_totp(database, login, None)
        about(login)
    return _done(login, "admin.changed")


@blueprint.get("/tokens")
def list_tokens() -> str:
    """List the tokens of all departments, with a form for a new one."""
    return _tokens_page()


@blueprint.post("/tokens")
def issue_token() -> Any:
    """Make a token for a department; its secret is shown this once."""
    try:
        with writing() as database:
            wish = tokens.Wish(
                name=request.form.get("name", ""),
                department_code=request.form.get("department_code", ""),
                role=request.form.get("role", ""),
                divisions=tuple(_divisions()),
                days=request.form.get("days", 0, type=int),
            )
            who = caller.current()
            token, secret = tokens.issue(
                database, wish, within=who.scope, actor=who.name, at=datetime.now(UTC)
            )
            about(token.name, token_role=token.role, prefixes=token.prefixes)
    except GridgisError as error:
        return _tokens_page(problem=error.message), 400
    return _tokens_page(secret=secret)


@blueprint.post("/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> Response:
    """Make a token useless."""
    with writing() as database:
        about(tokens.revoke(database, token_id, datetime.now(UTC)).name)
    directory().forget()
    return redirect(url_for("administration.list_tokens"))


@blueprint.get("/audit")
def search_audit() -> str:
    """Search what was done, newest first."""
    asked = request.args
    zone = context().config.zone
    first, last = _day(asked.get("from")), _day(asked.get("to"))
    with reading() as database:
        rows, before = audit.search(
            database,
            actor=asked.get("actor", "").strip() or None,
            words=asked.get("words", "").strip() or None,
            start=datetime.combine(first, time(), zone) if first else None,
            end=datetime.combine(last + timedelta(days=1), time(), zone) if last else None,
            before=asked.get("before", type=int),
        )
    older = {**asked.to_dict(), "before": str(before)} if before else None
    return render_template("audit.html", rows=rows, asked=asked, older=older, zone=zone)


def _accounts_page(**shown: Any) -> str:
    with reading() as database:
        found = accounts.listing(database)
    return render_template(
        "accounts.html", accounts=found, roles=ROLES, told=accounts.told, now=datetime.now(UTC), **shown
    )


def _account_page(login: str, **shown: Any) -> str:
    with reading() as database:
        account = accounts.get(database, login)
    return render_template(
        "accounts_one.html",
        account=account,
        divisions=accounts.told(account.prefixes),
        roles=ROLES,
        now=datetime.now(UTC),
        **shown,
    )


def _tokens_page(**shown: Any) -> str:
    with reading() as database:
        found = tokens.listing(database)
    roles = [role for role in ROLES if role != accounts.ADMINISTRATOR]
    return render_template(
        "tokens.html", tokens=found, roles=roles, told=accounts.told, now=datetime.now(UTC), **shown
    )


def _done(login: str, message: str) -> Response:
    directory().forget()
    flash(message)
    return redirect(url_for("administration.get_account", login=login))


def _divisions() -> list[str]:
    return request.form.get("divisions", "").replace(",", " ").split()


def _day(text: str | None) -> date | None:
    """Return a day as browsers send it; nothing for what is none."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
