"""The ``gridgis`` command: one file a subcommand under ``cli/``, loaded when it is called."""

from __future__ import annotations

import importlib
import pkgutil
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

import click

from gridgis import cli
from gridgis.errors import GridgisError

#: Modules of ``gridgis/cli`` that are parts of commands and none themselves.
PARTS = frozenset({"acting", "designing", "drafts", "loads", "publishing"})


class _Commands(click.Group):
    """Finds ``gridgis NAME`` in ``gridgis/cli/NAME.py``, whose `command` it is.

    Only the module asked for is imported, so that ``gridgis db status`` does not wait for geopandas.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        names = {module.name for module in pkgutil.iter_modules(cli.__path__)}
        return sorted(name.replace("_", "-") for name in names - PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        return importlib.import_module(f"gridgis.cli.{cmd_name.replace('-', '_')}").command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it refuses is one line on stderr and exit code 1."""
        try:
            return super().invoke(ctx)
        except GridgisError as error:
            click.secho(f"error: {error.message}", fg="red", err=True)
            ctx.exit(1)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gridgis")
def main() -> None:
    """GridGIS: the operating map of a city that is managed by grids.

    Settings are GRIDGIS_* variables; docs/settings.md lists them.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    """End as after Ctrl-C, so that what was started is stopped."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main(prog_name="gridgis")
