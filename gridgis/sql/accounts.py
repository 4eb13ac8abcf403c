"""Accounts and tokens: found by what a caller shows, listed, made and changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, text, update
from sqlalchemy.orm import Session

from gridgis.models.accounts import Account, Token

_ACCOUNT = tuple(Account.__table__.columns)
_TOKEN = tuple(Token.__table__.columns)


def select_account(session: Session, **value: str) -> Row[Any] | None:
    """Return the account with one value of a unique column: `login` or `session_key`."""
    return session.execute(select(*_ACCOUNT).filter_by(**value)).one_or_none()


def select_accounts(session: Session) -> Sequence[Row[Any]]:
    """Return every account, by login."""
    return session.execute(select(*_ACCOUNT).order_by(Account.login)).all()


def count_active(session: Session, role: str) -> int:
    """Return how many accounts of a role may log in; the rows stay locked to the end of the transaction."""
    rows = session.execute(
        text("SELECT id FROM accounts WHERE role = :role AND active FOR UPDATE"), {"role": role}
    )
    return len(rows.all())


def insert_account(session: Session, values: Mapping[str, Any]) -> None:
    """Write a new account."""
    session.execute(insert(Account).values(**values))


def update_account(session: Session, login: str, values: Mapping[str, Any]) -> bool:
    """Change an account; tells whether there is one."""
    changed = update(Account).where(Account.login == login).values(**values).returning(Account.id)
    return session.scalar(changed) is not None


def delete_account(session: Session, login: str) -> bool:
    """Remove an account; tells whether there was one."""
    return session.scalar(delete(Account).where(Account.login == login).returning(Account.id)) is not None


def count_failure(session: Session, login: str, most: int, locked_until: datetime) -> int:
    """Count a wrong password or code and return how many in a row; at `most` the account is locked."""
    return (
        session.scalar(
            text("""
                UPDATE accounts SET failures = failures + 1,
                  locked_until = CASE WHEN failures + 1 >= :most THEN :locked_until ELSE locked_until END
                WHERE login = :login RETURNING failures
            """),
            {"login": login, "most": most, "locked_until": locked_until},
        )
        or 0
    )


def take_code(session: Session, login: str, counter: int) -> bool:
    """Remember the counter of a one-time code; tells whether it is newer than the last one taken."""
    return bool(
        session.scalar(
            text("""
                UPDATE accounts SET totp_counter = :counter
                WHERE login = :login AND (totp_counter IS NULL OR totp_counter < :counter) RETURNING true
            """),
            {"login": login, "counter": counter},
        )
    )


def exists_department(session: Session, code: str) -> bool:
    """Tell whether there is a department of this code."""
    statement = text("SELECT EXISTS (SELECT FROM departments WHERE code = :code)")
    return bool(session.scalar(statement, {"code": code}))


def select_local_department(session: Session) -> Row[Any] | None:
    """Return `department_code` and `division_code` of the first department that answers for a district."""
    return session.execute(
        text("""
            SELECT p.code AS department_code, p.division_code, NULL AS staff_code
            FROM departments AS p JOIN divisions AS d ON d.code = p.division_code
            WHERE d.level = 'district' ORDER BY p.division_code, p.code LIMIT 1
        """)
    ).one_or_none()


def select_local_worker(session: Session) -> Row[Any] | None:
    """Return `staff_code`, `department_code` and `division_code` of the first active worker."""
    return session.execute(
        text("""
            SELECT code AS staff_code, department_code, division_code
            FROM workers WHERE active AND division_code IS NOT NULL ORDER BY code LIMIT 1
        """)
    ).one_or_none()


def select_token(session: Session, secret_sha256: str) -> Row[Any] | None:
    """Return the token whose secret has this SHA-256."""
    return session.execute(select(*_TOKEN).filter_by(secret_sha256=secret_sha256)).one_or_none()


def select_tokens(session: Session, department_code: str | None = None) -> Sequence[Row[Any]]:
    """Return the tokens of a department, or all of them, newest first."""
    statement = select(*_TOKEN).order_by(Token.id.desc())
    if department_code is not None:
        statement = statement.where(Token.department_code == department_code)
    return session.execute(statement).all()


def insert_token(session: Session, values: Mapping[str, Any]) -> int:
    """Write a new token and return its id."""
    return session.execute(insert(Token).values(**values).returning(Token.id)).scalar_one()


def revoke_token(session: Session, token_id: int, at: datetime) -> None:
    """Make a token useless from `at` on; a second time changes nothing."""
    session.execute(
        update(Token).where(Token.id == token_id, Token.revoked_at.is_(None)).values(revoked_at=at)
    )


def mark_used(session: Session, token_id: int, at: datetime) -> None:
    """Note when a token was used, once an hour."""
    session.execute(
        text("""
            UPDATE tokens SET last_used_at = :at
            WHERE id = :id AND (last_used_at IS NULL OR last_used_at < :at - interval '1 hour')
        """),
        {"id": token_id, "at": at},
    )
