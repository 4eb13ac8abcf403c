/**
 * Edits that no server has answered, kept on this machine. Every page keeps its own, under the name of who made them, and takes over
 * what pages of the same person have left behind. @module
 */

import { uuid } from "../uuid.js";

const PREFIX = "gridgis.planner.unsent.";
const WRITE_MS = 30_000;
/** A page that has not written for so long is gone; one in the background writes once a minute. */
const GONE_MS = 150_000;

/** @typedef {import("./edits.js").Entry} Entry */

const own = PREFIX + uuid();
let who = "";
/** @type {Entry[]} */
let kept = [];

/**
 * @param {string} login who makes the edits of this page
 * @param {(left: Entry[]) => void} take given what other pages have left behind, now and later
 */
export function startKeeping(login, take) {
  who = login;
  const look = () => {
    write(Date.now());
    const left = leftBehind();
    if (left.length) take(left);
  };
  setInterval(look, WRITE_MS);
  window.addEventListener("pagehide", () => write(0));
  // what this page has left, another one may have taken over
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  look();
}

/** @param {Entry[]} line all that wait */
export function keep(line) {
  kept = line;
  write(Date.now());
}

/** @param {number} at when this page was last there; 0: it goes */
function write(at) {
  try {
    if (kept.length) localStorage.setItem(own, JSON.stringify({ who, at, line: kept }));
    else localStorage.removeItem(own);
  } catch {
    // storage may be closed to us; the line then lasts as long as the page
  }
}

/** Take what pages that are gone have left. @returns {Entry[]} */
function leftBehind() {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX) && name !== own);
    return names.flatMap((name) => {
      const { who: theirs, at, line } = JSON.parse(localStorage.getItem(name) ?? "{}");
      if (theirs !== who || Date.now() - at < GONE_MS) return [];
      localStorage.removeItem(name);
      return line;
    });
  } catch {
    return [];
  }
}
