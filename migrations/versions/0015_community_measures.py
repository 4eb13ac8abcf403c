"""Keep the figures of communities beside those of their grids.

Revision ID: 0015
Revises: 0014
"""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for event in ("insert", "update", "delete", "truncate"):
        op.execute(f"DROP TRIGGER community_measures_{event} ON grid_measures")
    op.execute("DROP FUNCTION keep_community_measures")
    op.execute("DROP TABLE community_loads, community_measures")
