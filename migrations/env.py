"""Runs migrations on the connection that gridgis.services.migrating (or `alembic -x url=…`) hands over."""

from alembic import context
from sqlalchemy import Connection, create_engine, text

from gridgis.models.metadata import metadata
from gridgis.paths import resource


def _ours(thing, name, kind, reflected, compare_to) -> bool:
    """Leave alone what PostGIS brings and the partitions, which are made on demand."""
    table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", None)
    return not reflected or table in metadata.tables


def _recreate_functions(connection: Connection) -> None:
    """Functions and triggers are written over after every upgrade, so that their files are the truth."""
    functions = sorted((resource("migrations") / "functions").glob("*.sql"))
    layers = sorted((resource("tiles") / "layers").glob("*.sql"))
    for file in [*functions, *layers]:
        connection.exec_driver_sql(file.read_text(encoding="utf-8").replace("%", "%%"))


def _run(connection: Connection) -> None:
    connection.execute(text("SET lock_timeout = '30s'"))
    connection.execute(text("SET statement_timeout = '30min'"))
    # one migration at a time, whoever starts it; gridgis.services.migrating takes the same lock
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('gridgis migrations'))"))
    context.configure(
        connection=connection, target_metadata=metadata, include_object=_ours, transaction_per_migration=False
    )
    with context.begin_transaction():
        context.run_migrations()
        at_head = set(context.get_context().get_current_heads()) == set(context.script.get_heads())
        if at_head:
            _recreate_functions(connection)


connection = context.config.attributes.get("connection")
if connection is not None:
    _run(connection)
else:
    with create_engine(context.get_x_argument(as_dictionary=True)["url"]).begin() as own:
        _run(own)
