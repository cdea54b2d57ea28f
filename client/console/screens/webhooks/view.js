// Which webhooks the list shows, and in which order: as the address has it, and as requests to the API.

import { and } from '/console/api/filter.js';
import { listWebhooks } from '/console/api/methods.js';
import { eventTypes } from '/console/samples.js';

/** @typedef {{q: string, type: string, enabled: string, health: string, sort: string}} View */

export const healthStates = ['HEALTH_STATE_FAILING', 'HEALTH_STATE_HEALTHY', 'HEALTH_STATE_UNSPECIFIED'];

/** The orders of ListWebhooks that the list offers. The first is the API's own. */
export const orders = [
  'id',
  'display_name',
  'create_time desc',
  'failing_since',
  'consecutive_failures desc',
  'last_failure_time desc',
  'pending_deliveries desc',
];

/** How many webhooks a request asks for; more if they are searched. */
const pageSize = 100;
const searchPageSize = 1000;
/** How many rows a page of the list has at least, unless there are no more. */
const leastRows = 30;

/**
 * @param {URLSearchParams} query
 * @returns {View}
 */
export function readView(query) {
  /** @param {string} key @param {string[]} values */
  const oneOf = (key, values) => {
    const value = query.get(key) ?? '';
    return values.includes(value) ? value : '';
  };
  return {
    q: query.get('q') ?? '',
    type: oneOf('type', eventTypes),
    enabled: oneOf('enabled', ['true', 'false']),
    health: oneOf('health', healthStates),
    sort: /^[a-z_]+( desc)?$/.test(query.get('sort') ?? '') ? /** @type {string} */ (query.get('sort')) : '',
  };
}

/** Whether the view leaves webhooks out. @param {View} view */
export function isFiltered({ q, type, enabled, health }) {
  return [q, type, enabled, health].some((value) => value !== '');
}

/** @param {View} view */
function filterText({ type, enabled, health }) {
  return and(
    type && `event_type = ${type.replace('EVENT_TYPE_', '')}`,
    enabled && `enabled = ${enabled}`,
    health && `health = ${health.replace('HEALTH_STATE_', '')}`,
  );
}

/**
 * The API has no search in names and URLs, so that pages are searched here.
 * @param {any} webhook
 * @param {string} text in lower case
 */
function matches(webhook, text) {
  return [webhook.displayName, webhook.url, webhook.name.slice(webhook.name.lastIndexOf('/') + 1)].some(
    (value) => value?.toLowerCase().includes(text),
  );
}

/**
 * Reads the webhooks of a view, page by page.
 * @param {{project: string, signal: AbortSignal}} context
 * @param {View} view
 * @returns {() => Promise<{rows: any[], done: boolean}>} reads the next page
 */
export function pager({ project, signal }, view) {
  const text = view.q.trim().toLowerCase();
  const request = {
    project,
    filter: filterText(view),
    orderBy: view.sort || undefined,
    pageSize: text ? searchPageSize : pageSize,
  };
  let pageToken = '';
  return async () => {
    const rows = [];
    do {
      const page = await listWebhooks({ ...request, pageToken }, { signal });
      const webhooks = page.webhooks ?? [];
      rows.push(
        ...(text ? webhooks.filter((/** @type {any} */ webhook) => matches(webhook, text)) : webhooks),
      );
      pageToken = page.nextPageToken ?? '';
    } while (pageToken && rows.length < leastRows);
    return { rows, done: pageToken === '' };
  };
}
