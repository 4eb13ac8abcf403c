"""The compiled loops of the cell index. Importing this loads numba (0.8 s), so `cell_index` does it late."""

from __future__ import annotations

from typing import Any

import numpy as np

from gridgis.geometry.compiling import compiled

#: Side of a block of cells; a power of two, since a cell is found by shifts and masks.
BLOCK_BITS = 4
BLOCK = 1 << BLOCK_BITS
CELLS_IN_BLOCK = BLOCK * BLOCK

#: Answers of `covering`: no polygon covers the point; rounding hides the side and exact arithmetic must say.
NOWHERE, UNSURE = -1, -2
#: A raster value below this names a list of candidates at ``FIRST_LIST - value``.
FIRST_LIST = -2

# Shewchuk (1997): a determinant above this share of the sum of its two products has the sign it shows.
_SURE = 3.3306690738754716e-16
# Cells this near an edge count as touched: far above rounding (1e-11 of a cell), far below a cell.
_PAD = 1e-6
# Mean number of edges in a slab of a polygon.
_EDGES_IN_SLAB = 8
_OUTSIDE, _COVERED, _HIDDEN = 0, 1, 2
# Points with candidates are sorted into so many heaps; their counters fit the first-level cache.
_BUCKETS = 2048


@compiled
def slabs(y, edges, south, per_degree, slab_starts):  # type: ignore[no-untyped-def]
    """Sort the edges of each polygon into horizontal slabs, so that a point looks at a few of them.

    An edge is named by its first vertex. `edges` holds a row (first, last, polygon) per ring, vertices
    last-exclusive. An edge is in every slab its ends reach, computed as for points: being monotone in y,
    that misses none.

    Returns
    -------
    starts, slab_edges
        The edges of slab s are ``slab_edges[starts[s]:starts[s + 1]]``; polygon p has the slabs from
        ``slab_starts[p]`` to ``slab_starts[p + 1]``.
    """
    starts = np.zeros(slab_starts[-1] + 1, dtype=np.int32)
    for filling in range(2):
        if filling:
            slab_edges = np.empty(starts[-1], dtype=np.int32)
            cursor = starts[:-1].copy()
        for ring in range(len(edges)):
            first, last, polygon = edges[ring]
            base, count = slab_starts[polygon], slab_starts[polygon + 1] - slab_starts[polygon]
            for v in range(first, last - 1):
                a = int((y[v] - south[polygon]) * per_degree[polygon])
                b = int((y[v + 1] - south[polygon]) * per_degree[polygon])
                for slab in range(base + min(a, b, count - 1), base + min(max(a, b), count - 1) + 1):
                    if filling:
                        slab_edges[cursor[slab]] = v
                        cursor[slab] += 1
                    else:
                        starts[slab + 1] += 1
        if not filling:
            for slab in range(len(starts) - 1):
                starts[slab + 1] += starts[slab]
    return starts, slab_edges


@compiled
def _mark_edge(marks, width, height, ax, ay, bx, by):  # type: ignore[no-untyped-def]
    """Mark the cells that an edge comes within `_PAD` of; coordinates in cells from the window's corner."""
    if ay > by:
        ax, ay, bx, by = bx, by, ax, ay
    slope = (bx - ax) / (by - ay) if by > ay else 0.0
    for row in range(max(0, int(np.floor(ay - _PAD))), min(height - 1, int(np.floor(by + _PAD))) + 1):
        if by - ay > _PAD:
            low, high = max(ay, row - _PAD), min(by, row + 1 + _PAD)
            x1, x2 = ax + (low - ay) * slope, ax + (high - ay) * slope
        else:
            x1, x2 = ax, bx
        left, right = int(np.floor(min(x1, x2) - _PAD)), int(np.floor(max(x1, x2) + _PAD))
        for column in range(max(0, left), min(width - 1, right) + 1):
            marks[row * width + column] = 1


@compiled
def _centre_inside(cx, cy, fx, fy, edges, first_ring, last_ring):  # type: ignore[no-untyped-def]
    """Say whether a cell's centre, at least half a cell from every edge, lies inside (even-odd)."""
    inside = False
    for ring in range(first_ring, last_ring):
        for v in range(edges[ring, 0], edges[ring, 1] - 1):
            if (fy[v] > cy) != (fy[v + 1] > cy):
                across = fx[v] + (cy - fy[v]) / (fy[v + 1] - fy[v]) * (fx[v + 1] - fx[v])
                if across > cx:
                    inside = not inside
    return inside


