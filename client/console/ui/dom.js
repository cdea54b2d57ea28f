// Makes elements. Strings always become text nodes, and never markup.

import { visible } from '/console/ui/text.js';

/** @typedef {Node | string | number | null | undefined | boolean | Child[]} Child */

/** Attributes that people read: invisible characters in them are escaped as in text. */
const READ_ATTRIBUTES = new Set([
  'title',
  'aria-label',
  'aria-description',
  'aria-valuetext',
  'placeholder',
  'alt',
]);

/** Where links may lead: to places of this page, to files of this server, and to web pages; above all not to scripts. */
const LINK = /^(#|\/|https?:\/\/)/;

/**
 * @param {Element} parent
 * @param {Child[]} children
 */
function append(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(parent, child);
    else if (child instanceof Node) parent.append(child);
    else if (typeof child === 'string') parent.append(visible(child));
    else if (typeof child === 'number') parent.append(String(child));
  }
}

/**
 * @param {Element} element
 * @param {Record<string, any>} props
 */
function setProps(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined) continue;
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === 'dataset') {
      Object.assign(/** @type {HTMLElement} */ (element).dataset, value);
    } else if (name === 'value' && 'value' in element && element.tagName !== 'LI') {
      /** @type {HTMLInputElement} */ (element).value = String(value);
    } else if (name === 'checked' || name === 'indeterminate') {
      /** @type {any} */ (element)[name] = Boolean(value);
    } else if (name === 'href') {
      if (LINK.test(value)) element.setAttribute(name, value);
    } else if (value === true || value === false) {
      // ARIA states are words; other boolean attributes are there or not.
      if (name.startsWith('aria-')) element.setAttribute(name, String(value));
      else element.toggleAttribute(name, value);
    } else {
      element.setAttribute(name, READ_ATTRIBUTES.has(name) ? visible(String(value)) : String(value));
    }
  }
}

/**
 * Makes an HTML element. `on` in props has listeners by event, `dataset` data attributes, `class` a string. Of a select,
 * set `value` after its options are there.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any> | null} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  if (props) setProps(element, props);
  append(element, children);
  return element;
}

/**
 * Makes an SVG element, like h().
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any> | null} [props]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function svg(tag, props, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  if (props) setProps(element, props);
  append(element, children);
  return element;
}

/**
 * Replaces everything in `parent`.
 * @param {Element} parent
 * @param {...Child} children
 */
export function replace(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
}

let lastId = 0;

/** Returns an id that no other element of the page has. */
export function uniqueId() {
  lastId += 1;
  return `e${lastId}`;
}
