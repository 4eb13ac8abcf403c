"""Finding out who asks: Flask-Security's sessions over our accounts, and bearer tokens."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Flask, Request, Response, current_app, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_security import RoleMixin, Security, UserDatastore, UserMixin, current_user
from flask_wtf import CSRFProtect
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from gridgis.credentials import session_key
from gridgis.database import transaction
from gridgis.models.accounts import ROLES
from gridgis.routes.caller import ANONYMOUS, VOUCHED, Caller, current, is_encrypted, remote_address
from gridgis.routes.context import context
from gridgis.scope import EVERYTHING
from gridgis.services import accounts, tokens
from gridgis.services.accounts import Account
from gridgis.services.tokens import Token

if TYPE_CHECKING:
    from sqlalchemy import Engine

_T = TypeVar("_T")

#: An account that is disabled, or a token that is revoked, is refused by every process this soon.
REMEMBERED_S = 1.0
_MOST_REMEMBERED = 10_000

#: Passwords and codes tried from one address; each server process counts for itself.
LOGIN_RATE = RateLimitItemPerMinute(20)

csrf = CSRFProtect()


class Directory:
    """The accounts and tokens that one process has asked for in the last moment.

    A map asks for hundreds of tiles a minute; each of them asking the database who wants it would cost
    more than the tile.
    """

    def __init__(self, engine: Engine, admin_token: str) -> None:
        self._engine = engine
        self._admin_token = admin_token
        self._found: dict[Hashable, tuple[float, Any]] = {}
        self._lock = Lock()

    def account(self, key: str) -> Account | None:
        """Return the account whose sessions carry `key`."""

        def find() -> Account | None:
            with transaction(self._engine, read_only=True) as database:
                return accounts.by_session_key(database, key)

        return self._remembered(("account", key), find)

    def by_session(self, key: str) -> Caller | None:
        """Return who has a session of this key, if they still may log in."""
        account = self.account(key)
        return _of_account(account) if account is not None and account.active else None

    def by_token(self, secret: str) -> Caller | None:
        """Return who calls with this token, and note its use; None when it is not good."""
        if hmac.compare_digest(secret.encode(), self._admin_token.encode()):
            return Caller("admin token", accounts.ADMINISTRATOR, EVERYTHING)

        def find() -> Token | None:
            with transaction(self._engine) as database:
                token = tokens.by_secret(database, secret)
                if token is not None:
                    tokens.used(database, token.id, datetime.now(UTC))
                return token

        token = self._remembered(("token", secret), find)
        if token is None or not token.is_valid(datetime.now(UTC)):
            return None
        return Caller(f"token:{token.name}", token.role, token.scope, token.department_code)

    def forget(self) -> None:
        """Ask again for everybody: something was changed here."""
        with self._lock:
            self._found.clear()

    def _remembered(self, key: Hashable, find: Callable[[], _T]) -> _T:
        now = time.monotonic()
        until, found = self._found.get(key, (0.0, None))
        if until < now:
            found = find()
            with self._lock:
                if len(self._found) > _MOST_REMEMBERED:
                    self._found.clear()
                self._found[key] = (now + REMEMBERED_S, found)
        return cast("_T", found)


class Role(RoleMixin):
    """A role as Flask-Security knows it; what it may do is ours to say (access.py)."""

    def __init__(self, name: str) -> None:
        self.name = name


class User(UserMixin):
    """An account as Flask-Security knows it."""

    fs_uniquifier = ""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.username = account.login
        self.password = account.password_hash
        self.active = account.active
        self.fs_uniquifier = account.session_key
        self.roles = [Role(account.role)]


class Datastore(UserDatastore):
    """Our accounts, read and written by our services."""

    def __init__(self, directory: Directory) -> None:
        super().__init__(User, Role)
        self.directory = directory

    def find_user(self, case_insensitive: bool = False, **value: Any) -> User | None:
        """Return the user with a session key, or with a login, whatever its case."""
        if "fs_uniquifier" in value:
            account = self.directory.account(value["fs_uniquifier"])
        else:
            with transaction(context().engine, read_only=True) as database:
                account = accounts.find(database, value["username"])
        return None if account is None else User(account)

    def find_role(self, role: str) -> Role | None:
        """Return a role by its name."""
        return Role(role) if role in ROLES else None

    def put(self, model: User) -> User:
        """Keep a password's new hash: the only thing Flask-Security changes by itself."""
        with transaction(context().engine) as database:
            accounts.rehash(database, model.account.login, str(model.password))
        return model

    def commit(self) -> None:
        """Do nothing: `put` has committed."""


