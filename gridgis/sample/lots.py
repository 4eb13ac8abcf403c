"""Footprints inside grids: frontages along the roads, rows behind them, none touching another or a border."""

from __future__ import annotations

import numpy as np
from numba import njit

#: Columns of a footprint: centre x, y, heading (radians), half width, half depth; metres.
COLUMNS = 5
_CLEARANCE_M = 3.0


@njit(cache=True)
def _keeps_off(x: np.ndarray, y: np.ndarray, margin: np.ndarray, lot: np.ndarray, inflate: float) -> bool:
    """Whether a rectangle lies inside a ring, its corners ``margin`` of each edge away from that edge."""
    n = len(x)
    c, s, w, d = np.cos(lot[2]), np.sin(lot[2]), lot[3] + inflate, lot[4] + inflate
    for k in range(4):
        a, b = (w if k in (0, 3) else -w), (d if k < 2 else -d)
        px, py = lot[0] + a * c - b * s, lot[1] + a * s + b * c
        inside = False
        for i in range(n):
            j = i + 1 if i + 1 < n else 0
            ex, ey = x[j] - x[i], y[j] - y[i]
            if (y[i] > py) != (y[j] > py) and px < x[i] + (py - y[i]) / ey * ex:
                inside = not inside
            t = min(1.0, max(0.0, ((px - x[i]) * ex + (py - y[i]) * ey) / (ex * ex + ey * ey)))
            gx, gy = px - x[i] - t * ex, py - y[i] - t * ey
            if gx * gx + gy * gy < margin[i] * margin[i]:
                return False
        if not inside:
            return False
    for i in range(n):  # a border that bends inwards between the corners
        a, b = (x[i] - lot[0]) * c + (y[i] - lot[1]) * s, (y[i] - lot[1]) * c - (x[i] - lot[0]) * s
        if abs(a) < w + margin[i] and abs(b) < d + margin[i]:
            return False
    return True


@njit(cache=True)
def _extent(lot: np.ndarray, angle: float) -> float:
    """Half the length of a rectangle's shadow on an axis."""
    return lot[3] * abs(np.cos(lot[2] - angle)) + lot[4] * abs(np.sin(lot[2] - angle))


@njit(cache=True)
def _parted(p: np.ndarray, q: np.ndarray, gap: float) -> bool:
    """Whether two rectangles are at least ``gap`` apart along one of their four axes (separating axes)."""
    dx, dy = q[0] - p[0], q[1] - p[1]
    reach = np.hypot(p[3], p[4]) + np.hypot(q[3], q[4]) + gap
    if dx * dx + dy * dy > reach * reach:
        return True
    for k in range(4):
        angle = (p[2] if k < 2 else q[2]) + (k % 2) * np.pi / 2
        reach = _extent(p, angle) + _extent(q, angle) + gap
        if abs(dx * np.cos(angle) + dy * np.sin(angle)) > reach:
            return True
    return False


@njit(cache=True)
def _accept(
    x: np.ndarray, y: np.ndarray, margin: np.ndarray, lots: np.ndarray, count: int, gap: float
) -> bool:
    """Whether the footprint in row ``count`` may stand beside the rows before it."""
    lot = lots[count]
    for k in range(count):
        if not _parted(lots[k], lot, gap):
            return False
    return _keeps_off(x, y, margin, lot, 0.0)


@njit(cache=True)
def _frontage(
    x: np.ndarray,
    y: np.ndarray,
    margin: np.ndarray,
    size: np.ndarray,
    wanted: int,
    dice: np.ndarray,
    lots: np.ndarray,
) -> int:
    """Place footprints along a ring (counter-clockwise), facing its edges; returns how many."""
    n = len(x)
    along = np.zeros(n + 1)
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        along[i + 1] = along[i] + np.hypot(x[j] - x[i], y[j] - y[i])
    step = max(along[n] / max(wanted, 1), 2 * size[0] * 0.85 + _CLEARANCE_M)
    place, count, tried, gap = dice[0, 0] * step, 0, 0, min(_CLEARANCE_M, size[2])
    while place < along[n] and count < wanted and tried < len(dice):
        roll = dice[tried]
        tried += 1
        half_w, half_d = size[0] * (0.75 + 0.4 * roll[1]), size[1] * (0.8 + 0.35 * roll[2])
        i = min(np.searchsorted(along, place, side="right") - 1, n - 1)
        j = i + 1 if i + 1 < n else 0
        length = along[i + 1] - along[i]
        t, ex, ey = (place - along[i]) / length, (x[j] - x[i]) / length, (y[j] - y[i]) / length
        back = margin[i] + half_d + 0.6 + 2.5 * roll[3]
        lots[count, 0], lots[count, 1] = (
            x[i] + t * (x[j] - x[i]) - ey * back,
            y[i] + t * (y[j] - y[i]) + ex * back,
        )
        lots[count, 2], lots[count, 3], lots[count, 4] = np.arctan2(ey, ex), half_w, half_d
        if _accept(x, y, margin, lots, count, gap):
            count += 1
            place += step * (0.9 + 0.35 * roll[0])
        else:
            place += step * 0.35
    return count


