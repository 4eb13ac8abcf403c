/** How compact a shape is: pure, no page, no map. @module */

/**
 * The quotient of Polsby and Popper, the area by that of a circle with the same outline: 1 for a circle.
 *
 * @param {number[][][]} rings lon, lat; the outer one first
 */
export function compactness(rings) {
  const wide = Math.cos((rings[0][0][1] * Math.PI) / 180);
  let area = 0;
  let outline = 0;
  for (const [index, ring] of rings.entries()) {
    let twice = 0;
    for (let n = 0; n + 1 < ring.length; n += 1) {
      const [x1, y1] = [(ring[n][0] - ring[0][0]) * wide, ring[n][1] - ring[0][1]];
      const [x2, y2] = [(ring[n + 1][0] - ring[0][0]) * wide, ring[n + 1][1] - ring[0][1]];
      twice += x1 * y2 - x2 * y1;
      outline += Math.hypot(x2 - x1, y2 - y1);
    }
    area += (index ? -1 : 1) * Math.abs(twice / 2);
  }
  return outline ? (4 * Math.PI * area) / outline ** 2 : 0;
}
