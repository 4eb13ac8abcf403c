"""Polygons drawn as a table of letters, so that a test of gaps or shared edges is read at sight."""

from __future__ import annotations

import shapely
from shapely.geometry.base import BaseGeometry


def sketch(
    drawing: str, *, origin: tuple[float, float] = (0.0, 0.0), cell: float = 1.0
) -> dict[str, BaseGeometry]:
    """Return one dissolved geometry per letter of `drawing`.

    Rows run north to south, letters west to east, parted by blanks; ``.`` is nothing. `origin` is the
    south-west corner, `cell` the side of a cell. Cells of one letter that do not touch by an edge make a
    MultiPolygon. Every lattice point on a border is a vertex, so neighbours share edges vertex for vertex.

    >>> sorted(sketch("A A B\\nA B B\\n. C C"))
    ['A', 'B', 'C']
    """
    rows = [line.split() for line in drawing.strip().splitlines()]
    cells: dict[str, list[BaseGeometry]] = {}
    for down, row in enumerate(rows):
        for across, letter in enumerate(row):
            if letter != ".":
                up = len(rows) - 1 - down
                corners = ((across, up), (across + 1, up), (across + 1, up + 1), (across, up + 1))
                # a corner is computed the same way from every cell that has it
                ring = [(origin[0] + x * cell, origin[1] + y * cell) for x, y in corners]
                cells.setdefault(letter, []).append(shapely.Polygon(ring))
    return {letter: shapely.normalize(shapely.union_all(squares)) for letter, squares in cells.items()}
