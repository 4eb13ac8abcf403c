"""Where the folders beside the code are: in a checkout, or inside the installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent


def resource(name: str) -> Path:
    """Return the folder ``migrations``, ``tiles``, ``web`` or ``data``.

    A wheel carries them in ``gridgis/_resources``; a checkout has them at its top level.
    """
    packed = _PACKAGE / "_resources" / name
    return packed if packed.is_dir() else _CHECKOUT / name
