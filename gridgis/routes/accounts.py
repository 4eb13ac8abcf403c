"""Log-in, and what people do with their own account; each view is a page for people."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, session, url_for
from flask_security.utils import hash_password, login_user, logout_user
from werkzeug.wrappers import Response

from gridgis.errors import GridgisError, InvalidInput
from gridgis.routes import caller
from gridgis.routes.codes import codes, is_right
from gridgis.routes.context import about, reading, writing
from gridgis.routes.identity import User, check_login_rate, csrf, directory
from gridgis.services import accounts, passwords, tokens
from gridgis.services.accounts import Account

blueprint = APIBlueprint("accounts", __name__, enable_openapi=False)

_CODE_WITHIN_S = 300
_AWAITING = "awaiting_code"
_PROPOSED = "proposed_code_secret"


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> Any:
    """Ask for login and password."""
    after = _local(request.values.get("next", ""))
    if request.method == "GET":
        return render_template("login.html", next=after, failed=None)
    check_login_rate()
    csrf.protect()
    account = _authenticated(request.form.get("login", ""), request.form.get("password", ""))
    if account is None:
        return render_template("login.html", next=after, failed="login.failed"), 401
    if account.totp_secret is not None:
        session[_AWAITING] = [account.session_key, time.time()]
        return redirect(url_for("accounts.login_code", next=after))
    return _enter(account, after)


@blueprint.route("/login/code", methods=["GET", "POST"])
def login_code() -> Any:
    """Ask for the one-time code, after the password was right."""
    after = _local(request.values.get("next", ""))
    account = _awaited()
    if account is None or account.totp_secret is None:
        return redirect(url_for("accounts.login", next=after))
    if request.method == "GET":
        return render_template("login_code.html", next=after, failed=None)
    check_login_rate()
    csrf.protect()
    given = request.form.get("code", "")
    if account.is_locked(datetime.now(UTC)) or not is_right(account, account.totp_secret, given):
        _count_failure(account)
        return render_template("login_code.html", next=after, failed="login.code_failed"), 401
    return _enter(account, after)


@blueprint.post("/logout")
def logout() -> Response:
    """End the session."""
    with writing():
        about(caller.current().name)
    logout_user()
    session.clear()
    return redirect(url_for("accounts.login"))


@blueprint.get("/account")
def show() -> Any:
    """Show one's own account: password, one-time codes, and the tokens of one's department."""
    return _page()


@blueprint.post("/account/password")
def change_password() -> Any:
    """Give oneself another password; other sessions end."""
    try:
        account = _own_account()
        if not User(account).verify_and_update_password(passwords.normal(request.form.get("present", ""))):
            raise InvalidInput("the present password is another one", field="present")
        if request.form.get("password") != request.form.get("again"):
            raise InvalidInput("the new password is written in two ways", field="again")
        with writing() as database:
            about(account.login)
            changed = accounts.set_password(database, account.login, request.form.get("password", ""))
    except GridgisError as error:
        return _page(problem=error.message), 400
    directory().forget()
    _begin_session(changed)
    flash("account.password_changed")
    return redirect(url_for("accounts.show"))


@blueprint.post("/account/codes")
def start_codes() -> str:
    """Propose a secret for one-time codes; it counts once a code of it was given."""
    secret = codes().generate_totp_secret()
    session[_PROPOSED] = secret
    return _page(proposed=codes().fetch_setup_values(secret, User(_own_account())))


@blueprint.post("/account/codes/confirm")
def confirm_codes() -> Any:
    """Ask for codes from now on, when one of the proposed secret is right."""
    secret = session.get(_PROPOSED, "")
    account = _own_account()
    if not secret or not is_right(account, secret, request.form.get("code", "")):
        proposed = codes().fetch_setup_values(secret, User(account)) if secret else None
        return _page(problem="account.code_wrong", proposed=proposed), 400
    session.pop(_PROPOSED)
    _set_codes(account, secret)
    flash("account.codes_on")
    return redirect(url_for("accounts.show"))


@blueprint.post("/account/codes/end")
def end_codes() -> Any:
    """Ask for codes no longer; the password is asked instead."""
    account = _own_account()
    if not User(account).verify_and_update_password(passwords.normal(request.form.get("present", ""))):
        return _page(problem="account.password_wrong"), 400
    _set_codes(account, None)
    flash("account.codes_off")
    return redirect(url_for("accounts.show"))


@blueprint.post("/account/tokens")
def issue_token() -> Any:
    """Make a token of one's department, in one's own role, that sees no more than oneself."""
    who = caller.current()
    try:
        with writing() as database:
            token, secret = tokens.issue(
                database,
                tokens.Wish(
                    name=request.form.get("name", ""),
                    department_code=who.department_code or "",
                    role=who.role,
                    divisions=tuple(request.form.get("divisions", "").split()),
                    days=request.form.get("days", 0, type=int),
                ),
                within=who.scope,
                actor=who.name,
                at=datetime.now(UTC),
            )
            about(token.name, expires_at=token.expires_at.isoformat(), prefixes=token.prefixes)
    except GridgisError as error:
        return _page(problem=error.message), 400
    return _page(secret=secret)


@blueprint.post("/account/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> Response:
    """Make a token of one's department useless."""
    with writing() as database:
        token = tokens.revoke(
            database, token_id, datetime.now(UTC), department_code=caller.current().department_code or ""
        )
        about(token.name)
    directory().forget()
    return redirect(url_for("accounts.show"))


