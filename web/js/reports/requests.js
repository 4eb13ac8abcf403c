/** What the reports ask of the server. @module */

import { ask, request } from "../api.js";

/**
 * @typedef {Record<string, any> & {code?: string, worker_code?: string, name?: string, grid_codes?: string[]}} Row
 * @typedef {{division: string, level: string, measured_at: string, first: string, last: string, total: Row, rows: Row[],
 *   spread?: Record<string, number | null>}} Figures
 * @typedef {{rules: Record<string, number>, fixes: Record<string, number>, first: string, last: string}} Cleaning
 * @typedef {{code: string, name: string, level: string, parent_code: string | null,
 *   bbox: [number, number, number, number] | null}} Division
 */

/**
 * @param {string} subject
 * @param {{division: string, level: string, from: string, to: string}} wish
 * @param {AbortSignal} signal
 * @returns {Promise<Figures>}
 */
export const getFigures = (subject, wish, signal) => request(`/api/${subject}`, wish, { signal });

/**
 * @param {{division: string, from: string, to: string}} wish
 * @param {AbortSignal} signal
 * @returns {Promise<Cleaning>}
 */
export const getCleaning = (wish, signal) => request("/api/coverage/cleaning", wish, { signal });

/** @returns {Promise<{definitions: Record<string, {zh: string, en: string}>}>} */
export const getDefinitions = () => request("/api/definitions");

/** @param {string} code @returns {Promise<Division>} */
export const getDivision = (code) => request(`/api/divisions/${code}`);

/** @param {string} address @returns {Promise<Blob>} */
export const getFile = async (address) => (await ask(address, {}, {})).blob();
