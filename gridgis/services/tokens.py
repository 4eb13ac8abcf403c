"""Tokens: what the programs of a department call with."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from gridgis.errors import InvalidInput, NotFound
from gridgis.models.accounts import ROLES
from gridgis.scope import Scope
from gridgis.services import accounts
from gridgis.sql import accounts as sql

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

LONGEST_DAYS = 366

#: Begins every secret, so that one that leaks into a file or a log is found by searching for it.
MARK = "gridgis_"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; its secret is known to whoever was given it and to nobody else."""

    id: int
    name: str
    department_code: str
    role: str
    prefixes: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None

    @property
    def scope(self) -> Scope:
        """The part of the city it sees."""
        return Scope.of(*self.prefixes)

    def is_valid(self, at: datetime) -> bool:
        """Whether it is neither revoked nor too old."""
        return self.revoked_at is None and at < self.expires_at


def listing(session: Session, department_code: str | None = None) -> list[Token]:
    """Return the tokens of a department, or all of them, newest first."""
    return [_token(row) for row in sql.select_tokens(session, department_code)]


@dataclass(frozen=True, slots=True)
class Wish:
    """A token to be made; `divisions` are codes as for an account, it is good for `days`."""

    name: str
    department_code: str
    role: str
    divisions: tuple[str, ...]
    days: int


def issue(session: Session, wish: Wish, *, within: Scope, actor: str, at: datetime) -> tuple[Token, str]:
    """Make a token and return it with its secret, which is told this once.

    Parameters
    ----------
    within
        What the maker sees: a token never sees more.

    Raises
    ------
    InvalidInput
        A value that is not accepted, or divisions beyond the maker's.
    NotFound
        There is no such division or department.
    """
    allowed = tuple(role for role in ROLES if role != accounts.ADMINISTRATOR)
    if not 1 <= len(wish.name.strip()) <= 60:
        raise InvalidInput("a token's name has 1 to 60 characters: say which program uses it", field="name")
    if wish.role not in allowed:
        raise InvalidInput(f"role {wish.role!r} is not one of {', '.join(allowed)}", field="role")
    if not 1 <= wish.days <= LONGEST_DAYS:
        raise InvalidInput(f"a token is good for 1 to {LONGEST_DAYS} days, not {wish.days}", field="days")
    if not sql.exists_department(session, wish.department_code):
        raise NotFound(f"there is no department {wish.department_code!r}", field="department_code")
    prefixes = accounts.prefixes(session, wish.divisions)
    if not all(within.covers(prefix) for prefix in prefixes):
        raise InvalidInput(
            "a token sees no more than its maker: leave the other divisions out", field="divisions"
        )
    secret = MARK + secrets.token_urlsafe(32)
    token_id = sql.insert_token(
        session,
        {
            "name": wish.name.strip(), "department_code": wish.department_code, "role": wish.role,
            "prefixes": prefixes, "secret_sha256": _digest(secret), "created_by": actor, "created_at": at,
            "expires_at": at + timedelta(days=wish.days),
        },
    )  # fmt: skip
    return next(token for token in listing(session) if token.id == token_id), secret


def revoke(session: Session, token_id: int, at: datetime, department_code: str | None = None) -> Token:
    """Make a token useless.

    Raises
    ------
    NotFound
        There is none of this number, or it is another department's.
    """
    found = next((t for t in listing(session, department_code) if t.id == token_id), None)
    if found is None:
        raise NotFound(f"there is no token {token_id}", field="id")
    sql.revoke_token(session, token_id, at)
    return found


def by_secret(session: Session, secret: str) -> Token | None:
    """Return the token with a secret, valid or not; the secret's digest is looked up, never compared."""
    row = sql.select_token(session, _digest(secret)) if secret.startswith(MARK) else None
    return None if row is None else _token(row)


def used(session: Session, token_id: int, at: datetime) -> None:
    """Note that a token was used, to the hour."""
    sql.mark_used(session, token_id, at)


def _digest(secret: str) -> str:
    # 256 bits of chance need no slow hash: nobody guesses them
    return hashlib.sha256(secret.encode()).hexdigest()


def _token(row: Row[Any]) -> Token:
    return Token(**{each.name: getattr(row, each.name) for each in fields(Token)})