def _authenticated(login: str, password: str) -> Account | None:
    """Return the account, if it may log in and the password is its own."""
    with reading() as database:
        account = accounts.find(database, login)
    if account is None or not account.active or account.is_locked(datetime.now(UTC)):
        hash_password(password)  # an answer takes as long whether there is such an account or not
        return None
    if not User(account).verify_and_update_password(passwords.normal(password)):
        _count_failure(account)
        return None
    return account


def _count_failure(account: Account) -> None:
    with writing("accounts.refuse_login") as database:
        locked = accounts.failed(database, account.login, datetime.now(UTC))
        about(account.login, actor=account.login, role=account.role, locked=locked)


def _enter(account: Account, after: str) -> Response:
    with writing("accounts.login") as database:
        accounts.logged_in(database, account.login, datetime.now(UTC))
        about(account.login, actor=account.login, role=account.role)
    _begin_session(account)
    return redirect(after or "/")


def _begin_session(account: Account) -> None:
    """Begin with an empty session, so that nothing planted in an earlier one lives on."""
    session.clear()
    session.permanent = True
    session["seen_at"] = time.time()
    login_user(User(account))


def _awaited() -> Account | None:
    """Return the account whose password was right a moment ago."""
    key, since = session.get(_AWAITING, ("", 0.0))
    return directory().account(key) if key and time.time() - since < _CODE_WITHIN_S else None


def _own_account() -> Account:
    """Return the caller's account; those who have none were refused (access.py)."""
    with reading() as database:
        return accounts.get(database, caller.current().login or "")


def _set_codes(account: Account, secret: str | None) -> None:
    with writing() as database:
        accounts.set_totp(database, account.login, secret)
        about(account.login)
    directory().forget()


def _page(**shown: Any) -> str:
    account = _own_account()
    with reading() as database:
        own = tokens.listing(database, account.department_code) if account.department_code else []
    return render_template(
        "account.html",
        account=account,
        divisions=accounts.told(account.prefixes),
        tokens=own,
        told=accounts.told,
        now=datetime.now(UTC),
        shortest=passwords.SHORTEST,
        **shown,
    )


def _local(address: str) -> str:
    """Return an address of this server as it is, and nothing for one that leads elsewhere."""
    return address if re.fullmatch(r"/(?![/\\])[!-~]*", address) else ""
