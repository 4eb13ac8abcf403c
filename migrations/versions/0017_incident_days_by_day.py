"""Find the days of a month among those of ten years.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    # a summary of 30 days of all streets; the key begins with the division and had every day of each read
    op.create_index("ix_incident_days_level_day", "incident_days", ["level", "day"])


def downgrade() -> None:
    op.drop_index("ix_incident_days_level_day", "incident_days")
