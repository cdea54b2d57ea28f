// One attempt: what was sent, what came back, and how long it took.

import { phaseTable } from '/console/screens/attempt_phases.js';
import { curlCommand, redactedHeaders } from '/console/screens/curl.js';
import { statusBadge } from '/console/screens/delivery_state.js';
import { copyButton } from '/console/ui/copy_button.js';
import { h } from '/console/ui/dom.js';
import { jsonView, textBlock } from '/console/ui/json_view.js';
import { card, definitions } from '/console/ui/page.js';
import { lastPart } from '/console/ui/text.js';
import { absolute, formatDuration, parseDuration, timeElement } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @import { Attempt, HttpHeader } from '/console/api/types.js' */

/**
 * The bytes of a base64 text as text: UTF-8, with U+FFFD for what is not.
 * @param {string} base64
 * @returns {string}
 */
export function decodeBody(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** @param {string} text */
function looksLikeJson(text) {
  return /^\s*[[{]/.test(text);
}

/**
 * @param {HttpHeader[]|undefined} headers
 * @param {string} caption
 */
function headerTable(headers, caption) {
  if (!headers?.length) return h('p', { class: 'soft' }, words.delivery.noHeaders);
  return h(
    'table',
    { class: 'headers' },
    h('caption', { class: 'visually-hidden' }, caption),
    h(
      'tbody',
      null,
      headers.map(({ name, value }) =>
        h('tr', null, h('th', { scope: 'row' }, name), h('td', null, value ?? '')),
      ),
    ),
  );
}

/** @param {string} body */
function bodyView(body) {
  const copy = words.delivery;
  if (body === '') return h('p', { class: 'soft' }, copy.emptyBody);
  return looksLikeJson(body) ? jsonView(body) : textBlock(body);
}

/** @param {Attempt} attempt */
export function responsePart(attempt) {
  const copy = words.delivery;
  if (!attempt.responseStatus)
    return card({ title: copy.response }, h('p', { class: 'soft' }, copy.noResponse));
  return card(
    { title: [copy.response, ' ', statusBadge(attempt)] },
    headerTable(attempt.responseHeaders, copy.responseHeaders),
    h('h3', { class: 'part-title' }, copy.body),
    bodyView(decodeBody(attempt.responseBody ?? '')),
    attempt.responseBodyTruncated && h('p', { class: 'field-hint' }, copy.truncated),
  );
}

/**
 * @param {Attempt} attempt
 * @param {string} body
 */
export function requestPart(attempt, body) {
  const copy = words.delivery;
  const url = attempt.url ?? '';
  const headers = (attempt.requestHeaders ?? []).map(({ name, value }) => ({
    name: name ?? '',
    value: value ?? '',
  }));
  return card(
    {
      title: copy.request,
      actions: url && copyButton(() => curlCommand({ url, headers, body }), copy.copyCurl),
    },
    url && h('p', { class: 'request-line' }, h('code', null, `POST ${url}`)),
    headerTable(headers, copy.requestHeaders),
    url && h('p', { class: 'field-hint' }, copy.curlNote(redactedHeaders(headers))),
    h('h3', { class: 'part-title' }, copy.body),
    bodyView(body),
  );
}

/** @param {Attempt} attempt */
function triggerWords({ number, trigger = 'ATTEMPT_TRIGGER_UNSPECIFIED' }) {
  const { firstTrigger, triggers } = words.delivery;
  return number === 1 && trigger === 'ATTEMPT_TRIGGER_AUTOMATIC' ? firstTrigger : triggers[trigger];
}

/** @param {Attempt} attempt */
function attemptFacts(attempt) {
  const copy = words.delivery;
  const retryAfter = attempt.retryAfter && formatDuration(parseDuration(attempt.retryAfter));
  return definitions([
    [
      copy.facts.started,
      attempt.startTime && [absolute(attempt.startTime), h('br'), timeElement(attempt.startTime)],
    ],
    [copy.facts.trigger, triggerWords(attempt)],
    [copy.facts.node, attempt.node && lastPart(attempt.node)],
    [copy.facts.remoteAddress, attempt.remoteAddress],
    [copy.facts.httpVersion, attempt.httpVersion],
    [copy.facts.retryAfter, retryAfter],
  ]);
}

/**
 * @param {Attempt} attempt
 * @param {string} requestBody
 * @returns {HTMLElement}
 */
export function attemptView(attempt, requestBody) {
  const copy = words.delivery;
  const hint = copy.hints[attempt.errorClass ?? ''];
  return h(
    'article',
    { class: 'attempt' },
    h('h2', null, copy.attempt(attempt.number ?? 0), ' ', statusBadge(attempt)),
    attempt.error && h('p', { class: 'attempt-error' }, copy.errorSentence(attempt.error)),
    attempt.error && hint && h('p', { class: 'soft' }, hint),
    card({}, h('div', { class: 'attempt-summary' }, attemptFacts(attempt), phaseTable(attempt))),
    responsePart(attempt),
    requestPart(attempt, requestBody),
  );
}
