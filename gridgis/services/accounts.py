"""Accounts: who may log in, in which role, and which part of the city it sees."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from gridgis.codes import divisions as division_codes
from gridgis.errors import Conflict, InvalidInput, NotFound
from gridgis.models.accounts import ROLES
from gridgis.scope import EVERYTHING, Scope
from gridgis.services import passwords
from gridgis.sql import accounts as sql
from gridgis.sql import divisions as divisions_sql

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

ADMINISTRATOR = "administrator"

#: Wrong passwords or codes in a row that lock an account, and for how long.
MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)

#: What is said for the whole city where divisions are listed.
WHOLE_CITY = "all"

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_STAFF_CODE = re.compile(r"[0-9A-Za-z_-]{1,32}")


@dataclass(frozen=True, slots=True)
class Account:
    """One account; see `gridgis.models.accounts.Account`."""

    login: str
    staff_code: str | None
    role: str
    prefixes: list[str]
    department_code: str | None
    active: bool
    password_hash: str
    session_key: str
    totp_secret: str | None
    failures: int
    locked_until: datetime | None
    created_at: datetime
    last_login_at: datetime | None

    @property
    def scope(self) -> Scope:
        """The part of the city it sees."""
        return Scope.of(*self.prefixes)

    def is_locked(self, at: datetime) -> bool:
        """Whether it was locked after too many wrong passwords, and still is."""
        return self.locked_until is not None and at < self.locked_until


def listing(session: Session) -> list[Account]:
    """Return every account, by login."""
    return [_account(row) for row in sql.select_accounts(session)]


def find(session: Session, login: str) -> Account | None:
    """Return the account with a login, whatever its case."""
    return _maybe(sql.select_account(session, login=login.strip().lower()))


def by_session_key(session: Session, session_key: str) -> Account | None:
    """Return the account whose sessions carry this key."""
    return _maybe(sql.select_account(session, session_key=session_key))


def get(session: Session, login: str) -> Account:
    """Return an account.

    Raises
    ------
    NotFound
        There is none with this login.
    """
    account = find(session, login)
    if account is None:
        raise NotFound(f"there is no account {login!r}", field="login")
    return account


def create(
    session: Session,
    login: str,
    role: str,
    *,
    password: str,
    divisions: Iterable[str] = (),
    department_code: str | None = None,
    staff_code: str | None = None,
) -> Account:
    """Make an account.

    Parameters
    ----------
    divisions
        Codes of the divisions it sees; ``all`` is the whole city, none at all is nothing.

    Raises
    ------
    InvalidInput
        A value that is not accepted; the message says what would be.
    Conflict
        The login is taken.
    NotFound
        There is no such division or department.
    """
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise InvalidInput(
            f"login {login!r} is not 2 to 32 of a-z, 0-9, '.', '_' and '-', a letter or digit first",
            field="login",
        )
    if staff_code is not None and not _STAFF_CODE.fullmatch(staff_code):
        raise InvalidInput(
            f"staff code {staff_code!r} is not 1 to 32 letters, digits, '-' and '_'", field="staff_code"
        )
    if find(session, login) is not None:
        raise Conflict(f"the login {login!r} is taken", field="login")
    standing = _standing(session, role, divisions, department_code)
    sql.insert_account(
        session,
        {
            **standing,
            "login": login,
            "staff_code": staff_code,
            "password_hash": passwords.hashed(password, login),
            "session_key": secrets.token_hex(16),
        },
    )
    return get(session, login)


def change(
    session: Session,
    login: str,
    *,
    role: str | None = None,
    divisions: Iterable[str] | None = None,
    department_code: str | None = None,
) -> Account:
    """Give an account another role, other divisions or another department; ``None`` leaves each as it is.

    Raises
    ------
    Conflict
        It is the last active administrator's role.
    """
    account = get(session, login)
    if role not in {None, ADMINISTRATOR}:
        _keep_one_administrator(session, account)
    standing = _standing(
        session,
        role or account.role,
        told(account.prefixes) if divisions is None else divisions,
        department_code or account.department_code,
    )
    sql.update_account(session, account.login, standing)
    return get(session, login)


def set_active(session: Session, login: str, active: bool) -> Account:
    """Let an account in, or keep it out: its sessions end at once.

    Raises
    ------
    Conflict
        It is the last active administrator.
    """
    account = get(session, login)
    if not active:
        _keep_one_administrator(session, account)
    sql.update_account(session, account.login, {"active": active, "failures": 0, "locked_until": None})
    return get(session, login)


def set_password(session: Session, login: str, password: str) -> Account:
    """Give an account a password; it ends all its sessions and lifts a lock."""
    account = get(session, login)
    values = {
        "password_hash": passwords.hashed(password, account.login),
        "session_key": secrets.token_hex(16),
        "failures": 0,
        "locked_until": None,
    }
    sql.update_account(session, account.login, values)
    return get(session, login)


def rehash(session: Session, login: str, password_hash: str) -> None:
    """Keep another hash of the same password, made with stronger parameters."""
    sql.update_account(session, login, {"password_hash": password_hash})


def set_totp(session: Session, login: str, secret: str | None) -> Account:
    """Ask for one-time codes of an encrypted secret at log-in from now on, or no longer."""
    sql.update_account(session, get(session, login).login, {"totp_secret": secret, "totp_counter": None})
    return get(session, login)


def take_code(session: Session, login: str, counter: int) -> bool:
    """Use up a one-time code that was right; tells whether it had not been used before."""
    return sql.take_code(session, login, counter)


def failed(session: Session, login: str, at: datetime) -> bool:
    """Count a wrong password or code; tells whether the account is locked by it."""
    return sql.count_failure(session, login, MOST_FAILURES, at + LOCKED_FOR) >= MOST_FAILURES


def logged_in(session: Session, login: str, at: datetime) -> None:
    """Note a log-in; wrong passwords before it are forgiven."""
    sql.update_account(session, login, {"last_login_at": at, "failures": 0, "locked_until": None})


def prefixes(session: Session, divisions: Iterable[str]) -> list[str]:
    """Return the prefixes of divisions given by code, or of the whole city for ``all``.

    Raises
    ------
    NotFound
        There is no such division.
    """
    found = []
    for code in divisions:
        if code == WHOLE_CITY:
            return list(EVERYTHING.prefixes)
        if not division_codes.is_division_code(code) or not divisions_sql.exists(session, code):
            raise NotFound(f"there is no division {code!r}", field="divisions")
        found.append(division_codes.prefix(code))
    return list(Scope.of(*found).prefixes)


def told(stored: Iterable[str]) -> list[str]:
    """Return the codes of the divisions of some prefixes, ``all`` for the whole city."""
    return [division_codes.normalise(prefix) if prefix else WHOLE_CITY for prefix in stored]


def _standing(
    session: Session, role: str, divisions: Iterable[str], department_code: str | None
) -> dict[str, Any]:
    if role not in ROLES:
        raise InvalidInput(f"role {role!r} is not one of {', '.join(ROLES)}", field="role")
    if department_code is not None and not sql.exists_department(session, department_code):
        raise NotFound(f"there is no department {department_code!r}", field="department_code")
    if role == "officer" and department_code is None:
        raise InvalidInput("an officer answers for a department: give its code", field="department_code")
    found = list(EVERYTHING.prefixes) if role == ADMINISTRATOR else prefixes(session, divisions)
    return {"role": role, "prefixes": found, "department_code": department_code}


def _keep_one_administrator(session: Session, account: Account) -> None:
    alone = account.active and account.role == ADMINISTRATOR and sql.count_active(session, ADMINISTRATOR) == 1
    if alone:
        raise Conflict(
            f"{account.login} is the last active administrator; make another one first", field="login"
        )


def _maybe(row: Row[Any] | None) -> Account | None:
    return None if row is None else _account(row)


def _account(row: Row[Any]) -> Account:
    return Account(**{each.name: getattr(row, each.name) for each in fields(Account)})
