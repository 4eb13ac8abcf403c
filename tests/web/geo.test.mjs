import assert from "node:assert/strict";
import { test } from "node:test";
import { bboxOf, middle } from "../../web/js/geo/bbox.js";
import { classOf, classTable, quantileBreaks } from "../../web/js/geo/breaks.js";
import { compactness } from "../../web/js/geo/compactness.js";
import { histogram, spread } from "../../web/js/geo/histogram.js";
import { halfWay, isInside, labelPoint, nearestOnSegment } from "../../web/js/geo/inside.js";
import { readAssignments } from "../../web/js/planner/table.js";

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

test("a histogram has round bars from zero, and every value is in one", () => {
  assert.deepEqual(histogram([], 10), []);
  const bars = histogram([0, 10, 295, 300, 999], 12);
  assert.deepEqual([bars[0].from, bars[0].to], [0, 100]);
  for (const values of [[0], [5], [1000, 1000], [0.3, 7, 12], Array.from({ length: 99 }, (_, n) => n * 37)]) {
    const made = histogram(values, 12);
    assert.ok(made.length <= 12, String(values));
    assert.equal(made.reduce((sum, bar) => sum + bar.count, 0), values.length);
  }
});

test("the spread of loads", () => {
  assert.deepEqual(spread([100, 200, 300]), { sum: 600, mean: 200, max: 300, ratio: 1.5 });
  assert.equal(spread([]).ratio, 0);
});

test("a label lies in its polygon, also where the middle does not", () => {
  const horseshoe = [[[0, 0], [9, 0], [9, 9], [6, 9], [6, 2], [3, 2], [3, 9], [0, 9], [0, 0]]];
  assert.ok(isInside(labelPoint(horseshoe), horseshoe));
  assert.ok(!isInside([4.5, 5], horseshoe));
  const ring = [[[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]], [[2, 2], [7, 2], [7, 7], [2, 7], [2, 2]]];
  assert.ok(isInside(labelPoint(ring), ring));
  assert.ok(!isInside([4, 4], ring));
});

test("half way along a line, and the nearest place on a segment", () => {
  assert.deepEqual(halfWay([[0, 0], [2, 0], [2, 6]]), [2, 2]);
  assert.deepEqual(nearestOnSegment([3, 4], [0, 0], [10, 0]), { at: [3, 0], distance: 4, share: 0.3 });
  assert.deepEqual(nearestOnSegment([-3, 4], [0, 0], [10, 0]), { at: [0, 0], distance: 5, share: 0 });
});

test("a square is less compact than a circle, a strip less than a square, and a hole makes it worse", () => {
  const square = [[0, 0], [0.01, 0], [0.01, 0.01], [0, 0.01], [0, 0]];
  const circle = Array.from({ length: 361 }, (_, n) => [0.01 * Math.cos((n * Math.PI) / 180), 0.01 * Math.sin((n * Math.PI) / 180)]);
  assert.ok(Math.abs(compactness([square]) - Math.PI / 4) < 1e-6);
  assert.ok(Math.abs(compactness([circle]) - 1) < 1e-3);
  assert.ok(compactness([square.map(([x, y]) => [8 * x, y])]) < 0.5);
  const hole = square.map(([x, y]) => [0.004 + 0.2 * x, 0.004 + 0.2 * y]);
  assert.ok(compactness([square, hole]) < compactness([square]));
});

test("a table of who gets which grid is read with or without a head, and says what it cannot read", () => {
  const plain = readAssignments("440305001001001,W1\r\nn12,\r\nhello,W2\r\n");
  assert.deepEqual(plain, { workers: { "440305001001001": "W1", n12: null }, unread: [3] });
  const sheet = readAssignments('\ufeffworker_code;role;grid_code\n"W1";primary;440305001001001\nW2;deputy;440305001001001\n');
  assert.deepEqual(sheet, { workers: { "440305001001001": "W1" }, unread: [] });
  assert.deepEqual(readAssignments("grid_code\n440305001001001"), { workers: {}, unread: [2] });
  assert.deepEqual(readAssignments(""), { workers: {}, unread: [] });
});
