"""What workers carry before and after a change, as commands print it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

_SHOWN = 40


def tell_loads(title: str, loads: Sequence[dict[str, Any]]) -> None:
    """Print minutes a week and grids of everyone touched under a title; nothing where nobody is.

    Parameters
    ----------
    loads
        Rows with worker_code, before, after, grids_before and grids_after.
    """
    if loads:
        click.echo(f"{title}:")
    for row in loads[:_SHOWN]:
        click.echo(
            f"  {row['worker_code']}  {row['before']:.0f} -> {row['after']:.0f}  "
            f"({row['grids_before']} -> {row['grids_after']} grids)"
        )
    if len(loads) > _SHOWN:
        click.echo(f"  and {len(loads) - _SHOWN} more")
