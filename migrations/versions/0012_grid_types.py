"""Give grids a type and a sub-status, in drafts too.

Revision ID: 0012
Revises: 0011
"""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("ALTER TABLE draft_grids DROP COLUMN sub_status")
    op.execute("ALTER TABLE grids DROP COLUMN sub_status, DROP COLUMN kind")
