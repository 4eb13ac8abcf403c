/** What the planner asks of the server. @module */

import { follow, request, send } from "../api.js";

/**
 * @typedef {{id: number, name: string, description: string, state: "draft" | "published" | "retired", based_on: number | null,
 *   valid_from: string | null, valid_to: string | null, effective_at: string | null, created_by: string, updated_at: string,
 *   submitted_by: string | null, approved_by: string | null, edits: number, undone: number, changed: number, edit_seq: number, last_seq: number,
 *   may_edit: boolean, may_publish: boolean, is_owner: boolean, shared: boolean, editors: string[]}} Plan
 * @typedef {{seq: number, operation: string, actor: string, at: string, undone: boolean, arguments?: Record<string, any>, keys?: string[]}} LogRow
 * @typedef {import("geojson").Feature<import("geojson").Polygon, Record<string, any>>} Grid properties as in docs/http-api.md
 * @typedef {{edit: {seq: number, operation: string, actor: string, at: string}, removed: string[],
 *   grids: {features: Grid[]}, loads: Record<string, any[]>, undo: boolean, redo: boolean}} Answer of an edit, undo or redo
 */

/** @param {number} id */
const plan = (id) => `/api/plans/${id}`;

/** @returns {Promise<{plans: Plan[]}>} */
export const listPlans = () => request("/api/plans");

/** @param {number} id @returns {Promise<Plan>} */
export const getPlan = (id) => request(plan(id));

/** @param {{name: string, description?: string, from?: number | string}} wanted @returns {Promise<Plan>} */
export const createPlan = (wanted) => send("POST", "/api/plans", wanted);

/** @param {FormData} form a file of grids and a name @returns {Promise<Plan>} */
export const importPlan = (form) => send("POST", "/api/plans/import", form);

/** @param {number} id @param {string} name @returns {Promise<Plan>} */
export const copyPlan = (id, name) => send("POST", `${plan(id)}/copy`, { name });

/** @param {number} id @param {Record<string, any>} changes @returns {Promise<Plan>} */
export const changePlan = (id, changes) => send("PATCH", plan(id), changes);

/** @param {number} id */
export const deletePlan = (id) => send("DELETE", plan(id));

/** @param {number} id @param {string} community @returns {Promise<{features: Grid[]}>} */
export const getGrids = (id, community) => request(`${plan(id)}/grids`, { community });

/** @param {number} id @returns {Promise<{removed: string[], grids: {features: Grid[]}}>} */
export const getChanges = (id) => request(`${plan(id)}/changes`);

/**
 * @param {number} id
 * @param {{operation: string, arguments: Record<string, any>, versions: Record<string, number>}} edit
 * @returns {Promise<Answer>}
 */
export const postEdit = (id, edit) => send("POST", `${plan(id)}/edits`, edit);

/**
 * @param {number} id
 * @param {Record<string, any>} wanted
 * @returns {Promise<Answer & {measures: {name: string, value: number}[], notes: string[]}>}
 */
export const postBeats = (id, wanted) => send("POST", `${plan(id)}/beats`, wanted);

/** @param {number} id @param {"undo" | "redo"} way @param {number} seq the edit that is meant @returns {Promise<Answer>} */
export const postStep = (id, way, seq) => send("POST", `${plan(id)}/${way}`, { seq });

/** @param {number} id @returns {Promise<{edits: LogRow[]}>} */
export const getEdits = (id) => request(`${plan(id)}/edits`);

/** @param {number} id @returns {Promise<{communities: {code: string, grids: number}[]}>} with grids that nobody would have */
export const getUnassigned = (id) => request(`${plan(id)}/unassigned`);

/** @param {number} id @param {string} division @returns {Promise<{findings: any[]}>} */
export const getChecks = (id, division) => request(`${plan(id)}/checks`, { division });

/** @param {number} id @param {string} division @param {string} level @param {string} measure */
export const getLoads = (id, division, level, measure) => request(`${plan(id)}/loads`, { division, level, measure });

/** @param {number} id @param {string} against id of a plan, or in_force */
export const getComparison = (id, against) => request(`${plan(id)}/compare`, { with: against });

/** @param {number} id @param {Record<string, any>} wanted @param {AbortSignal} signal ends it without a trace */
export const followDesign = (id, wanted, signal) => follow(`${plan(id)}/design`, wanted, signal);

/** @param {number} id @param {string} job */
export const stopDesign = (id, job) => send("POST", `${plan(id)}/design/${job}/stop`);

/**
 * @param {number} id
 * @param {"submit" | "approve" | "withdraw" | "publish" | "rollback"} step
 * @param {Record<string, any>} [body]
 */
export const postState = (id, step, body = {}) => send("POST", `${plan(id)}/${step}`, body);

/** @param {string} division */
export const getRoster = (division) => request("/api/rosters", { division });

/** @param {{worker_code: string, from: string, to: string | null, cover: boolean, preview?: boolean}} wish */
export const postLeave = (wish) => send("POST", "/api/absences", wish);

/** Cover what is left of a leave anew. @param {number} id @param {boolean} preview whether nothing is saved */
export const postCover = (id, preview) => send("POST", `/api/absences/${id}/cover?preview=${preview}`);

/** Take a leave back, or end it today. @param {number} id @param {boolean} preview whether nothing is saved */
export const deleteLeave = (id, preview) => send("DELETE", `/api/absences/${id}?preview=${preview}`);

/** @param {string} grid */
export const getSuggestions = (grid) => request("/api/rosters/suggestions", { grid_code: grid });

/** @param {string} [parent] @returns {Promise<{divisions: any[]}>} */
export const getDivisions = (parent) => request("/api/divisions", { parent });

/** @param {string} code */
export const getDivision = (code) => request(`/api/divisions/${code}`);
