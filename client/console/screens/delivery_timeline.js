// What happened to a delivery, in order: accepted, queued, each attempt with its phases, and how it ended.

import { PHASES, phaseBar, phasesOf, totalOf } from '/console/screens/attempt_phases.js';
import { isPending, shortState, statusBadge } from '/console/screens/delivery_state.js';
import { button } from '/console/ui/button.js';
import { h } from '/console/ui/dom.js';
import { formatDuration, timeElement } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @import { Attempt, Delivery } from '/console/api/types.js' */

/** Pauses below this are not shown. */
const SHORTEST_PAUSE_MS = 50;

/**
 * @param {string} kind
 * @param {...import('/console/ui/dom.js').Child} children
 */
function item(kind, ...children) {
  return h('li', { class: `timeline-item ${kind}` }, children);
}

/** @param {number} ms @param {(duration: string) => string} sentence */
function pauseItem(ms, sentence) {
  return ms >= SHORTEST_PAUSE_MS ? item('timeline-pause', sentence(formatDuration(ms))) : null;
}

/** @param {Delivery} delivery */
function endItem(delivery) {
  const copy = words.delivery;
  const next = delivery.nextAttemptTime;
  if (!isPending(delivery)) {
    const state = shortState(delivery.state);
    const word = words.deliveries.states[state] ?? state;
    return item(`timeline-end timeline-${state.toLowerCase()}`, h('strong', null, word));
  }
  if (!next) return item('timeline-end timeline-pending', copy.queued);
  const due = Date.parse(next) <= Date.now();
  const text = due ? copy.due : [copy.nextAttempt, ' ', timeElement(next)];
  return item('timeline-end timeline-pending', text);
}

/**
 * @param {Attempt} attempt
 * @param {number} scale
 * @param {boolean} selected
 * @param {(number: number) => void} onSelect
 */
function attemptItem(attempt, scale, selected, onSelect) {
  const number = attempt.number ?? 0;
  const isGood = !attempt.errorClass && (attempt.responseStatus ?? 0) < 300;
  return item(
    isGood ? 'timeline-attempt timeline-delivered' : 'timeline-attempt timeline-failed',
    h(
      'button',
      {
        type: 'button',
        class: 'timeline-button',
        'aria-pressed': String(selected),
        dataset: { attempt: number },
        on: { click: () => onSelect(number) },
      },
      h(
        'span',
        { class: 'timeline-line' },
        h('strong', null, words.delivery.attempt(number)),
        statusBadge(attempt),
        h('span', { class: 'timeline-total' }, formatDuration(totalOf(attempt))),
      ),
      phaseBar(attempt, scale),
      h('span', { class: 'timeline-time' }, attempt.startTime && timeElement(attempt.startTime)),
    ),
  );
}

/**
 * @param {object} options
 * @param {Delivery} options.delivery
 * @param {Attempt[]} options.attempts By number; some in between may not be loaded.
 * @param {number} options.selected The number of the attempt that is shown.
 * @param {(number: number) => void} options.onSelect
 * @param {() => Promise<void>} options.onLoadMore Loads attempts that are not there.
 * @returns {HTMLElement}
 */
export function deliveryTimeline({ delivery, attempts, selected, onSelect, onLoadMore }) {
  const copy = words.delivery;
  const scale = attempts.reduce((longest, attempt) => Math.max(longest, totalOf(attempt)), 0);
  const items = [
    item('timeline-start', h('strong', null, copy.accepted), ' ', timeElement(delivery.createTime ?? '')),
  ];
  let end = Date.parse(delivery.createTime ?? '');
  let number = 0;
  for (const attempt of attempts) {
    const missing = (attempt.number ?? 0) - number - 1;
    const start = Date.parse(attempt.startTime ?? '');
    if (missing > 0) {
      items.push(
        item(
          'timeline-gap',
          copy.missing(missing),
          ' ',
          button(copy.showMissing, onLoadMore, { kind: 'plain' }),
        ),
      );
    } else {
      const pause = pauseItem(start - end, number === 0 ? copy.waitedInQueue : copy.waited);
      if (pause) items.push(pause);
    }
    if (attempt.trigger === 'ATTEMPT_TRIGGER_MANUAL') items.push(item('timeline-manual', copy.redelivered));
    items.push(attemptItem(attempt, scale, attempt.number === selected, onSelect));
    end = start + totalOf(attempt);
    number = attempt.number ?? 0;
  }
  items.push(endItem(delivery));
  return h('ol', { class: 'timeline' }, items);
}

/**
 * What the colours of the bars mean.
 * @param {Attempt[]} attempts
 */
export function phaseLegend(attempts) {
  const shown = attempts.flatMap(phasesOf).filter(({ length }) => length > 0);
  const keys = PHASES.filter((key) => shown.some((phase) => phase.key === key));
  return h(
    'ul',
    { class: 'phase-legend' },
    keys.map((key) =>
      h('li', null, h('span', { class: `phase-dot phase-${key}` }), words.delivery.phases[key]),
    ),
  );
}
