"""List what stands in each grid, so that a row that changes its grid writes no index.

Revision ID: 0019
Revises: 0018
"""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for table in ("buildings", "components"):
        for event in ("insert", "update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER IF EXISTS grid_contents_{event} ON {table}")
        op.execute(f"CREATE INDEX ix_{table}_grid_code ON {table} (grid_code text_pattern_ops)")
    for table in ("buildings", "components", "grids"):
        op.execute(f"ALTER TABLE {table} RESET (fillfactor)")
    for function in ("keep_grid_contents()", "standing_in(text, text[])", "standing_below(text, text[])"):
        op.execute(f"DROP FUNCTION IF EXISTS {function}")
    op.drop_table("grid_contents")
