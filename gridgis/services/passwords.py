"""Passwords: what is accepted, how they are kept, and good ones by chance."""

from __future__ import annotations

import secrets
import string
import unicodedata

from argon2 import PasswordHasher

from gridgis.errors import InvalidInput

SHORTEST = 10
LONGEST = 128  # a longer one only costs time to hash
_LETTERS = string.ascii_letters + string.digits


def hashed(password: str, login: str) -> str:
    """Return what is stored of a password: argon2id with the library's parameters and a salt of its own.

    Raises
    ------
    InvalidInput
        It is too short or too long, is one character repeated, or holds the login.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(
            f"a password has {SHORTEST} to {LONGEST} characters, this one {len(password)}", field="password"
        )
    if len(set(password)) < 4 or login.lower() in password.lower():
        raise InvalidInput(
            "the password is easy to guess: it holds the login, or hardly more than one character",
            field="password",
        )
    return PasswordHasher().hash(normal(password))


def random_password() -> str:
    """Return a password of 16 letters and digits from the machine's randomness: 95 bits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(16))


def normal(password: str) -> str:
    """Return the one form of all texts that look the same, which is what is hashed and checked."""
    return unicodedata.normalize("NFKD", password)
