"""Accounts of staff, tokens of departments, and the audit log that nothing can rewrite."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from gridgis.models.base import Base

ROLES = ("public", "worker", "operator", "planner", "officer", "analyst", "administrator")

_ROLE = f"role IN ({', '.join(repr(role) for role in ROLES)})"
_PREFIXES = "array_to_string(prefixes, ',') ~ '^([0-9]{2,15}(,[0-9]{2,15})*)?$'"


class Account(Base):
    """Who may log in: a login and an opaque staff code, nothing else about the person (P03)."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("login ~ '^[a-z0-9][a-z0-9._-]{1,31}$'", name="login"),
        CheckConstraint("staff_code ~ '^[0-9A-Za-z_-]{1,32}$'", name="staff_code"),
        CheckConstraint(_ROLE, name="role"),
        CheckConstraint(_PREFIXES, name="prefixes"),
        CheckConstraint("role <> 'officer' OR department_code IS NOT NULL", name="officer"),
        CheckConstraint("password_hash ~ '^[$]argon2id[$]'", name="password_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    staff_code: Mapped[str | None]
    role: Mapped[str]
    prefixes: Mapped[list[str]] = mapped_column(ARRAY(Text))  # '{""}' is the whole city
    department_code: Mapped[str | None] = mapped_column(ForeignKey("departments.code"))
    active: Mapped[bool] = mapped_column(server_default="true")
    password_hash: Mapped[str]
    session_key: Mapped[str] = mapped_column(unique=True)  # a new one ends the account's sessions
    totp_secret: Mapped[str | None]  # encrypted with a key of the data folder
    totp_counter: Mapped[int | None]  # of the last code accepted: none works twice
    failures: Mapped[int] = mapped_column(server_default="0")  # wrong passwords and codes in a row
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_login_at: Mapped[datetime | None]


class Token(Base):
    """What a department's programs call with; only the SHA-256 of the secret is kept."""

    __tablename__ = "tokens"
    __table_args__ = (
        CheckConstraint(f"{_ROLE} AND role <> 'administrator'", name="role"),
        CheckConstraint(_PREFIXES, name="prefixes"),
        CheckConstraint("secret_sha256 ~ '^[0-9a-f]{64}$'", name="secret_sha256"),
        CheckConstraint("expires_at > created_at", name="expires"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    department_code: Mapped[str] = mapped_column(ForeignKey("departments.code"))
    role: Mapped[str]
    prefixes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]  # to the hour


class AuditRow(Base):
    """One thing done: who, when, what, from where; append-only by trigger (functions/append_only.sql)."""

    __tablename__ = "audit"
    __table_args__ = (
        # the newest rows, of all and of one actor
        Index("ix_audit_at", "at"),
        Index("ix_audit_actor_id", "actor", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor: Mapped[str]
    role: Mapped[str]
    action: Mapped[str]
    target: Mapped[str]
    remote: Mapped[str | None]
    request_id: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
