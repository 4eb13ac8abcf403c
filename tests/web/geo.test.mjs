import assert from "node:assert/strict";
import { test } from "node:test";
import { bboxOf, middle } from "../../web/js/geo/bbox.js";
import { classOf, classTable, quantileBreaks } from "../../web/js/geo/breaks.js";

test("few distinct values get a class each", () => {
  assert.deepEqual(quantileBreaks([3, 1, 1, 2], 5), [1, 2, 3]);
  assert.deepEqual(quantileBreaks([], 5), []);
  assert.deepEqual(quantileBreaks([7, 7, 7], 5), [7]);
});

test("many values share five classes evenly", () => {
  const values = Array.from({ length: 100 }, (_, n) => n + 1);
  assert.deepEqual(quantileBreaks(values, 5), [20, 40, 60, 80, 100]);
});

test("no class is empty, equal values share one, and every value has one, whatever the values", () => {
  let seed = 1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 300; round += 1) {
    const values = Array.from({ length: 1 + Math.floor(random() * 80) }, () => 1 + Math.floor(random() ** 3 * 30));
    const breaks = quantileBreaks(values, 5);
    const table = classTable(values, breaks);
    assert.ok(breaks.length <= 5);
    assert.deepEqual(breaks, [...breaks].sort((a, b) => a - b));
    assert.ok(table.every((row) => row.count > 0 && row.from <= row.to));
    assert.equal(table.reduce((sum, row) => sum + row.count, 0), values.length);
  }
});

test("a value most areas have does not empty the classes after it", () => {
  const breaks = quantileBreaks([...Array(90).fill(1), 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 5);
  assert.equal(breaks[0], 1);
  assert.equal(breaks.length, 5);
});

test("zero, nothing and more than the largest have no class", () => {
  assert.deepEqual([0, -1, NaN, 4].map((value) => classOf(value, [1, 3])), [0, 0, 0, 0]);
  assert.deepEqual([0.5, 1, 2, 3].map((value) => classOf(value, [1, 3])), [1, 1, 2, 2]);
});

test("boxes of points, lines, polygons and nothing", () => {
  assert.deepEqual(bboxOf({ type: "Point", coordinates: [1, 2] }), [1, 2, 1, 2]);
  assert.deepEqual(bboxOf({ type: "MultiPolygon", coordinates: [[[[0, 1], [4, 1], [4, 3], [0, 1]]]] }), [0, 1, 4, 3]);
  assert.equal(bboxOf(null), null);
  assert.deepEqual(middle([0, 1, 4, 3]), [2, 2]);
});
