"""Accounts for tests: every role, for the whole city, for each of two districts and for nothing."""

from __future__ import annotations

from functools import cache

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridgis.models.accounts import ROLES
from gridgis.services import passwords

PASSWORD = "correct-Horse-7"

#: What an account sees: all of it, the district with everything in it, another one, and nothing.
PLACES = {"city": '{""}', "own": "{440305}", "foreign": "{440304}", "none": "{}"}


def name(role: str, place: str = "city") -> str:
    """Return the login of an account."""
    return f"{role}-{place}"


def settle(session: Session) -> None:
    """Make the accounts; all have the one password."""
    for role in ROLES:
        for place, prefixes in PLACES.items():
            session.execute(
                text("""
                    INSERT INTO accounts (login, role, prefixes, department_code, password_hash, session_key)
                    VALUES (:login, :role, :prefixes, 'WATER', :hash, :key)
                """),
                {
                    "login": name(role, place),
                    "role": role,
                    "prefixes": prefixes,
                    "hash": _hash(),
                    "key": f"key of {name(role, place)}",
                },
            )


def enter(app: Flask, role: str, place: str = "city") -> FlaskClient:
    """Return a client with a session of an account, as a log-in leaves it; the password's hash is slow."""
    client = app.test_client()
    with client.session_transaction() as session:
        session.permanent = True
        session["_user_id"] = f"key of {name(role, place)}"
        session["_fresh"] = True
    return client


@cache
def _hash() -> str:
    return passwords.hashed(PASSWORD, "nobody")
