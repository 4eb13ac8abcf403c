/** Points and polygons: pure, no page, no map. Coordinates are lon, lat; at this size the plane will do. @module */

/** @typedef {[number, number]} Point @typedef {number[][][]} Rings of a polygon, the outer one first */

/**
 * Whether a point lies in a polygon; on its border either may be said.
 *
 * @param {number[]} point
 * @param {Rings} rings
 */
export function isInside([x, y], rings) {
  let inside = false;
  for (const ring of rings) {
    for (let n = 0, before = ring.length - 1; n < ring.length; before = n, n += 1) {
      const [x1, y1] = ring[n];
      const [x2, y2] = ring[before];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    }
  }
  return inside;
}

/**
 * A point well inside a polygon, for its label: the middle of the longest stretch of some level lines.
 *
 * @param {Rings} rings
 * @returns {Point}
 */
export function labelPoint(rings) {
  const ys = rings[0].map(([, y]) => y);
  const low = Math.min(...ys);
  const high = Math.max(...ys);
  let best = { width: -1, at: /** @type {Point} */ ([rings[0][0][0], rings[0][0][1]]) };
  for (const share of [0.5, 0.4, 0.6, 0.3, 0.7]) {
    const y = low + share * (high - low);
    const xs = crossings(rings, y);
    for (let n = 0; n + 1 < xs.length; n += 2) {
      const width = xs[n + 1] - xs[n];
      if (width > best.width * 1.15) best = { width, at: [(xs[n] + xs[n + 1]) / 2, y] };
    }
  }
  return best.at;
}

/**
 * @param {Rings} rings
 * @param {number} y
 */
function crossings(rings, y) {
  /** @type {number[]} */
  const xs = [];
  for (const ring of rings) {
    for (let n = 0; n + 1 < ring.length; n += 1) {
      const [x1, y1] = ring[n];
      const [x2, y2] = ring[n + 1];
      if (y1 > y !== y2 > y) xs.push(((x2 - x1) * (y - y1)) / (y2 - y1) + x1);
    }
  }
  return xs.sort((a, b) => a - b);
}

/**
 * The point half way along a line.
 *
 * @param {number[][]} line
 * @returns {Point}
 */
export function halfWay(line) {
  const lengths = line.slice(1).map(([x, y], n) => Math.hypot(x - line[n][0], y - line[n][1]));
  let left = lengths.reduce((sum, length) => sum + length, 0) / 2;
  for (const [n, length] of lengths.entries()) {
    if (left <= length && length > 0) {
      const share = left / length;
      return [line[n][0] + share * (line[n + 1][0] - line[n][0]), line[n][1] + share * (line[n + 1][1] - line[n][1])];
    }
    left -= length;
  }
  return [line[0][0], line[0][1]];
}

/**
 * The point of a segment that is nearest to a point.
 *
 * @param {Point} point
 * @param {Point} from
 * @param {Point} to
 * @returns {{at: Point, distance: number, share: number}} share: 0 at `from`, 1 at `to`
 */
export function nearestOnSegment(point, from, to) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const square = dx * dx + dy * dy;
  const along = square ? ((point[0] - from[0]) * dx + (point[1] - from[1]) * dy) / square : 0;
  const share = Math.min(1, Math.max(0, along));
  const at = /** @type {Point} */ ([from[0] + share * dx, from[1] + share * dy]);
  return { at, distance: Math.hypot(point[0] - at[0], point[1] - at[1]), share };
}
