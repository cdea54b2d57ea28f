// Who is signed in, and what they may do. The token's secret stays in sessionStorage, or in memory where the browser
// denies storage, and goes nowhere but into the header of calls.

import { ApiError, apiEvents, setSecret } from '/console/api/client.js';
import { getCurrentToken } from '/console/api/methods.js';
import { readStored, store } from '/console/ui/storage.js';

/** @typedef {'emit' | 'read' | 'manage' | 'admin'} Role */
/**
 * @typedef {object} Caller
 * @property {string} name the token's resource name; empty where hookd has no authentication
 * @property {string} displayName
 * @property {Set<Role>} roles with those that a role includes
 * @property {string[] | 'all'} projects ids of projects
 * @property {boolean} needsToken whether hookd requires a token from this caller
 * @property {string | null} expireTime
 */

const KEY = 'hookd.token';

/** Sends 'change' when a caller signs in, signs out, or has to sign in again. */
export const session = new EventTarget();

/** What each role may do. @type {Record<string, Role[]>} */
const INCLUDED = {
  ROLE_EMIT: ['emit'],
  ROLE_READ: ['read'],
  ROLE_MANAGE: ['read', 'manage'],
  ROLE_ADMIN: ['emit', 'read', 'manage', 'admin'],
};

/** @type {Caller | null} */
let current = null;
/** Why a new sign-in is needed. @type {ApiError | null} */
let reason = null;
/** Whether signIn() tries a token, and handles its refusal. */
let isTrying = false;

/**
 * @param {import('/console/api/types.js').Token} token
 * @param {boolean} needsToken
 * @returns {Caller}
 */
function callerOf(token, needsToken) {
  const { projects = [], roles = [] } = token;
  return {
    name: token.name ?? '',
    displayName: token.displayName ?? '',
    roles: new Set(roles.flatMap((role) => INCLUDED[role] ?? [])),
    projects: projects.includes('projects/-') ? 'all' : projects.map((name) => name.replace('projects/', '')),
    needsToken,
    expireTime: token.expireTime ?? null,
  };
}

/** @param {string | null} secret */
async function load(secret) {
  current = callerOf(await getCurrentToken(), secret !== null);
  reason = null;
}

/** @returns {Caller} */
export function caller() {
  return current ?? callerOf({}, true);
}

export function isSignedIn() {
  return current !== null;
}

/** Why hookd asks to sign in: its error, or null before the first sign-in. */
export function signInReason() {
  return reason;
}

/**
 * Whether the caller has `role`; in `project` if it is given, and in all projects, as the methods for the whole server
 * require, if it is '-'.
 * @param {Role} role
 * @param {string} [project]
 */
export function may(role, project) {
  const { roles, projects } = caller();
  return roles.has(role) && (project === undefined || projects === 'all' || projects.includes(project));
}

/** Signs in with what is stored, or without a token where hookd requires none. Never throws because of a token. */
export async function resumeSession() {
  const secret = readStored('session', KEY);
  setSecret(secret);
  try {
    await load(secret);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
    if (secret !== null) reason = error;
    store('session', KEY, null);
    setSecret(null);
  }
}

/**
 * Signs in with a token. Throws ApiError, and changes nothing, if hookd does not accept it.
 * @param {string} secret
 * @param {() => void} [accepted] called before `session` sends 'change'
 * @returns {Promise<void>}
 */
export async function signIn(secret, accepted = () => {}) {
  const before = readStored('session', KEY);
  isTrying = true;
  setSecret(secret);
  try {
    await load(secret);
  } catch (error) {
    setSecret(before);
    throw error;
  } finally {
    isTrying = false;
  }
  store('session', KEY, secret);
  accepted();
  session.dispatchEvent(new Event('change'));
}

/** Forgets the token. */
export function signOut() {
  store('session', KEY, null);
  setSecret(null);
  current = null;
  reason = null;
  session.dispatchEvent(new Event('change'));
}

/** @typedef {{secret: string, project: string | null}} SignInLink */

/**
 * Takes the token out of a sign-in link, `#token=...&project=...`, and erases it from the address. Returns null if the
 * address is not one. Nobody is signed in by it yet: anyone can write a link.
 * @param {string} [fragment] what the address has instead
 * @returns {SignInLink | null}
 */
export function takeSignInLink(fragment = '#/') {
  if (!location.hash.startsWith('#token=')) return null;
  const values = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, '', `${location.pathname}${fragment}`);
  return { secret: values.get('token') ?? '', project: values.get('project') };
}

/**
 * Whether a link may sign in without a question: nobody is signed in with another token, or the page is in a frame, of a
 * site that --console_frame_ancestors names, which chooses the token.
 * @param {SignInLink} link
 */
export function isSafeToFollow({ secret }) {
  const stored = readStored('session', KEY);
  return stored === null || stored === secret || window.parent !== window;
}

/** Makes resumeSession() sign in with the token of a link. @param {SignInLink} link */
export function followSignInLink({ secret }) {
  store('session', KEY, secret);
}

apiEvents.addEventListener('unauthenticated', (event) => {
  // During a sign-in, signIn() and resumeSession() handle the error.
  if (!current || isTrying) return;
  signOutBecause(/** @type {CustomEvent} */ (event).detail);
});

/** @param {ApiError} error */
function signOutBecause(error) {
  store('session', KEY, null);
  setSecret(null);
  current = null;
  reason = error;
  session.dispatchEvent(new Event('change'));
}
