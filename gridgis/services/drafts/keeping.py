"""Drafts of plans: which there are, who may see and change them, and how one begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridgis.config import Config
from gridgis.errors import Conflict, InvalidInput, NotAllowed, NotFound
from gridgis.scope import Scope
from gridgis.sql import drafts as sql
from gridgis.sql.draft_grids import View

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

#: What a draft may begin with, besides another plan's number.
IN_FORCE, NOTHING = "in_force", "nothing"

_LONGEST_NAME, _LONGEST_DESCRIPTION, _MOST_EDITORS = 200, 4000, 50


@dataclass(frozen=True, slots=True)
class Planner:
    """Who asks.

    Attributes
    ----------
    name
        As the audit log has it; a draft belongs to the name that made it.
    scope
        Divisions whose grids the planner sees and draws.
    may_draw
        Whether the role draws at all; others only look.
    is_administrator
        Administrators see and edit every draft.
    """

    name: str
    scope: Scope
    may_draw: bool = True
    is_administrator: bool = False

    def sees(self, plan: Row[Any]) -> bool:
        """Whether the planner may look at a plan: not at other people's drafts that are not shared."""
        return bool(plan.state != "draft" or plan.shared or self._is_at_home(plan))

    def edits(self, plan: Row[Any]) -> bool:
        """Whether the planner may change a draft: the owner, the editors the owner named, administrators."""
        return plan.state == "draft" and self.may_draw and self._is_at_home(plan)

    def owns(self, plan: Row[Any]) -> bool:
        """Whether the planner may rename, share and delete a plan."""
        return self.may_draw and (self.is_administrator or plan.created_by == self.name)

    def _is_at_home(self, plan: Row[Any]) -> bool:
        return self.is_administrator or self.name == plan.created_by or self.name in plan.editors


def list_(session: Session, planner: Planner) -> list[dict[str, Any]]:
    """Return the plans that a planner may see: drafts first, then the newest in force."""
    return [_told(plan, planner) for plan in sql.select_plans(session) if planner.sees(plan)]


def get(session: Session, planner: Planner, plan_id: int) -> dict[str, Any]:
    """Return one plan.

    Raises
    ------
    NotFound
        There is none of this number, or none the planner may see.
    """
    return _told(seen(session, planner, plan_id), planner)


def seen(session: Session, planner: Planner, plan_id: int) -> Row[Any]:
    """Return a plan's row; errors as of `get`."""
    plan = sql.select_plan(session, plan_id)
    if plan is None or not planner.sees(plan):
        raise _unknown(plan_id)
    return plan


def opened(session: Session, planner: Planner, plan_id: int) -> Row[Any]:
    """Return a draft to be changed, which nobody else changes before this transaction ends.

    Raises
    ------
    NotFound
        As `get`.
    NotAllowed
        It is somebody else's, who has not named the planner an editor.
    Conflict
        It is no draft any more, or submitted for publishing.
    """
    seen(session, planner, plan_id)
    plan = sql.lock_draft(session, plan_id)
    if plan is None or plan.state != "draft":
        raise Conflict(f"plan {plan_id} is published; only drafts are changed: make a new one from it")
    if not planner.edits(plan):
        raise NotAllowed(
            f"draft {plan_id} belongs to {plan.created_by}, who names its editors; a copy would be yours"
        )
    if plan.submitted_by is not None:
        raise Conflict(
            f"draft {plan_id} was submitted by {plan.submitted_by} at {plan.submitted_at:%Y-%m-%d %H:%M} UTC;"
            " withdraw it to change it"
        )
    return plan


