/** Numbers, instants and lengths of time as people read them. @module */

import { t } from "./i18n.js";
import { state } from "./state.js";

const zone = { name: "Asia/Shanghai" };

/**
 * Set the city's time zone; every clock on the page shows it, wherever the reader is.
 *
 * @param {string} name IANA name
 */
export function setZone(name) {
  zone.name = name;
}

const locale = () => (state.language === "zh" ? "zh-CN" : "en-GB");

/** @param {number | null | undefined} value */
export function number(value) {
  return value === null || value === undefined ? "–" : new Intl.NumberFormat(locale()).format(value + 0); // zero has no sign
}

/**
 * A number that must fit a tile: 12,345 stays, 1,234,567 becomes 1.235 M, or the same in units of ten thousand.
 *
 * @param {number | null | undefined} value
 */
export function shortNumber(value) {
  if (value === null || value === undefined) return "–";
  const options = /** @type {Intl.NumberFormatOptions} */ (
    value >= 1e5 ? { notation: "compact", maximumSignificantDigits: 4 } : { maximumFractionDigits: 1 }
  );
  return new Intl.NumberFormat(locale(), options).format(value);
}

/**
 * When the city's clocks show a time, epoch milliseconds.
 *
 * @param {string} shown YYYY-MM-DDTHH:MM
 */
export function instantOf(shown) {
  const utc = Date.parse(`${shown}:00Z`);
  const told = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: zone.name }).format(utc);
  return utc - (Date.parse(`${told.replace(" ", "T")}Z`) - utc);
}

/**
 * Noon of a day in the city, epoch milliseconds.
 *
 * @param {string} day YYYY-MM-DD
 */
export const noonOf = (day) => instantOf(`${day}T12:00`);

/**
 * The day in the city, YYYY-MM-DD.
 *
 * @param {number} instant epoch milliseconds
 */
export const dayOf = (instant) =>
  new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeZone: zone.name }).format(instant);

/** @param {number} share 0..1, or not a number where there is nothing to divide by */
export function percent(share) {
  if (!Number.isFinite(share)) return "–";
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 1 }).format(share);
}

/** @param {string | number | Date | null | undefined} instant */
export function moment(instant) {
  if (!instant) return "–";
  return new Intl.DateTimeFormat(locale(), {
    month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone.name,
  }).format(new Date(instant));
}

/** @param {string | number | Date} instant */
export function clock(instant) {
  return new Intl.DateTimeFormat(locale(), {
    hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: zone.name,
  }).format(new Date(instant));
}

/** @param {string} day ISO date */
export function dayName(day) {
  return new Intl.DateTimeFormat(locale(), { month: "short", day: "numeric", timeZone: "UTC" }).format(new Date(day));
}

/**
 * A length of time in its two largest units at most: 3 days 4 h, 25 min.
 *
 * @param {number} milliseconds
 */
export function span(milliseconds) {
  const minutes = Math.floor(Math.abs(milliseconds) / 60_000);
  if (minutes < 1) return t("span.now");
  if (minutes < 60) return t("span.minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return t("span.hours", { n: hours, m: minutes % 60 });
  if (hours < 24 * 100) return t("span.days", { n: Math.floor(hours / 24), m: hours % 24 });
  return t("span.long", { n: Math.floor(hours / 24) });
}

/** @param {number} m2 */
export function area(m2) {
  return m2 >= 1e5 ? `${shortNumber(Math.round(m2 / 1e4) / 100)} km²` : `${number(Math.round(m2))} m²`;
}
