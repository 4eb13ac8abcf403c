"""Days of incidents, counted once; indexes for names, addresses and the newest incidents.

Revision ID: 0005
Revises: 0004
"""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS keep_incident_days() CASCADE")
    op.execute("DROP FUNCTION IF EXISTS buildings_named(text, text[], integer)")
    op.execute("DROP INDEX ix_buildings_pieces, ix_incidents_reported_at")
    op.execute("DROP FUNCTION text_pieces(text, text)")
    op.execute("DROP TABLE incident_days")
    op.execute("ALTER TABLE city DROP COLUMN time_zone")
