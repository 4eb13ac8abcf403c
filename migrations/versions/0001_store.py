"""Make every table of the first store.

Revision ID: 0001
Revises:
"""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

_TABLES = (
    "incident_log", "incidents", "incident_keys", "tracks", "beats", "inspections", "components",
    "buildings", "roads", "workers", "grid_lineage", "grids", "plans", "departments", "divisions", "classes",
    "layer_versions", "serials", "city", "imports",
)  # fmt: skip


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"DROP TABLE IF EXISTS {table} CASCADE")
    op.execute("DROP SEQUENCE incident_id_seq, incident_log_id_seq")
    # functions/*.sql outlive their tables; an empty database has none that an extension did not bring
    op.get_bind().exec_driver_sql("""
        DO $$
        DECLARE
          ours regprocedure;
        BEGIN
          FOR ours IN
            SELECT p.oid FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
          LOOP
            EXECUTE 'DROP FUNCTION ' || ours;
          END LOOP;
        END $$
    """)