@compiled
def rasterise(fx, fy, edges, ring_starts, boxes, directory, blocks_across, raster):  # type: ignore[no-untyped-def]
    """Write each polygon's rank into the cells wholly inside it, and list the cells its edges touch.

    Polygons come in ascending rank, and a cell wholly inside two keeps the lower.

    Returns
    -------
    cells, ranks : int32 arrays
        One pair per touched cell and polygon, by ascending rank.
    """
    cells, ranks, found = np.empty(1 << 16, dtype=np.int32), np.empty(1 << 16, dtype=np.int32), 0
    marks = np.empty(0, dtype=np.uint8)
    for rank in range(len(boxes)):
        left, bottom, right, top = boxes[rank]
        width, height = right - left + 1, top - bottom + 1
        if len(marks) < width * height:
            marks = np.empty(2 * width * height, dtype=np.uint8)
        marks[: width * height] = 0
        for ring in range(ring_starts[rank], ring_starts[rank + 1]):
            for v in range(edges[ring, 0], edges[ring, 1] - 1):
                _mark_edge(
                    marks, width, height, fx[v] - left, fy[v] - bottom, fx[v + 1] - left, fy[v + 1] - bottom
                )
        if found + width * height > len(cells):
            more = np.empty(2 * (found + width * height), dtype=np.int32)
            more[:found] = cells[:found]
            cells = more
            more = np.empty(len(cells), dtype=np.int32)
            more[:found] = ranks[:found]
            ranks = more
        for row in range(bottom, top + 1):
            known = inside = False
            for column in range(left, right + 1):
                block = directory[(row >> BLOCK_BITS) * blocks_across + (column >> BLOCK_BITS)]
                cell = block * CELLS_IN_BLOCK + (row & (BLOCK - 1)) * BLOCK + (column & (BLOCK - 1))
                if marks[(row - bottom) * width + column - left]:
                    cells[found], ranks[found] = cell, rank
                    found += 1
                    known = False
                    continue
                if not known:
                    inside = _centre_inside(
                        column + 0.5, row + 0.5, fx, fy, edges, ring_starts[rank], ring_starts[rank + 1]
                    )
                    known = True
                if inside and raster[cell] == NOWHERE:
                    raster[cell] = rank
    return cells[:found].copy(), ranks[:found].copy()


@compiled
def candidate_lists(cells, ranks, raster):  # type: ignore[no-untyped-def]
    """Turn pairs sorted by cell, then rank, into lists of polygons to try, and point the raster at them.

    A list is its length and that many ranks, ascending. It ends early with ``~rank`` of a polygon that the
    cell lies wholly inside: whoever comes so far is in that one without a test.
    """
    lists, used, i = np.empty(2 * len(cells) + 16, dtype=np.int32), 0, 0
    while i < len(cells):
        cell, start = cells[i], used
        sure = raster[cell]
        used += 1
        while i < len(cells) and cells[i] == cell:
            if sure == NOWHERE or ranks[i] < sure:
                lists[used] = ranks[i]
                used += 1
            i += 1
        if used == start + 1:  # the polygon around the cell comes before all whose edges cross it
            used = start
            continue
        if sure != NOWHERE:
            lists[used] = ~sure
            used += 1
        lists[start] = used - start - 1
        raster[cell] = FIRST_LIST - start
    return lists[:used].copy()


