"""One-time codes of an authenticator app (TOTP, RFC 6238)."""

from __future__ import annotations

from typing import Any

from flask_security.totp import Totp
from passlib.exc import UsedTokenError

from gridgis.credentials import code_key
from gridgis.routes.context import context, writing
from gridgis.routes.identity import User
from gridgis.services import accounts

#: A code is good for its half minute and the ones beside it: clocks differ.
_WINDOW_S = 30


class _Codes(Totp):
    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Use the code up, or refuse it where somebody else has used it."""
        with writing("accounts.use_code") as session:
            if not accounts.take_code(session, user.account.login, tmatch.counter):
                raise UsedTokenError


def codes() -> Totp:
    """Return the maker and checker of codes; secrets are stored encrypted with a key of the data folder."""
    config = context().config
    return _Codes({"1": code_key(config)}, issuer=f"GridGIS {config.city_name}")


def is_right(account: accounts.Account, secret: str, code: str) -> bool:
    """Tell whether a code is right for a secret and was not used before; it is used up."""
    digits = code.replace(" ", "")
    if not (digits.isascii() and digits.isdecimal() and len(digits) == 6):
        return False
    return bool(codes().verify_totp(digits, secret, User(account), window=_WINDOW_S))
