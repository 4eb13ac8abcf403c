/** Small charts, drawn as SVG. @module */

import { s } from "../dom.js";
import { dayName, number } from "../format.js";
import { t } from "../i18n.js";

const WIDTH = 320;
const HEIGHT = 72;
const BASE = 58;

/**
 * Bars of reports by day, those still open on top, with the first and last day and the largest value.
 *
 * @param {{day: string, reported: number, closed: number}[]} days
 */
export function dayChart(days) {
  const most = Math.max(1, ...days.map((day) => day.reported));
  const step = WIDTH / days.length;
  const gap = step > 4 ? Math.min(2, step * 0.25) : 0;
  const total = days.reduce((sum, day) => sum + day.reported, 0);
  const peak = days.reduce((best, day) => (day.reported > best.reported ? day : best), days[0]);
  const bars = days.map((day, index) => {
    const height = (day.reported / most) * (BASE - 10);
    const closed = (day.closed / most) * (BASE - 10);
    return s("g", {},
      s("title", {}, t("trend.day", { day: dayName(day.day), n: number(day.reported), c: number(day.closed) })),
      s("rect", { class: "hit", x: index * step, y: 0, width: step, height: BASE }),
      s("rect", { class: "closed", x: index * step, y: BASE - closed, width: step - gap, height: closed }),
      s("rect", { class: "open", x: index * step, y: BASE - height, width: step - gap, height: height - closed }));
  });
  const words = t("trend.words", { n: number(total), day: dayName(peak.day), m: number(peak.reported) });
  return s("svg", { class: "days", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words },
    ...bars,
    s("line", { x1: 0, x2: WIDTH, y1: BASE, y2: BASE }),
    s("text", { x: 0, y: HEIGHT - 2 }, dayName(days[0].day)),
    s("text", { x: WIDTH, y: HEIGHT - 2, "text-anchor": "end" }, dayName(days[days.length - 1].day)),
    s("text", { x: WIDTH / 2, y: HEIGHT - 2, "text-anchor": "middle" }, total ? t("trend.most", { n: number(most) }) : t("trend.none")));
}
