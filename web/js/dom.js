/** Building elements in one expression. @module */

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {Record<string, any>} Properties
 */

/**
 * Return a new element. Properties beginning with `on` are listeners, the rest attributes; `null`, `false` and
 * `undefined` are left out, `true` is an empty attribute.
 *
 * @param {string} tag
 * @param {Properties} [properties]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  setProperties(element, properties);
  element.append(...kept(children));
  return element;
}

/**
 * Return a new SVG element.
 *
 * @param {string} tag
 * @param {Properties} [properties]
 * @param {...(Child | Child[])} children
 * @returns {SVGElement}
 */
export function s(tag, properties = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setProperties(element, properties);
  element.append(...kept(children));
  return element;
}

/**
 * Return the element with this id, which the page must have.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element #${id}`);
  return element;
}

/**
 * Put other children into an element; what has the focus, by its `data-key` or id, keeps it, and the element its scroll.
 *
 * @param {HTMLElement} box
 * @param {...(Child | Child[])} children
 */
export function refill(box, ...children) {
  const active = document.activeElement;
  const focused = active instanceof HTMLElement && box.contains(active) ? (active.dataset.key ?? active.id) : "";
  const scrolled = box.scrollTop;
  box.replaceChildren(...kept(children));
  box.scrollTop = scrolled;
  if (focused) [...box.querySelectorAll("[data-key], [id]")].map((found) => /** @type {HTMLElement} */ (found)).find((found) => (found.dataset.key ?? found.id) === focused)?.focus();
}

/**
 * @param {Element} element
 * @param {Properties} properties
 */
function setProperties(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * @param {(Child | Child[])[]} children
 * @returns {(Node | string)[]}
 */
function kept(children) {
  return children
    .flat()
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}
