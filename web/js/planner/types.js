/** The types a grid can have: the scheme that the city has loaded. @module */

import { request } from "../api.js";
import { t } from "../i18n.js";
import * as page from "../state.js";

/**
 * @typedef {{name_zh: string, name_en: string}} Named
 * @typedef {Named & {kind: string, sub_statuses: (Named & {sub_status: string})[]}} Type
 * @typedef {{kind: string, sub_status: string | null, words: string}} Choice a type, or one of its sub-statuses
 */

/** What the filter calls grids without a type. */
export const UNTYPED = "none";

/** @type {Type[]} */
let scheme = [];

/** Ask once which types there are. */
export async function readTypes() {
  scheme = (await request("/api/grids/types")).types;
}

/** All types, in the order of the scheme. */
export const types = () => scheme;

/** @param {Named} named */
const said = (named) => (page.state.language === "zh" ? named.name_zh : named.name_en);

/**
 * What people call a type and its sub-status; one that the scheme lacks goes by its code.
 *
 * @param {string | null | undefined} kind
 * @param {string | null} [status]
 */
export function typeName(kind, status = null) {
  if (!kind) return t("planner.type.none");
  const type = scheme.find((one) => one.kind === kind);
  const sub = type?.sub_statuses.find((one) => one.sub_status === status);
  return [type ? said(type) : kind, sub ? said(sub) : (status ?? "")].filter(Boolean).join(" · ");
}

/** Whatever a grid can be set to. @returns {Choice[]} */
export const choices = () =>
  scheme.flatMap((type) => [
    { kind: type.kind, sub_status: null, words: typeName(type.kind) },
    ...type.sub_statuses.map(({ sub_status: status }) => ({ kind: type.kind, sub_status: status, words: typeName(type.kind, status) })),
  ]);
