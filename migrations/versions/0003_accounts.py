"""Accounts, tokens, the audit log, and a role for the web that sees what its scope allows.

Revision ID: 0003
Revises: 0002
"""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    # the role belongs to the whole server, and other databases may use it: its grants go with the tables
    op.get_bind().exec_driver_sql("""
        DO $$
        DECLARE
          ours record;
        BEGIN
          FOR ours IN SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public' LOOP
            EXECUTE format('DROP POLICY %%I ON %%I', ours.policyname, ours.tablename);
            EXECUTE format('ALTER TABLE %%I DISABLE ROW LEVEL SECURITY', ours.tablename);
          END LOOP;
          IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'gridgis_web') THEN
            REVOKE ALL ON ALL TABLES IN SCHEMA public FROM gridgis_web;
            REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM gridgis_web;
          END IF;
        END $$
    """)
    for table in ("audit", "tokens", "accounts"):
        op.execute(f"DROP TABLE {table} CASCADE")
