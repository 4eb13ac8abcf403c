"""How loops that numpy cannot express are compiled. Importing this loads numba (0.8 s): do it late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def compiled(function: Callable[..., Any]) -> Any:
    """Compile on first call, without the GIL, and keep the machine code where that is possible.

    numba keeps it in ``__pycache__`` beside the function's file, or in the user's cache folder when that is
    read-only (an installed wheel). Where neither can be written, as in a sealed container, numba refuses the
    decorator itself; there the code is compiled once in each process, in about three seconds.
    """
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:
        return numba.njit(nogil=True, error_model="numpy")(function)
