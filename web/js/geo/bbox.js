/** Boxes around geometries: pure, no page, no map. @module */

/**
 * Return the box around a GeoJSON geometry: xmin, ymin, xmax, ymax; `null` when it has no coordinates.
 *
 * @param {{type: string, coordinates?: any} | null | undefined} geometry
 * @returns {[number, number, number, number] | null}
 */
export function bboxOf(geometry) {
  const numbers = (geometry?.coordinates ?? []).flat(Infinity);
  if (numbers.length < 2) return null;
  /** @type {[number, number, number, number]} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let n = 0; n + 1 < numbers.length; n += 2) {
    box[0] = Math.min(box[0], numbers[n]);
    box[1] = Math.min(box[1], numbers[n + 1]);
    box[2] = Math.max(box[2], numbers[n]);
    box[3] = Math.max(box[3], numbers[n + 1]);
  }
  return box;
}

/**
 * Return the middle of a box.
 *
 * @param {[number, number, number, number]} box
 * @returns {[number, number]}
 */
export function middle([xmin, ymin, xmax, ymax]) {
  return [(xmin + xmax) / 2, (ymin + ymax) / 2];
}