@compiled
def _side(px, py, polygon, outlines):  # type: ignore[no-untyped-def]
    """Say whether a polygon covers a point, boundary included, or that rounding hides it."""
    x, y, south, per_degree, slab_starts, starts, slab_edges = outlines
    count = slab_starts[polygon + 1] - slab_starts[polygon]
    if py < south[polygon]:
        return _OUTSIDE
    slab = slab_starts[polygon] + min(int((py - south[polygon]) * per_degree[polygon]), count - 1)
    inside = False
    for e in range(starts[slab], starts[slab + 1]):
        v = slab_edges[e]
        ax, ay, bx, by = x[v] - px, y[v] - py, x[v + 1] - px, y[v + 1] - py
        if (ay > 0.0) == (by > 0.0):
            # on a vertex, or on a level edge
            if (ay == 0.0 and (ax == 0.0 or (by == 0.0 and (ax > 0.0) != (bx > 0.0)))) or (
                bx == 0.0 and by == 0.0
            ):
                return _COVERED
            continue
        left, right = ax * by, bx * ay
        if (left > 0.0 and right > 0.0) or (left < 0.0 and right < 0.0):
            turn = left - right
            if abs(turn) <= _SURE * abs(left + right):
                return _HIDDEN
        else:
            turn = left - right
            if turn == 0.0:
                return _COVERED
        if (turn > 0.0) == (by > ay):
            inside = not inside
    return _COVERED if inside else _OUTSIDE


@compiled
def _look_up(lon, lat, out, frame, size, directory, raster):  # type: ignore[no-untyped-def]
    """Write for each point the value of its cell.

    Nothing here waits for the value that is read, so that the processor fetches many cells at once.
    """
    columns, rows, blocks_across = size
    for i in range(len(lon)):
        fx, fy = (lon[i] - frame[0]) * frame[2], (lat[i] - frame[1]) * frame[3]
        value = NOWHERE
        if fx >= 0.0 and fy >= 0.0 and fx < columns and fy < rows:  # NaN is nowhere
            column, row = int(fx), int(fy)
            block = directory[(row >> BLOCK_BITS) * blocks_across + (column >> BLOCK_BITS)]
            if block >= 0:
                value = raster[block * CELLS_IN_BLOCK + (row & (BLOCK - 1)) * BLOCK + (column & (BLOCK - 1))]
        out[i] = value


@compiled
def _by_place(lon, lat, values, lists_length):  # type: ignore[no-untyped-def]
    """Copy out the points in cells with candidates, roughly ordered by where their lists are.

    Lists lie in the order of cells, so that neighbours in this order try the same polygons, whose vertices
    are then still in the processor's cache, and nothing is fetched from all over memory.

    Returns
    -------
    order, x, y, lists
        Number of each point, its coordinates, and where its list is.
    """
    shift = 0
    while lists_length >> shift >= _BUCKETS:
        shift += 1
    ends = np.zeros(_BUCKETS + 1, dtype=np.int64)
    for value in values:
        if value <= FIRST_LIST:
            ends[((FIRST_LIST - value) >> shift) + 1] += 1
    for bucket in range(_BUCKETS):
        ends[bucket + 1] += ends[bucket]
    order, lists = np.empty(ends[-1], dtype=np.int32), np.empty(ends[-1], dtype=np.int32)
    x, y = np.empty(ends[-1]), np.empty(ends[-1])
    for i in range(len(values)):
        if values[i] <= FIRST_LIST:
            at = FIRST_LIST - values[i]
            k = ends[at >> shift]
            ends[at >> shift] = k + 1
            order[k], x[k], y[k], lists[k] = i, lon[i], lat[i], at
    return order, x, y, lists


@compiled
def covering(lon, lat, out, frame, size, cells, outlines):  # type: ignore[no-untyped-def]
    """Write for each point the lowest rank that covers it, `NOWHERE` or `UNSURE`.

    `frame` is west, south, cells per degree of longitude, of latitude; `size` columns, rows, blocks across;
    `cells` directory, raster, lists; `outlines` the vertices and the slabs their edges are sorted into.
    """
    directory, raster, lists = cells
    _look_up(lon, lat, out, frame, size, directory, raster)
    order, x, y, starts = _by_place(lon, lat, out, len(lists))
    for i in range(len(order)):
        answer = NOWHERE
        for k in range(starts[i] + 1, starts[i] + 1 + lists[starts[i]]):
            rank = lists[k]
            if rank < 0:
                answer = ~rank
                break
            side = _side(x[i], y[i], rank, outlines)
            if side != _OUTSIDE:
                answer = rank if side == _COVERED else UNSURE
                break
        out[order[i]] = answer


def slab_count(vertices: Any) -> Any:
    """Return how many slabs polygons of so many vertices are cut into."""
    return np.maximum(vertices // _EDGES_IN_SLAB, 1)
