"""Let a plan change every grid of a city within a minute, and be taken back with types and workers.

Revision ID: 0014
Revises: 0013
"""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP TABLE plan_words")
    op.execute("""
        ALTER TABLE grid_counts DROP CONSTRAINT fk_grid_counts_grid_code, DROP CONSTRAINT pk_grid_counts;
        ALTER TABLE grid_counts ADD CONSTRAINT pk_grid_counts PRIMARY KEY (layer, grid_code),
          ADD CONSTRAINT fk_grid_counts_grid_code FOREIGN KEY (grid_code) REFERENCES grids ON DELETE CASCADE
    """)
    for table in ("buildings", "components"):
        op.create_index(f"ix_{table}_geom", table, ["geom"], postgresql_using="gist")
        op.create_foreign_key(f"fk_{table}_grid_code", table, "grids", ["grid_code"], ["code"])