@njit(cache=True)
def _rows(  # noqa: PLR0913, PLR0917 -- compiled code takes arrays, not objects
    x: np.ndarray,
    y: np.ndarray,
    margin: np.ndarray,
    size: np.ndarray,
    heading: float,
    wanted: int,
    dice: np.ndarray,
    lots: np.ndarray,
    count: int,
) -> int:
    """Fill a ring with rows of footprints along a heading until ``wanted`` stand; returns how many stand."""
    c, s = np.cos(heading), np.sin(heading)
    a, b = x * c + y * s, y * c - x * s
    # room for more rows than are wanted: larger footprints, wider apart, up to a point; then a part stays
    # empty
    area = _inner_area(a, b)
    one = (2 * size[0] * 1.06 + size[2]) * (2 * size[1] * 1.06 + size[2])
    spare = np.sqrt(min(max(0.6 * area / one / max(wanted - count, 1), 1.0), 3.2 if size[0] > 10 else 1.9))
    grown = spare**0.3
    pitch_a, pitch_b = (2 * size[0] * 1.06 + size[2]) * spare, (2 * size[1] * 1.06 + size[2]) * spare
    gap = min(pitch_a - 2.12 * size[0] * grown, pitch_b - 2.12 * size[1] * grown)
    columns, rows = int((a.max() - a.min()) / pitch_a) + 1, int((b.max() - b.min()) / pitch_b) + 1
    cells = columns * rows
    first = int(dice[0, 0] * cells)
    for k in range(cells):
        if count >= wanted:
            break
        cell = (first + k) % cells
        roll = dice[cell % len(dice)]
        row, column = cell // columns, cell % columns
        half_w, half_d = grown * size[0] * (0.82 + 0.24 * roll[1]), grown * size[1] * (0.82 + 0.24 * roll[2])
        slack_a, slack_b = pitch_a / 2 - half_w - gap / 2, pitch_b / 2 - half_d - gap / 2
        pa = a.min() + (column + 0.5) * pitch_a + (roll[3] * 2 - 1) * max(slack_a, 0.0)
        pb = b.min() + (row + 0.5) * pitch_b + (roll[0] * 2 - 1) * max(slack_b, 0.0)
        lots[count, 0], lots[count, 1] = pa * c - pb * s, pa * s + pb * c
        lots[count, 2], lots[count, 3], lots[count, 4] = heading, half_w, half_d
        if _accept(x, y, margin, lots, count, min(gap, _CLEARANCE_M)):
            count += 1
    return count


@njit(cache=True)
def _heading(x: np.ndarray, y: np.ndarray) -> float:
    """Return the direction most of a ring follows, modulo a right angle (mean of fourfold angles)."""
    s, c, n = 0.0, 0.0, len(x)
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        ex, ey = x[j] - x[i], y[j] - y[i]
        s += np.hypot(ex, ey) * np.sin(4 * np.arctan2(ey, ex))
        c += np.hypot(ex, ey) * np.cos(4 * np.arctan2(ey, ex))
    return np.arctan2(s, c) / 4


@njit(cache=True)
def _inner_area(a: np.ndarray, b: np.ndarray) -> float:
    total, n = 0.0, len(a)
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        total += a[i] * b[j] - a[j] * b[i]
    return 0.5 * abs(total)


@njit(cache=True)
def place_lots(
    xy: np.ndarray,
    ring_start: np.ndarray,
    margin: np.ndarray,
    wanted: np.ndarray,
    sizes: np.ndarray,
    frontage: np.ndarray,
    dice: np.ndarray,
    placed: np.ndarray,
) -> np.ndarray:
    """Place footprints in every grid; returns (sum of ``placed``, 5) rows of ``COLUMNS``.

    Parameters
    ----------
    xy, ring_start, margin
        (points, 2) the rings in order, metres; (grids + 1,) offsets into them; (points,) distance to keep
        from the edge that starts at each point.
    wanted, sizes, frontage
        A row a grid: footprints to place where there is room; half width, half depth and gap; share of them
        along the roads.
    dice
        (many, 4) uniform numbers; grids start at different rows.
    placed
        (grids,) filled with how many were placed.
    """
    out, total = np.empty((wanted.sum(), COLUMNS)), 0
    placed[:] = 0
    for g in np.flatnonzero(wanted):
        a, b = ring_start[g], ring_start[g + 1]
        x, y, keep = xy[a:b, 0].copy(), xy[a:b, 1].copy(), margin[a:b]
        offset = (g * 7919) % (len(dice) - 2048)
        rolls, lots = dice[offset : offset + 2048], np.empty((wanted[g] + 1, COLUMNS))
        heading = _heading(x, y) + (np.pi / 2 if rolls[1, 0] < 0.5 else 0.0)
        count = _frontage(x, y, keep, sizes[g], int(wanted[g] * frontage[g] + 0.5), rolls, lots)
        count = _rows(x, y, keep, sizes[g], heading, wanted[g], rolls, lots, count)
        for k in range(count * COLUMNS):
            out[total + k // COLUMNS, k % COLUMNS] = lots[k // COLUMNS, k % COLUMNS]
        placed[g], total = count, total + count
    return out[:total].copy()
