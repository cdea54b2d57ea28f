// Addresses in the fragment, so that none of them is sent to a server.

import { lastPart } from '/console/ui/text.js';

/**
 * What a screen gets.
 * @typedef {object} Context
 * @property {string} project
 * @property {Record<string, string>} params
 * @property {URLSearchParams} query
 * @property {AbortSignal} signal aborted when the screen is left
 * @property {(path: string, options?: {replace?: boolean}) => void} navigate
 * @property {(patch: Record<string, string | null>) => void} setQuery changes the address, and not the screen
 */
/** @typedef {(context: Context) => HTMLElement} Screen */
/** @typedef {{pattern: string, title: string, load: () => Promise<Screen>}} Route */

const part = encodeURIComponent;

/** @param {string} [name] an id or a full name */
const id = (name) => part(lastPart(name));

/** @param {string} [project] */
const base = (project) => `/projects/${id(project)}`;

/** The path of each screen. Projects, webhooks, deliveries and events are given by their ids or full names. */
export const paths = {
  projects: () => '/projects',
  webhooks: (/** @type {string | undefined} */ project) => `${base(project)}/webhooks`,
  addWebhook: (/** @type {string | undefined} */ project) => `${base(project)}/add-webhook`,
  webhook: (/** @type {string | undefined} */ project, /** @type {string | undefined} */ webhook) =>
    `${base(project)}/webhooks/${id(webhook)}`,
  editWebhook: (/** @type {string | undefined} */ project, /** @type {string | undefined} */ webhook) =>
    `${base(project)}/webhooks/${id(webhook)}/edit`,
  deliveries: (/** @type {string | undefined} */ project) => `${base(project)}/deliveries`,
  delivery: (/** @type {string | undefined} */ project, /** @type {string | undefined} */ delivery) =>
    `${base(project)}/deliveries/${id(delivery)}`,
  events: (/** @type {string | undefined} */ project) => `${base(project)}/events`,
  event: (/** @type {string | undefined} */ project, /** @type {string | undefined} */ event) =>
    `${base(project)}/events/${id(event)}`,
  emit: (/** @type {string | undefined} */ project) => `${base(project)}/emit`,
  operate: (/** @type {string} */ section = '') => (section ? `/operate/${part(section)}` : '/operate'),
};

/**
 * Returns what a link to a path has as its href.
 * @param {string} path
 * @param {Record<string, string | null | undefined>} [query]
 */
export function href(path, query = {}) {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value) params.set(key, value);
  const text = params.toString();
  return `#${path}${text && `?${text}`}`;
}

/** The path and query of the address. */
export function currentAddress() {
  const fragment = location.hash.slice(1) || '/';
  const mark = fragment.indexOf('?');
  return {
    path: mark < 0 ? fragment : fragment.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : fragment.slice(mark + 1)),
  };
}

/**
 * Whether a text may be the id of a project.
 * @param {string} text
 */
export function isProjectId(text) {
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}

/**
 * Returns a part of a path as it was, or null if no id can be like it.
 * @param {string} encoded
 */
function decoded(encoded) {
  try {
    const text = decodeURIComponent(encoded);
    return text === '' || text === '.' || text === '..' || text.includes('/') ? null : text;
  } catch {
    return null;
  }
}

/**
 * @param {string} pattern
 * @param {string} path
 * @returns {Record<string, string> | null}
 */
function match(pattern, path) {
  const expected = pattern.split('/');
  const actual = path.replace(/\/$/, '').split('/');
  if (expected.length !== actual.length) return null;
  /** @type {Record<string, string>} */
  const params = {};
  for (let i = 0; i < expected.length; i += 1) {
    if (expected[i].startsWith(':')) {
      const value = decoded(actual[i]);
      if (value === null) return null;
      params[expected[i].slice(1)] = value;
    } else if (expected[i] !== actual[i]) return null;
  }
  return params.project === undefined || isProjectId(params.project) ? params : null;
}

/**
 * Finds the route of a path.
 * @param {Route[]} routes
 * @param {string} path
 * @returns {{route: Route, params: Record<string, string>} | null}
 */
export function findRoute(routes, path) {
  for (const route of routes) {
    const params = match(route.pattern, path);
    if (params) return { route, params };
  }
  return null;
}

/**
 * Goes to a path, which may have a query.
 * @param {string} path
 * @param {{replace?: boolean}} [options]
 */
export function navigate(path, { replace = false } = {}) {
  if (replace) location.replace(`#${path}`);
  else location.hash = path;
}

/**
 * Makes the context of a screen. The query of the context follows setQuery.
 * @param {Record<string, string>} params
 * @param {AbortSignal} signal
 * @returns {Context}
 */
export function makeContext(params, signal) {
  const { path, query } = currentAddress();
  return {
    project: params.project ?? '',
    params,
    query,
    signal,
    navigate,
    setQuery: (patch) => {
      if (signal.aborted) return;
      for (const [key, value] of Object.entries(patch)) {
        if (value) query.set(key, value);
        else query.delete(key);
      }
      history.replaceState(history.state, '', href(path, Object.fromEntries(query)));
    },
  };
}
