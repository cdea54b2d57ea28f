// One function for each method of the API that the console calls, by its name. Each takes the fields of the request, with
// `project` for its parent, and options with a signal. Resources are given by their full names.

import { call } from '/console/api/client.js';
import { watch } from '/console/api/watch.js';

/** @import * as api from '/console/api/types.js' */

/** @typedef {{signal?: AbortSignal}} Options */
/** @typedef {{pageSize?: number, pageToken?: string, filter?: string}} Page */
/** @typedef {{startTime?: string, endTime?: string, step?: string}} StatsRange */

/** @param {string} name a resource name, or `projects/p/...` */
const at = (name) => `/v1/${name.split('/').map(encodeURIComponent).join('/')}`;

/** @param {string} project */
const ofProject = (project) => at(`projects/${project}`);

// Webhooks.

/**
 * @param {{project: string, orderBy?: string} & Page} request
 * @param {Options} [options]
 * @returns {Promise<api.ListWebhooksResponse>}
 */
export const listWebhooks = ({ project, ...query }, options) =>
  call('GET', `${ofProject(project)}/webhooks`, { query, ...options });

/**
 * @param {{name: string}} request
 * @param {Options} [options]
 * @returns {Promise<api.Webhook>}
 */
export const getWebhook = ({ name }, options) => call('GET', at(name), options);

/**
 * @param {{project: string, webhook: api.Webhook, webhookId?: string, validateOnly?: boolean, requestId?: string}} request
 * @param {Options} [options]
 * @returns {Promise<api.Webhook>}
 */
export const createWebhook = ({ project, webhook, ...query }, options) =>
  call('POST', `${ofProject(project)}/webhooks`, { query, body: webhook, ...options });

/**
 * @param {{webhook: api.Webhook, updateMask?: string, validateOnly?: boolean}} request
 * @param {Options} [options]
 * @returns {Promise<api.Webhook>}
 */
export const updateWebhook = ({ webhook, ...query }, options) =>
  call('PATCH', at(webhook.name ?? ''), { query, body: webhook, ...options });

/**
 * @param {{name: string, etag?: string}} request
 * @param {Options} [options]
 * @returns {Promise<void>}
 */
export const deleteWebhook = ({ name, ...query }, options) => call('DELETE', at(name), { query, ...options });

/**
 * @param {{name: string, etag?: string}} request
 * @param {Options} [options]
 * @returns {Promise<api.Webhook>}
 */
export const enableWebhook = ({ name, ...body }, options) =>
  call('POST', `${at(name)}:enable`, { body, ...options });

/**
 * @param {{name: string, etag?: string}} request
 * @param {Options} [options]
 * @returns {Promise<api.Webhook>}
 */
export const disableWebhook = ({ name, ...body }, options) =>
  call('POST', `${at(name)}:disable`, { body, ...options });

/**
 * @param {{name: string, etag?: string, signingSecret?: string, signingAlgorithm?: string, gracePeriod?: string}} request
 * @param {Options} [options]
 * @returns {Promise<api.Webhook>}
 */
export const rotateSigningSecret = ({ name, ...body }, options) =>
  call('POST', `${at(name)}:rotateSigningSecret`, { body, ...options });

/**
 * Tests the webhook `name`, with the changes of `webhook`, or a `webhook` of `project` that is not stored. The event is
 * the sample of `eventType`, or `document`: its text, or the object.
 * @param {{name?: string, project?: string, webhook?: api.Webhook, updateMask?: string, eventType?: string, document?: any}} request
 * @param {Options} [options]
 * @returns {Promise<api.TestWebhookResponse>}
 */
export const testWebhook = ({ name, project, ...body }, options) =>
  call('POST', name ? `${at(name)}:test` : `${ofProject(/** @type {string} */ (project))}/webhooks:test`, {
    body,
    ...options,
  });

/**
 * @param {{name: string} & StatsRange} request
 * @param {Options} [options]
 * @returns {Promise<api.Stats>}
 */
export const getWebhookStats = ({ name, ...query }, options) =>
  call('GET', `${at(name)}:stats`, { query, ...options });

// Deliveries.

/**
 * @param {{project: string} & Page} request
 * @param {Options} [options]
 * @returns {Promise<api.ListDeliveriesResponse>}
 */
export const listDeliveries = ({ project, ...query }, options) =>
  call('GET', `${ofProject(project)}/deliveries`, { query, ...options });

/**
 * @param {{name: string}} request
 * @param {Options} [options]
 * @returns {Promise<api.Delivery>}
 */
export const getDelivery = ({ name }, options) => call('GET', at(name), options);

/**
 * @param {{name: string, pageSize?: number, pageToken?: string}} request
 * @param {Options} [options]
 * @returns {Promise<api.ListAttemptsResponse>}
 */
export const listAttempts = ({ name, ...query }, options) =>
  call('GET', `${at(name)}/attempts`, { query, ...options });

/**
 * @param {{name: string}} request
 * @param {Options} [options]
 * @returns {Promise<api.Delivery>}
 */
export const retryDelivery = ({ name }, options) =>
  call('POST', `${at(name)}:retry`, { body: {}, ...options });

/**
 * @param {{project: string, webhook?: string, filter?: string, startTime?: string, endTime?: string, eventTypes?: string[],
 *   validateOnly?: boolean}} request
 * @param {Options} [options]
 * @returns {Promise<api.RetryDeliveriesResponse>}
 */
export const retryDeliveries = ({ project, ...body }, options) =>
  call('POST', `${ofProject(project)}/deliveries:retry`, { body, ...options });

