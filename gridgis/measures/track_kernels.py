"""The compiled loops over tracks. Importing this loads numba (0.8 s): the callers do it late."""

from __future__ import annotations

import numpy as np

from gridgis.geometry.compiling import compiled

#: Borders a single leg may cross; what lies beyond the last is given to the grid of its middle.
_MOST_CROSSINGS = 1024


@compiled
def follow(worker, at_s, x, y, gap_s, speed_m_s, stay_m):  # type: ignore[no-untyped-def]
    """Walk along fixes sorted by worker and time, and hold every pause at the place where it began.

    Returns
    -------
    far
        Whether a fix was too far from the one before to be reached, and is left out.
    anchor
        (n, 2) where the worker is taken to be at each fix.
    before
        The fix a leg comes from, -1 where a track begins or goes on after a gap.
    """
    n = len(x)
    far = np.zeros(n, dtype=np.bool_)
    anchor = np.empty((n, 2))
    before = np.full(n, -1, dtype=np.int64)
    last = -1
    for i in range(n):
        anchor[i, 0], anchor[i, 1] = x[i], y[i]
        if last >= 0 and worker[i] == worker[last]:
            passed_s = at_s[i] - at_s[last]
            if passed_s <= gap_s:
                if np.hypot(x[i] - x[last], y[i] - y[last]) > speed_m_s * passed_s:
                    far[i] = True
                    continue
                before[i] = last
                if np.hypot(x[i] - anchor[last, 0], y[i] - anchor[last, 1]) <= stay_m:
                    anchor[i] = anchor[last]
        last = i
    return far, anchor, before


@compiled
def listed_in_cells(boxes, across, cells):  # type: ignore[no-untyped-def]
    """List, for each cell of a raster, which boxes (columns and rows: west, south, east, north) reach it."""
    start = np.zeros(cells + 1, dtype=np.int64)
    for filling in range(2):
        if filling:
            start[1:] = np.cumsum(start[:-1].copy())
            start[0] = 0
            listed = np.empty(start[-1], dtype=np.int32)
            next_free = start[:-1].copy()
        for i in range(len(boxes)):
            for row in range(boxes[i, 1], boxes[i, 3] + 1):
                for column in range(boxes[i, 0], boxes[i, 2] + 1):
                    cell = row * across + column
                    if filling:
                        listed[next_free[cell]] = i
                        next_free[cell] += 1
                    else:
                        start[cell] += 1
    return start, listed


@compiled
def cut(legs, boxes, edges, raster, pieces):  # type: ignore[no-untyped-def]
    """Cut legs where they cross edges.

    Parameters
    ----------
    legs, edges
        (n, 4) x, y of both ends.
    boxes
        (n, 4) the cells each leg reaches.
    raster
        What `listed_in_cells` returned of the edges, and the cells across.
    pieces
        Output (m, 3): leg, and the shares of it where the piece begins and ends.

    Returns
    -------
    The number of pieces; they were written only if it is not above `m`.
    """
    start, listed, across = raster
    found = 0
    at = np.empty(_MOST_CROSSINGS + 1)
    for i in range(len(legs)):
        x, y = legs[i, 0], legs[i, 1]
        dx, dy = legs[i, 2] - x, legs[i, 3] - y
        count = 0
        if dx != 0.0 or dy != 0.0:
            for row in range(boxes[i, 1], boxes[i, 3] + 1):
                for column in range(boxes[i, 0], boxes[i, 2] + 1):
                    cell = row * across + column
                    for k in range(start[cell], start[cell + 1]):
                        e = listed[k]
                        ex, ey = edges[e, 2] - edges[e, 0], edges[e, 3] - edges[e, 1]
                        turn = dx * ey - dy * ex
                        if turn == 0.0:
                            continue
                        rx, ry = edges[e, 0] - x, edges[e, 1] - y
                        share, along = (rx * ey - ry * ex) / turn, (rx * dy - ry * dx) / turn
                        if 0.0 < share < 1.0 and 0.0 <= along <= 1.0 and count < _MOST_CROSSINGS:
                            at[count] = share
                            count += 1
        at[count] = 1.0
        begun = 0.0
        for share in np.sort(at[: count + 1]):
            if share > begun:
                if found < len(pieces):
                    pieces[found, 0], pieces[found, 1], pieces[found, 2] = i, begun, share
                found += 1
                begun = share
    return found


@compiled
def reach(legs, boxes, bit, xy, raster, within_m, reached):  # type: ignore[no-untyped-def]
    """Set in `reached` (m,) the `bit` of every leg that passes a point within a distance."""
    start, listed, across = raster
    limit = within_m * within_m
    for i in range(len(legs)):
        ax, ay = legs[i, 0], legs[i, 1]
        dx, dy = legs[i, 2] - ax, legs[i, 3] - ay
        square = dx * dx + dy * dy
        for row in range(boxes[i, 1], boxes[i, 3] + 1):
            for column in range(boxes[i, 0], boxes[i, 2] + 1):
                cell = row * across + column
                for k in range(start[cell], start[cell + 1]):
                    p = listed[k]
                    if reached[p] & bit[i]:
                        continue
                    rx, ry = xy[p, 0] - ax, xy[p, 1] - ay
                    along = 0.0 if square == 0.0 else min(1.0, max(0.0, (rx * dx + ry * dy) / square))
                    rx, ry = rx - along * dx, ry - along * dy
                    if rx * rx + ry * ry <= limit:
                        reached[p] |= bit[i]
