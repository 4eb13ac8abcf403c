"""Accounts of the demonstration: one a role, with passwords by chance that are told at every start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridgis.models.accounts import ROLES
from gridgis.services import accounts, audit, passwords
from gridgis.sql import accounts as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: The role is what stands after it.
STEM = "demo-"

#: Those who see one division in place of the whole city.
_LOCAL = ("officer", "worker")


def exist(session: Session) -> bool:
    """Tell whether this database has them: only then may their passwords be made anew."""
    return any(account.login.startswith(STEM) for account in accounts.listing(session))


def settle(session: Session) -> list[tuple[accounts.Account, str]]:
    """Make the accounts, or give them new passwords; returns each with its password.

    The officer and the worker see one division, that of a department and of a worker of the sample city.
    """
    department, worker = sql.select_local_department(session), sql.select_local_worker(session)
    settled = []
    for role in ROLES:
        login, password = STEM + role, passwords.random_password()
        if accounts.find(session, login) is not None:
            accounts.set_active(session, login, True)
            account = accounts.set_password(session, login, password)
        else:
            own = {"officer": department, "worker": worker}.get(role)
            if role in _LOCAL and own is None:
                continue
            account = accounts.create(
                session,
                login,
                role,
                password=password,
                divisions=[own.division_code] if own is not None else [accounts.WHOLE_CITY],
                department_code=own.department_code if own is not None else None,
                staff_code=own.staff_code if own is not None else None,
            )
        settled.append((account, password))
    audit.record(session, audit.Deed("gridgis demo", accounts.ADMINISTRATOR, "accounts.settle_demo"))
    return settled
