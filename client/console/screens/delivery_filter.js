// The filter of a list of deliveries: in the page's URL, as an expression of the API, and as a test of one delivery.

import { and, or, quote } from '/console/api/filter.js';
import { contentExpression } from '/console/screens/content_search.js';
import { timeExpression } from '/console/screens/time_range.js';

/** @import { Delivery } from '/console/api/types.js' */

/**
 * What lists of deliveries and of events have in common. Values are without the enum's prefix; a webhook is its id.
 * @typedef {object} CommonFilter
 * @property {string[]} types
 * @property {string} webhook
 * @property {import('/console/screens/time_range.js').TimeRange} time
 * @property {import('/console/screens/content_search.js').Content} content
 */

/**
 * `statuses` are codes (`503`) or classes (`5xx`); an event is its id.
 * @typedef {CommonFilter & {states: string[], statuses: string[], errors: string[], event: string}} DeliveryFilter
 */

/**
 * @param {string|null} value
 * @param {RegExp} [pattern]
 */
function list(value, pattern = /^[A-Z_]+$/) {
  return (value ?? '').split(',').filter((item) => pattern.test(item));
}

/**
 * What a URL has of both lists' filters. What is not valid there is left out.
 * @param {URLSearchParams} query
 * @returns {CommonFilter}
 */
export function readCommon(query) {
  return {
    types: list(query.get('type')),
    webhook: query.get('webhook') ?? '',
    time: { since: query.get('since') ?? '', from: query.get('from') ?? '', to: query.get('to') ?? '' },
    content: { text: query.get('q') ?? '', by: query.get('by') ?? '' },
  };
}

/**
 * The query parameters of what both lists have; null removes one.
 * @param {CommonFilter} filter
 * @returns {Record<string, string|null>}
 */
export function writeCommon({ types, webhook, time, content }) {
  return {
    type: types.join(',') || null,
    webhook: webhook || null,
    since: time.since || null,
    from: time.from || null,
    to: time.to || null,
    q: content.text || null,
    by: content.by || null,
  };
}

/**
 * @param {URLSearchParams} query
 * @returns {DeliveryFilter}
 */
export function readDeliveryFilter(query) {
  return {
    ...readCommon(query),
    states: list(query.get('state')),
    statuses: list(query.get('status'), /^[1-5](xx|\d\d)$/),
    errors: list(query.get('error')),
    event: query.get('event') ?? '',
  };
}

/**
 * @param {DeliveryFilter} filter
 * @returns {Record<string, string|null>}
 */
export function writeDeliveryFilter(filter) {
  return {
    ...writeCommon(filter),
    state: filter.states.join(',') || null,
    status: filter.statuses.join(',') || null,
    error: filter.errors.join(',') || null,
    event: filter.event || null,
  };
}

/**
 * @param {string} field
 * @param {string[]} values
 */
export function oneOf(field, values) {
  return or(...values.map((value) => `${field} = ${value}`));
}

/**
 * The parts of the filter that an attempt does not change.
 * @param {string} project
 * @param {DeliveryFilter} filter
 */
function fixedParts(project, filter) {
  return [
    filter.webhook && `webhook = ${quote(`projects/${project}/webhooks/${filter.webhook}`)}`,
    filter.event && `event = ${quote(`projects/${project}/events/${filter.event}`)}`,
    oneOf('event_type', filter.types),
  ];
}

/**
 * The filter of ListDeliveries.
 * @param {string} project
 * @param {DeliveryFilter} filter
 * @returns {string}
 */
export function deliveryExpression(project, filter) {
  return and(
    ...fixedParts(project, filter),
    oneOf('state', filter.states),
    oneOf('status_code', filter.statuses),
    oneOf('error', filter.errors),
    timeExpression('create_time', filter.time),
    contentExpression(filter.content),
  );
}

/**
 * The filter of WatchDeliveries. It leaves out what changes with an attempt, so that a delivery that stops matching is
 * reported, too; see `matches`. It cannot have the content of events.
 * @param {string} project
 * @param {DeliveryFilter} filter
 * @returns {string}
 */
export function watchExpression(project, filter) {
  return and(...fixedParts(project, filter), timeExpression('create_time', filter.time));
}

/**
 * Whether a delivery that `watchExpression` selects matches the whole filter.
 * @param {DeliveryFilter} filter
 * @param {Delivery} delivery
 * @returns {boolean}
 */
export function matches(filter, delivery) {
  const status = String(delivery.responseStatus ?? 0);
  const any = (/** @type {string[]} */ values, /** @type {(value: string) => boolean} */ test) =>
    values.length === 0 || values.some(test);
  return (
    any(filter.states, (value) => delivery.state === `DELIVERY_STATE_${value}`) &&
    any(filter.statuses, (value) => status === value || (value.endsWith('xx') && status[0] === value[0])) &&
    any(filter.errors, (value) => delivery.errorClass === `ERROR_CLASS_${value}`)
  );
}

/** The states that a redelivery changes. */
const REDELIVERED = ['FAILED', 'CANCELED'];

/**
 * The filter of RetryDeliveries: what the list shows, as far as it failed or was canceled.
 * @param {string} project
 * @param {DeliveryFilter} filter
 * @returns {string|null} null if the filter leaves nothing to redeliver.
 */
export function redeliverExpression(project, filter) {
  const states =
    filter.states.length === 0 ? REDELIVERED : filter.states.filter((state) => REDELIVERED.includes(state));
  return states.length === 0 ? null : deliveryExpression(project, { ...filter, states });
}
