"""Drafts of plans: their grids, their edits, automatic designs, and the way to being published.

Revision ID: 0006
Revises: 0005
"""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"

_COLUMNS = (
    "shared", "editors", "effective_at", "submitted_by", "submitted_at", "approved_by", "published_by",
)  # fmt: skip


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for table in ("plan_jobs", "draft_edits", "draft_grids", "drafts"):
        op.execute(f"DROP TABLE {table}")
    for column in _COLUMNS:
        op.execute(f"ALTER TABLE plans DROP COLUMN {column} CASCADE")
