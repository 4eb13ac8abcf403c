"""Say which leave a deputy covers; one leave of a worker at a time.

Revision ID: 0008
Revises: 0006
"""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP INDEX ix_workers_station, ix_beats_grid_code")
    op.execute("DELETE FROM beats WHERE absence_id IS NOT NULL")
    op.execute("ALTER TABLE beats DROP COLUMN absence_id")
    op.execute("ALTER TABLE absences DROP CONSTRAINT ex_absences_worker")