/**
 * Yields each outcome of deliveries once, also across restarts of hookd.
 * @param {{project: string, filter?: string, startTime?: string}} request
 * @param {import('/console/api/watch.js').WatchOptions} [options]
 * @returns {AsyncGenerator<api.WatchDeliveriesResponse, void, void>}
 */
export async function* watchDeliveries({ project, filter, startTime }, options) {
  const messages = watch(
    `${ofProject(project)}/deliveries:watch`,
    (position, since) => ({ filter, startTime: position ?? startTime ?? since }),
    (message) => message.outcomeTime,
    options,
  );
  // A stream that is opened again begins with all outcomes of the last millisecond.
  let time = '';
  const seen = new Set();
  for await (const message of messages) {
    if (!message.delivery) continue;
    const { name, attemptCount, state } = message.delivery;
    if (message.outcomeTime !== time) seen.clear();
    time = message.outcomeTime;
    const outcome = `${name} ${attemptCount} ${state}`;
    if (seen.has(outcome)) continue;
    seen.add(outcome);
    yield message;
  }
}

// Events.

/**
 * @param {{project: string, view?: string} & Page} request
 * @param {Options} [options]
 * @returns {Promise<api.ListEventsResponse>}
 */
export const listEvents = ({ project, ...query }, options) =>
  call('GET', `${ofProject(project)}/events`, { query, ...options });

/**
 * @param {{name: string, view?: string}} request
 * @param {Options} [options]
 * @returns {Promise<api.Event>}
 */
export const getEvent = ({ name, ...query }, options) => call('GET', at(name), { query, ...options });

/**
 * `document` is an event as documented: its text.
 * @param {{project: string, document: string, requestId?: string, validateOnly?: boolean}} request
 * @param {Options} [options]
 * @returns {Promise<api.EmitEventResponse>}
 */
export const emitEvent = ({ project, ...body }, options) =>
  call('POST', `${ofProject(project)}/events:emit`, { body, ...options });

/**
 * Yields events, also across restarts of hookd.
 * @param {{project: string, filter?: string, startTime?: string, cursor?: string, view?: string}} request
 * @param {import('/console/api/watch.js').WatchOptions} [options]
 * @returns {AsyncGenerator<api.WatchEventsResponse, void, void>}
 */
export async function* watchEvents({ project, startTime, cursor, ...query }, options) {
  const messages = watch(
    `${ofProject(project)}/events:watch`,
    (position, since) => {
      const from = position ?? cursor;
      return { ...query, ...(from ? { cursor: from } : { startTime: startTime ?? since }) };
    },
    (message) => message.cursor,
    options,
  );
  for await (const message of messages) if (message.event) yield message;
}

// Projects.

/**
 * @param {{pageSize?: number, pageToken?: string}} [query]
 * @param {Options} [options]
 * @returns {Promise<api.ListProjectsResponse>}
 */
export const listProjects = (query, options) => call('GET', '/v1/projects', { query, ...options });

/**
 * @param {{name: string}} request
 * @param {Options} [options]
 * @returns {Promise<api.Project>}
 */
export const getProject = ({ name }, options) => call('GET', at(name), options);

/**
 * @param {{project: api.Project, updateMask?: string, allowMissing?: boolean, validateOnly?: boolean}} request
 * @param {Options} [options]
 * @returns {Promise<api.Project>}
 */
export const updateProject = ({ project, ...query }, options) =>
  call('PATCH', at(project.name ?? ''), { query, body: project, ...options });

/**
 * @param {{name: string, etag?: string, force?: boolean, validateOnly?: boolean}} request
 * @param {Options} [options]
 * @returns {Promise<void>}
 */
export const deleteProject = ({ name, ...query }, options) => call('DELETE', at(name), { query, ...options });

/**
 * @param {{project: string} & StatsRange} request
 * @param {Options} [options]
 * @returns {Promise<api.Stats>}
 */
export const getProjectStats = ({ project, ...query }, options) =>
  call('GET', `${ofProject(project)}:stats`, { query, ...options });

// The server.

/**
 * @param {{pageSize?: number, pageToken?: string}} [query]
 * @param {Options} [options]
 * @returns {Promise<api.ListTokensResponse>}
 */
export const listTokens = (query, options) => call('GET', '/v1/tokens', { query, ...options });

/**
 * @param {{name: string}} request
 * @param {Options} [options]
 * @returns {Promise<api.Token>}
 */
export const getToken = ({ name }, options) => call('GET', at(name), options);

/**
 * @param {{token: api.Token, tokenId?: string}} request
 * @param {Options} [options]
 * @returns {Promise<api.Token>}
 */
export const createToken = ({ token, ...query }, options) =>
  call('POST', '/v1/tokens', { query, body: token, ...options });

/**
 * @param {{name: string}} request
 * @param {Options} [options]
 * @returns {Promise<void>}
 */
export const deleteToken = ({ name }, options) => call('DELETE', at(name), options);

/**
 * @param {Options} [options]
 * @returns {Promise<api.Token>}
 */
export const getCurrentToken = (options) => call('GET', '/v1/tokens:current', options);

/**
 * @param {{pageSize?: number, pageToken?: string}} [query]
 * @param {Options} [options]
 * @returns {Promise<api.ListNodesResponse>}
 */
export const listNodes = (query, options) => call('GET', '/v1/nodes', { query, ...options });

/**
 * @param {Options} [options]
 * @returns {Promise<api.Server>}
 */
export const getServer = (options) => call('GET', '/v1/server', options);