def create(
    session: Session, planner: Planner, name: str, *, description: str = "", source: int | str | None = None
) -> dict[str, Any]:
    """Begin a draft.

    Parameters
    ----------
    source
        What it begins with: ``in_force`` (or ``None``), ``nothing`` (then the grids in force of the planner's
        divisions are gone), or the number of another draft, whose grids in those divisions are copied.

    Raises
    ------
    InvalidInput
        The name is empty or a text too long, or `source` is none of these.
    NotFound
        The draft to copy is not there.
    """
    values = _checked(name, description)
    base = sql.select_in_force(session)
    if source in (None, IN_FORCE, NOTHING):
        plan_id = sql.insert_plan(session, values | {"based_on": base, "created_by": planner.name})
        if source == NOTHING:
            sql.clear_grids(session, plan_id, planner.scope.prefixes)
        return get(session, planner, plan_id)
    if not isinstance(source, int):
        raise InvalidInput(
            f"from is {source!r}; a draft's number, {IN_FORCE!r} or {NOTHING!r} is accepted", field="from"
        )
    other = seen(session, planner, source)
    if other.state == "retired":
        raise Conflict(f"plan {source} is retired; a draft begins with the plan in force or another draft")
    based_on = other.id if other.state == "published" else other.based_on
    plan_id = sql.insert_plan(session, values | {"based_on": based_on, "created_by": planner.name})
    if other.state == "draft":
        sql.copy_grids(session, source, plan_id, planner.scope.prefixes)
    return get(session, planner, plan_id)


def update(
    session: Session,
    planner: Planner,
    plan_id: int,
    *,
    name: str | None = None,
    description: str | None = None,
    shared: bool | None = None,
    editors: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Rename, describe or share a draft, or name who else edits it; what is ``None`` stays.

    Raises
    ------
    NotFound, NotAllowed
        It is not there, or not the planner's.
    Conflict
        It is no draft any more.
    InvalidInput
        A text is empty or too long.
    """
    plan = _owned(session, planner, plan_id)
    values = _checked(
        plan.name if name is None else name, plan.description if description is None else description
    )
    named = sorted(set(plan.editors if editors is None else editors))
    if len(named) > _MOST_EDITORS or not all(0 < len(login) <= _LONGEST_NAME for login in named):
        raise InvalidInput(f"editors are at most {_MOST_EDITORS} logins", field="editors")
    values |= {"shared": plan.shared if shared is None else shared, "editors": named}
    sql.update_plan(session, plan_id, values)
    return get(session, planner, plan_id)


def delete(session: Session, planner: Planner, plan_id: int) -> None:
    """Delete a draft with its edits; errors as of `update`, and a submitted one is refused."""
    plan = _owned(session, planner, plan_id)
    if plan.submitted_by is not None:
        raise Conflict(f"draft {plan_id} was submitted by {plan.submitted_by}; withdraw it to delete it")
    sql.delete_plan(session, plan_id)


def view(plan: Row[Any], config: Config, now: datetime) -> View:
    """Return how to ask for a plan's grids and roster: a draft's as of now, a retired plan's as it began."""
    is_draft = plan.state == "draft"
    at = now if is_draft or plan.valid_to is None else plan.valid_from
    return View(plan.id if is_draft else None, at, at.astimezone(config.zone).date())


def _owned(session: Session, planner: Planner, plan_id: int) -> Row[Any]:
    plan = seen(session, planner, plan_id)
    if plan.state != "draft":
        raise Conflict(f"plan {plan_id} is {plan.state}; only drafts are changed")
    if not planner.owns(plan):
        raise NotAllowed(f"plan {plan_id} belongs to {plan.created_by}")
    return plan


def _checked(name: str, description: str) -> dict[str, Any]:
    if not 0 < len(name.strip()) <= _LONGEST_NAME:
        raise InvalidInput(
            f"the name has {len(name.strip())} characters; 1 to {_LONGEST_NAME} are accepted", field="name"
        )
    if len(description) > _LONGEST_DESCRIPTION:
        raise InvalidInput(
            f"the description has {len(description)} characters; at most {_LONGEST_DESCRIPTION} are accepted",
            field="description",
        )
    return {"name": name.strip(), "description": description.strip()}


_TOLD = (
    "id", "name", "description", "state", "based_on", "valid_from", "valid_to", "effective_at", "created_by",
    "created_at", "updated_at", "submitted_by", "submitted_at", "approved_by", "published_by", "shared",
    "editors", "edits", "undone", "changed", "edit_seq", "last_seq",
)  # fmt: skip


def _told(plan: Row[Any], planner: Planner) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in _TOLD} | {
        "may_edit": planner.edits(plan) and plan.submitted_by is None,
        "may_publish": planner.edits(plan) or (plan.submitted_by is not None and planner.may_draw),
        "is_owner": planner.owns(plan),
    }


def _unknown(plan_id: int) -> NotFound:
    return NotFound(f"there is no plan {plan_id}, or none you may see", field="id")
