// The phases of an attempt: name lookup, connect, TLS, first byte, and the rest of its time.
import { h } from '/console/ui/dom.js';
import { formatDuration, parseDuration } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @import { Attempt } from '/console/api/types.js' */

/** The phases in order; the last two exclude each other. */
export const PHASES = /** @type {const} */ (['lookup', 'connect', 'tls', 'firstByte', 'body', 'failure']);

/** @typedef {(typeof PHASES)[number]} PhaseKey */
/** @typedef {{key: PhaseKey, start: number, length: number}} Phase Milliseconds from the start of the attempt. */

/**
 * The phases that the attempt reached, in order. After the last one is the rest: reading the body, or, without a
 * response, the time until the failure.
 * @param {Attempt} attempt
 * @returns {Phase[]}
 */
export function phasesOf(attempt) {
  /** @type {[PhaseKey, string|undefined][]} */
  const durations = [
    ['lookup', attempt.nameLookupDuration],
    ['connect', attempt.connectDuration],
    ['tls', attempt.tlsDuration],
    ['firstByte', attempt.responseStatus ? attempt.firstByteDuration : undefined],
  ];
  /** @type {Phase[]} */
  const phases = [];
  let end = 0;
  for (const [key, duration] of durations) {
    if (duration === undefined) continue;
    const length = parseDuration(duration);
    phases.push({ key, start: end, length });
    end += length;
  }
  const rest = totalOf(attempt) - end;
  if (rest > 0) phases.push({ key: attempt.responseStatus ? 'body' : 'failure', start: end, length: rest });
  return phases;
}

/** @param {Attempt} attempt */
export function totalOf(attempt) {
  return parseDuration(attempt.totalDuration);
}

/** @param {number} ms @param {number} scale */
function percent(ms, scale) {
  return `${scale > 0 ? Math.min(100, (ms / scale) * 100) : 0}%`;
}

/** @param {Phase} phase @param {number} scale */
function segment(phase, scale) {
  const element = h('span', { class: `phase phase-${phase.key}` });
  element.style.setProperty('left', percent(phase.start, scale));
  element.style.setProperty('width', percent(phase.length, scale));
  return element;
}

/**
 * The attempt as one bar, drawn on a scale of milliseconds that several bars share. The numbers are its label.
 * @param {Attempt} attempt
 * @param {number} scale
 * @returns {HTMLElement}
 */
export function phaseBar(attempt, scale) {
  const phases = phasesOf(attempt);
  const label = words.delivery.phasesLabel(
    phases.map((phase) => `${words.delivery.phases[phase.key]} ${formatDuration(phase.length)}`),
    formatDuration(totalOf(attempt)),
  );
  return h(
    'span',
    { class: 'phase-bar', role: 'img', 'aria-label': label },
    phases.filter((phase) => phase.length > 0).map((phase) => segment(phase, scale)),
  );
}

/**
 * The phases as a table of numbers with a bar in each row.
 * @param {Attempt} attempt
 * @returns {HTMLElement}
 */
export function phaseTable(attempt) {
  const copy = words.delivery;
  const total = totalOf(attempt);
  const reused = attempt.remoteAddress && attempt.connectDuration === '0s';
  const rows = phasesOf(attempt).map((phase) =>
    h(
      'tr',
      null,
      h('th', { scope: 'row' }, copy.phases[phase.key]),
      h(
        'td',
        { class: 'phase-cell' },
        h('span', { class: 'phase-bar' }, phase.length > 0 && segment(phase, total)),
      ),
      h('td', { class: 'number' }, formatDuration(phase.length)),
    ),
  );
  return h(
    'div',
    null,
    h(
      'table',
      { class: 'phase-table' },
      h('caption', { class: 'visually-hidden' }, copy.phasesCaption),
      h('tbody', null, rows),
      h(
        'tfoot',
        null,
        h(
          'tr',
          null,
          h('th', { scope: 'row' }, copy.total),
          h('td'),
          h('td', { class: 'number' }, formatDuration(total)),
        ),
      ),
    ),
    reused && h('p', { class: 'soft' }, copy.reused),
  );
}
