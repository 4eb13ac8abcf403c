"""Part the search for buildings' words from the buildings, whose every change wrote it anew.

Revision ID: 0011
Revises: 0008
"""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0008"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS keep_building_pieces() CASCADE")
    op.execute("CREATE INDEX ix_buildings_pieces ON buildings USING gin (text_pieces(name, address))")
    op.execute("DROP TABLE building_pieces")
