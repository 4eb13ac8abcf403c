"""Compare grids of overlapping duties as numbers.

Revision ID: 0020
Revises: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"

_CONSTRAINT = """
    ALTER TABLE beats DROP CONSTRAINT ex_beats_primary;
    ALTER TABLE beats ADD CONSTRAINT ex_beats_primary EXCLUDE USING gist (
        {grid} WITH =, daterange(valid_from, valid_to) WITH &&
    ) WHERE (role = 'primary')
"""


def upgrade() -> None:
    op.execute(_CONSTRAINT.format(grid="CAST(grid_code AS bigint)"))


def downgrade() -> None:
    op.execute(_CONSTRAINT.format(grid="grid_code"))
