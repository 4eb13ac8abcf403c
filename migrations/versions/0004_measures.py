"""Coverage and workload: cycles, parameters, leave, stored figures, and the queue that keeps them current.

Revision ID: 0004
Revises: 0003
"""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"

_TABLES = (
    "measure_state", "measure_changes", "community_land", "grid_measures", "patrol_days", "track_days",
    "absences", "workload_parameters", "cycles",
)  # fmt: skip


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute("DROP FUNCTION IF EXISTS note_measure_change() CASCADE")
