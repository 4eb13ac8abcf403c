/** The server's live stream, which comes back by itself. @module */

const RETRY_MS = 10_000;

/**
 * @typedef {(event: MessageEvent) => void} Listener
 */

/**
 * Listen from now on.
 *
 * @param {Record<string, Listener>} told by the name of the event; `open` and `error` are the connection's own
 * @param {() => number | null} [last] the number of the last event that was taken: what was missed since comes first
 */
export function listen(told, last = () => null) {
  /** @type {EventSource | null} */
  let source = null;
  const connect = () => {
    source?.close();
    const from = last();
    const mine = new EventSource(from === null ? "/api/stream" : `/api/stream?last_event_id=${from}`);
    source = mine;
    for (const [name, listener] of Object.entries(told)) mine.addEventListener(name, /** @type {EventListener} */ (listener));
    mine.addEventListener("error", () => {
      // a browser gives up on some answers (503, a proxy's page); then we begin again ourselves
      if (mine.readyState === EventSource.CLOSED) setTimeout(() => source === mine && connect(), RETRY_MS);
    });
  };
  window.addEventListener("online", connect);
  connect();
}
