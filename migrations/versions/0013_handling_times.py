"""Know how long incidents of each class are handled.

Revision ID: 0013
Revises: 0012
"""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("ALTER TABLE grid_measures DROP COLUMN timed_min_a_week, DROP COLUMN timed_a_week")
    op.execute("DROP TABLE handling_times")
