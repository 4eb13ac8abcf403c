"""Keep what tiles are made from.

Revision ID: 0002
Revises: 0001
"""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

_TABLES = (
    "tile_changes", "tile_versions", "worker_positions", "grid_counts", "division_shapes", "grid_shapes",
)  # fmt: skip
_FUNCTIONS = ("note_tile_change", "keep_grid_counts", "drop_stale_shapes", "keep_worker_positions")


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for function in _FUNCTIONS:  # and the triggers on older tables that call them
        op.execute(f"DROP FUNCTION IF EXISTS {function} CASCADE")
    op.execute("DROP INDEX ix_incidents_open_geom_3857")
    for table in _TABLES:
        op.execute(f"DROP TABLE {table}")