class _Cookies(SecureCookieSessionInterface):
    """Session cookies that HTTPS alone carries, where the caller uses it.

    Most requests come with a token and have no session: for them no signature is prepared.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session or session.modified:
            super().save_session(app, session, response)
        else:
            response.vary.add("Cookie")

    def get_cookie_secure(self, app: Flask) -> bool:
        return is_encrypted()


def install(app: Flask) -> None:
    """Give `app` sessions, log-in by password, protection against forged forms, and a limit on log-ins."""
    with app.app_context():
        config, book = context().config, Directory(context().engine, context().admin_token)
    app.config.update(
        SECRET_KEY=session_key(config),
        SESSION_COOKIE_NAME="gridgis_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=config.session_idle_s),
        WTF_CSRF_CHECK_DEFAULT=False,  # bearer tokens cannot be forged; access.py checks sessions
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of a scheme
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"username": {"mapper": str, "case_insensitive": True}}],
    )
    app.session_interface = _Cookies()
    csrf.init_app(app)
    security = Security(app, Datastore(book), register_blueprint=False)
    security.login_manager.request_loader(_by_session_only)
    security.principal.identity_loaders.clear()  # nothing asks it: what a role may do stands in access.py
    app.extensions["gridgis.directory"] = book
    app.extensions["gridgis.logins"] = FixedWindowRateLimiter(MemoryStorage())


def directory() -> Directory:
    """Return the directory of the present application."""
    found = current_app.extensions["gridgis.directory"]
    assert isinstance(found, Directory)  # noqa: S101 - for the type checker
    return found


def check_login_rate() -> None:
    """Refuse with 429 a password or code from an address that has tried too many in this minute."""
    limiter: FixedWindowRateLimiter = current_app.extensions["gridgis.logins"]
    who = remote_address()
    if not limiter.hit(LOGIN_RATE, who):
        again_s = max(1, round(limiter.get_window_stats(LOGIN_RATE, who).reset_time - time.time()))
        raise TooManyRequests(f"{LOGIN_RATE} is accepted; try again in {again_s} s", retry_after=again_s)


def identify() -> Caller | None:
    """Return who makes the present request, `ANONYMOUS` for nobody; None where a token shown is not good."""
    vouched = request.environ.get(VOUCHED)
    if isinstance(vouched, Caller):
        return vouched
    shown = request.authorization
    if shown is not None:
        return directory().by_token(shown.token or "") if shown.type == "bearer" else None
    user = current_user if "_user_id" in session else None
    if user is None or not user.is_authenticated:
        return ANONYMOUS
    _keep_session()
    return _of_account(user.account)


def standing() -> Callable[[], bool]:
    """Return a question to be asked later, when the request is over but its answer is not.

    It tells whether the caller may still see exactly what they may see now.
    """
    who, book = current(), directory()
    if who.login is not None:
        key = str(session["_user_id"])
        return lambda: book.by_session(key) == who
    secret = request.authorization.token if request.authorization is not None else None
    return lambda: book.by_token(secret or "") == who


def _of_account(account: Account) -> Caller:
    return Caller(account.login, account.role, account.scope, account.department_code, login=account.login)


def _keep_session() -> None:
    """Put the end of an idle session off; not at every request, or every answer would carry a cookie."""
    now = time.time()
    if now - session.get("seen_at", 0.0) > context().config.session_idle_s / 20:
        session["seen_at"] = now


def _by_session_only(_request: object) -> None:
    """Take no other of Flask-Security's ways to say who one is: bearer tokens are ours."""
