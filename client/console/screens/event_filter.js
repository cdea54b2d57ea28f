// The filter of a list of events: in the page's URL, and as an expression of the API.
import { and, quote } from '/console/api/filter.js';
import { contentExpression } from '/console/screens/content_search.js';
import { oneOf } from '/console/screens/delivery_filter.js';
import { timeExpression } from '/console/screens/time_range.js';

/** @typedef {import('/console/screens/delivery_filter.js').CommonFilter} EventFilter */

/**
 * @param {string} project
 * @param {EventFilter} filter
 */
function partsOf(project, filter) {
  return [
    oneOf('event_type', filter.types),
    filter.webhook && `webhook = ${quote(`projects/${project}/webhooks/${filter.webhook}`)}`,
    contentExpression(filter.content),
  ];
}

/**
 * The filter of ListEvents.
 * @param {string} project
 * @param {EventFilter} filter
 * @returns {string}
 */
export function eventExpression(project, filter) {
  return and(...partsOf(project, filter), timeExpression('emit_time', filter.time));
}

/**
 * The filter of WatchEvents, which has no time.
 * @param {string} project
 * @param {EventFilter} filter
 * @returns {string}
 */
export function watchEventsExpression(project, filter) {
  return and(...partsOf(project, filter));
}
