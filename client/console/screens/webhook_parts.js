// How a webhook is shown in the list and on its page.

import { eventTypeName } from '/console/screens/event_type_picker.js';
import { badge } from '/console/ui/badge.js';
import { h } from '/console/ui/dom.js';
import { lastPart } from '/console/ui/text.js';
import { timeElement } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @typedef {Record<string, any>} Webhook */

/** @param {Webhook} webhook */
export function webhookId(webhook) {
  return lastPart(webhook.name);
}

/**
 * What people call a webhook: its display name or, without one, its id.
 * @param {Webhook} webhook
 * @returns {string}
 */
export function webhookTitle(webhook) {
  return webhook.displayName || webhookId(webhook);
}

/**
 * The health of a webhook in a word or two.
 * @param {Webhook} webhook
 */
export function healthBadge(webhook) {
  const copy = words.webhooks.health;
  if (webhook.disabled) {
    const byHookd = ['DISABLE_REASON_GONE', 'DISABLE_REASON_FAILING'].includes(webhook.disableReason);
    return byHookd ? badge(copy.disabledByHookd, 'bad') : badge(copy.disabled, 'muted');
  }
  switch (webhook.health?.state) {
    case 'HEALTH_STATE_HEALTHY':
      return badge(copy.healthy, 'good');
    case 'HEALTH_STATE_FAILING':
      return badge(copy.failing, 'bad');
    default:
      return badge(copy.unknown, 'muted');
  }
}

/**
 * The types of a webhook: the first three, and how many more.
 * @param {Webhook} webhook
 */
export function typesSummary(webhook) {
  if (webhook.allEventTypes)
    return h('span', { class: 'types-summary', title: words.eventTypes.future }, words.webhooks.allTypes);
  const names = (webhook.eventTypes ?? []).map(eventTypeName);
  const shown = names.slice(0, 3).join(', ');
  const text = names.length > 3 ? words.webhooks.typesAndMore(shown, names.length - 3) : shown;
  return h('span', { class: 'types-summary', title: names.join(', ') }, text);
}

/**
 * Sentences for what is wrong with a webhook: why it is disabled, since when it fails and how, and its circuit.
 * @param {Webhook} webhook
 * @returns {HTMLElement[]}
 */
export function troubleSentences(webhook) {
  const copy = words.webhook;
  const health = webhook.health ?? {};
  const sentences = [];
  if (webhook.disabled) {
    const reason =
      copy.disableReasons[webhook.disableReason] ?? copy.disableReasons.DISABLE_REASON_UNSPECIFIED;
    sentences.push(
      h(
        'p',
        null,
        reason,
        ' ',
        webhook.disableTime ? [copy.disabledAt, ' ', timeElement(webhook.disableTime)] : null,
      ),
    );
  }
  if (health.failingSince) {
    sentences.push(
      h(
        'p',
        null,
        copy.failingSince(Number(health.consecutiveFailures ?? 0)),
        ' ',
        timeElement(health.failingSince),
        '.',
      ),
    );
  }
  if (health.lastError) {
    sentences.push(
      h(
        'p',
        null,
        copy.lastFailure,
        ' ',
        timeElement(health.lastFailureTime),
        ': ',
        h('q', null, health.lastError),
      ),
    );
  }
  if (!webhook.disabled) sentences.push(...circuitSentences(health, sentences.length > 0));
  return sentences;
}

/**
 * @param {Record<string, any>} health
 * @param {boolean} trouble whether a closed circuit is worth a sentence
 */
function circuitSentences(health, trouble) {
  const copy = words.webhook;
  switch (health.circuit) {
    case 'CIRCUIT_STATE_OPEN':
      return [
        h(
          'p',
          null,
          copy.circuitOpen,
          ' ',
          health.circuitOpenUntil && timeElement(health.circuitOpenUntil),
          '.',
        ),
      ];
    case 'CIRCUIT_STATE_HALF_OPEN':
      return [h('p', null, copy.circuitHalfOpen)];
    default:
      return trouble && health.circuit === 'CIRCUIT_STATE_CLOSED' ? [h('p', null, copy.circuitClosed)] : [];
  }
}
