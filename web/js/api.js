/** Every request the page makes. @module */

/** What the server refused, in its own words. */
export class Problem extends Error {
  /**
   * @param {number} status 0 when no answer came
   * @param {string} detail
   * @param {Record<string, any>} [more] what else the answer says, such as the place of the fault
   */
  constructor(status, detail, more = {}) {
    super(detail);
    this.status = status;
    this.more = more;
  }
}

/**
 * @param {string} path
 * @param {Record<string, string | number | boolean | null | undefined>} [query] empty values are left out
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
export async function request(path, query = {}, options = {}) {
  return read(await ask(path, query, options));
}

/** @param {Response} response @returns {Promise<any>} what it says; one that breaks off is none */
async function read(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, String(error));
  }
}

/**
 * @param {string} path
 * @param {Record<string, string | number | boolean | null | undefined>} query
 * @param {RequestInit} options
 * @returns {Promise<Response>} an answer that is good; whatever else comes is a `Problem`
 */
export async function ask(path, query, options) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "" && value !== false) {
      url.searchParams.set(name, String(value));
    }
  }
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, String(error));
  }
  if (response.status === 401) {
    // the session is over: log in, and come back to this very view
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Problem(response.status, problem.detail ?? response.statusText, problem);
  }
  return response;
}

/**
 * Send something to be written.
 *
 * @param {"POST" | "PATCH" | "PUT" | "DELETE"} method
 * @param {string} path
 * @param {Record<string, any> | FormData} [body]
 */
export async function send(method, path, body = {}) {
  const response = await ask(path, {}, writing(method, body));
  return response.status === 204 ? null : read(response);
}

/**
 * Send something that is answered piece by piece, as server-sent events.
 *
 * @param {string} path
 * @param {Record<string, any>} body
 * @param {AbortSignal} [signal] ends it; the reader then gets an `AbortError`
 * @returns {AsyncGenerator<{event: string, data: any}>}
 */
export async function* follow(path, body, signal) {
  const { body: stream } = await ask(path, {}, { ...writing("POST", body), signal });
  if (!stream) return;
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read().catch((error) => {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new Problem(0, String(error));
    });
    if (done) return;
    const pieces = (held + value).split("\n\n");
    held = pieces.pop() ?? "";
    for (const piece of pieces) {
      const event = /^event: ?(.*)$/m.exec(piece)?.[1] ?? "message";
      const data = [...piece.matchAll(/^data: ?(.*)$/gm)].map((line) => line[1]).join("\n");
      if (data) yield { event, data: JSON.parse(data) };
    }
  }
}

/**
 * @param {string} method
 * @param {Record<string, any> | FormData} body
 * @returns {RequestInit}
 */
function writing(method, body) {
  const forgery = { "X-CSRFToken": forgeryToken() };
  if (body instanceof FormData) return { method, headers: forgery, body };
  return { method, headers: { ...forgery, "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

export const getCity = () => request("/api/city");

/** @returns {Promise<{login: string, role: string, divisions: string[]}>} who asks */
export const getMe = () => request("/api/me");

/** @param {string} language */
export const getWords = (language) => request(`/web/i18n/${language}.json`);

/**
 * @param {string} division
 * @param {number} days
 * @param {AbortSignal} signal
 */
export const getSummary = (division, days, signal) => request("/api/summary", { division, days }, { signal });

/**
 * @param {string} theme
 * @param {string} level
 * @param {AbortSignal} signal
 */
export const getTheme = (theme, level, signal) => request(`/api/themes/${theme}`, { level }, { signal });

/**
 * @param {"coverage" | "workload"} subject
 * @param {string} division
 * @param {string} level
 */
export const getFigures = (subject, division, level) => request(`/api/${subject}`, { division, level });

/** @param {string} code */
export const getWorker = (code) => request(`/api/workload/workers/${encodeURIComponent(code)}`);

/**
 * @param {Record<string, string | number | boolean | null | undefined>} filters
 * @param {AbortSignal} [signal]
 */
export const getIncidents = (filters, signal) => request("/api/incidents", filters, { signal });

/**
 * @param {Record<string, string | number | boolean | null | undefined>} filters
 * @param {AbortSignal} [signal]
 */
export const getIncidentPoints = (filters, signal) => request("/api/incidents/points", filters, { signal });

/** @param {string} id */
export const getIncident = (id) => request(`/api/incidents/${id}`);

/**
 * @param {"grid" | "building" | "component"} kind
 * @param {string} code
 */
export const getItem = (kind, code) => request(`/api/${kind}s/${encodeURIComponent(code)}`);

/**
 * @param {string} q
 * @param {AbortSignal} signal
 */
export const search = (q, signal) => request("/api/search", { q }, { signal });

/**
 * @param {number} lon
 * @param {number} lat
 */
export const locate = (lon, lat) => request("/api/locate", { lon, lat });

/**
 * @param {number | null} after
 */
export const getEvents = (after) => request("/api/stream/events", { after });

/**
 * @param {Record<string, any>} report
 */
export const postIncident = (report) => send("POST", "/api/incidents", report);

/** What proves that a writing request comes from our own page. */
const forgeryToken = () => document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";

/**
 * The classes a text may mean, best first.
 *
 * @param {string} text
 */
export const getCandidates = (text) => request("/api/classes/recognise", { text });
