"""Who asks: one object a request, and where the request comes from."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from flask import g, request

from gridgis.scope import NOTHING, Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody known, or nobody.

    Attributes
    ----------
    name
        What the audit log calls them: a login, ``token:`` and a token's name, or ``admin token``.
    role
        One of `gridgis.models.accounts.ROLES`, or ``anonymous``.
    scope
        The part of the city they see.
    department_code
        The department they answer for.
    login
        The account, where a person logged in.
    """

    name: str
    role: str
    scope: Scope
    department_code: str | None = None
    login: str | None = None


#: Where a request's environment holds its `Caller`, put there by our own process (printing.py); what comes
#: over the network can only set names that begin with ``HTTP_``.
VOUCHED = "gridgis.caller"

ANONYMOUS = Caller("nobody", "anonymous", NOTHING)


def current() -> Caller:
    """Return who makes the present request; nobody until its rule was checked (access.py)."""
    caller = g.get("caller", ANONYMOUS)
    assert isinstance(caller, Caller)  # noqa: S101 - for the type checker
    return caller


def remote_address() -> str:
    """Return the address the request comes from; a proxy on this machine is believed about its caller."""
    address = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        if forwarded and (not address or ip_address(address).is_loopback):
            return str(ip_address(forwarded))
    except ValueError:
        pass
    return address


def is_encrypted() -> bool:
    """Whether the caller reaches us by HTTPS, perhaps through a proxy that ends it."""
    return request.is_secure or request.headers.get("X-Forwarded-Proto", "") == "https"
