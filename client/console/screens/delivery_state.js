// The state of a delivery and the result of an attempt, in words and colours.
import { badge } from '/console/ui/badge.js';
import { words } from '/console/words/en.js';

/** The states that a delivery can have, without the enum's prefix. */
export const STATES = ['PENDING', 'DELIVERED', 'FAILED', 'CANCELED'];
/** The classes of errors, without the enum's prefix. */
export const ERROR_CLASSES = ['STATUS', 'TIMEOUT', 'CONNECTION', 'TLS', 'BLOCKED', 'INTERNAL'];

/** @type {Record<string, 'good'|'bad'|'info'|'muted'>} */
const TONES = { PENDING: 'info', DELIVERED: 'good', FAILED: 'bad', CANCELED: 'muted' };

/**
 * A state without the enum's prefix.
 * @param {string|undefined} state
 */
export function shortState(state) {
  return (state ?? '').replace('DELIVERY_STATE_', '');
}

/** @param {{state?: string}} delivery */
export function isPending(delivery) {
  return shortState(delivery.state) === 'PENDING';
}

/**
 * @param {{state?: string}} delivery
 * @returns {HTMLElement}
 */
export function stateBadge(delivery) {
  const state = shortState(delivery.state);
  return badge(words.deliveries.states[state] ?? state, TONES[state] ?? 'muted');
}

/**
 * The HTTP status of an attempt, or of a delivery's last one; without a response, the class of its error.
 * @param {{responseStatus?: number, errorClass?: string}} result
 * @returns {HTMLElement|null} null if there is neither.
 */
export function statusBadge({ responseStatus, errorClass }) {
  const failure = (errorClass ?? '').replace('ERROR_CLASS_', '');
  if (responseStatus) return badge(String(responseStatus), failure ? 'bad' : 'good');
  return failure ? badge(words.deliveries.errorClasses[failure] ?? failure, 'bad') : null;
}
