// What can be done to a stored webhook from its row in the list and from its page.
import { ApiError } from '/console/api/client.js';
import {
  deleteWebhook,
  disableWebhook,
  enableWebhook,
  retryDeliveries,
  rotateSigningSecret,
} from '/console/api/methods.js';
import { showSecret } from '/console/screens/secret_dialog.js';
import { webhookId, webhookTitle } from '/console/screens/webhook_parts.js';
import { toggle } from '/console/ui/button.js';
import { confirmTyped, openDialog } from '/console/ui/dialog.js';
import { h, replace } from '/console/ui/dom.js';
import { field, select, textInput } from '/console/ui/field.js';
import { errorSentence } from '/console/ui/states.js';
import { toast } from '/console/ui/toast.js';
import { words } from '/console/words/en.js';

/** @typedef {Record<string, any>} Webhook */

/**
 * The toggle of whether a webhook is enabled. It works at once, and is undone if hookd refuses.
 * @param {Webhook} webhook
 * @param {(webhook: Webhook) => void} changed
 */
export function enabledToggle(webhook, changed) {
  return toggle(words.webhooks.enabledLabel(webhookTitle(webhook)), !webhook.disabled, async (on) => {
    const request = { name: webhook.name };
    const { health } = webhook;
    changed({ health, ...(await (on ? enableWebhook(request) : disableWebhook(request))) });
  });
}

/**
 * Asks for the webhook's name before it deletes it.
 * @param {Webhook} webhook
 * @param {() => void} deleted
 */
export function askDelete(webhook, deleted) {
  const copy = words.webhooks;
  confirmTyped({
    title: copy.deleteTitle(webhookTitle(webhook)),
    text: copy.deleteText,
    word: webhookId(webhook),
    action: copy.delete,
    run: async () => {
      await deleteWebhook({ name: webhook.name });
      toast(copy.deleted(webhookTitle(webhook)), { kind: 'success' });
      deleted();
    },
  });
}

/** How long the previous secret still signs: the default of the API, and what people choose instead. */
const graces = ['86400s', '3600s', '604800s', '0s'];

/**
 * Asks how long the previous secret still signs, then shows the new one, once.
 * @param {Webhook} webhook
 * @param {(webhook: Webhook) => void} rotated
 */
export function askRotate(webhook, rotated) {
  const copy = words.webhooks;
  const form = words.webhookForm;
  const grace = select(
    graces.map((value) => ({ value, label: copy.graces[value] })),
    graces[0],
  );
  const algorithm = select(
    [
      { value: 'SIGNING_ALGORITHM_HMAC_SHA256', label: form.hmac },
      { value: 'SIGNING_ALGORITHM_ED25519', label: form.ed25519 },
    ],
    webhook.signingAlgorithm ?? '',
  );
  const own = textInput({ placeholder: form.ownSecretPlaceholder });
  const ownField = field({ label: form.ownSecret, hint: form.ownSecretHint, input: own, optional: true });
  const rotate = async () => {
    ownField.setError(null);
    try {
      const changed = await rotateSigningSecret({
        name: webhook.name,
        gracePeriod: grace.value,
        signingAlgorithm: own.value ? undefined : algorithm.value,
        signingSecret: own.value || undefined,
      });
      const { signingSecret, ...shown } = changed;
      rotated({ health: webhook.health, ...shown });
      showSecret(changed, { title: copy.rotated, note: copy.graceNotes[grace.value] });
      return true;
    } catch (error) {
      const violations = error instanceof ApiError ? error.violations : [];
      const ofSecret = violations.find(({ field: path }) => path === 'signing_secret');
      if (!ofSecret) throw error;
      ownField.setError(ofSecret.description);
      return false;
    }
  };
  openDialog({
    title: copy.rotateTitle(webhookTitle(webhook)),
    body: [
      h('p', null, copy.rotateText),
      field({ label: copy.grace, hint: copy.graceHint, input: grace }).element,
      field({ label: form.algorithm, hint: form.algorithmHint, input: algorithm }).element,
      ownField.element,
    ],
    actions: [
      { label: words.common.cancel, kind: 'plain' },
      { label: copy.rotate, kind: 'primary', run: rotate },
    ],
  });
}

/** The spans of time that can be chosen for redelivery, in milliseconds; the last means all that hookd still has. */
const spans = { hour: 36e5, day: 864e5, week: 6048e5, all: 0 };

/**
 * Counts the failed deliveries of a span of time, then redelivers them.
 * @param {Webhook} webhook
 * @param {string} project
 */
export function askRedeliver(webhook, project) {
  const copy = words.webhooks;
  const span = select(
    Object.keys(spans).map((value) => ({ value, label: copy.spans[value] })),
    'day',
  );
  const count = h('p', { class: 'redeliver-count', role: 'status' });
  let endTime = new Date().toISOString();
  let counting = 0;
  const request = () => {
    const ms = spans[/** @type {keyof typeof spans} */ (span.value)];
    const startTime = ms ? new Date(Date.parse(endTime) - ms).toISOString() : undefined;
    return { project, webhook: webhook.name, startTime, endTime };
  };
  const showCount = async () => {
    counting += 1;
    const mine = counting;
    endTime = new Date().toISOString();
    replace(count, copy.counting);
    confirm.disabled = true;
    try {
      const { deliveryCount } = await retryDeliveries({ ...request(), validateOnly: true });
      if (mine !== counting) return;
      replace(count, copy.redeliverCount(Number(deliveryCount)));
      confirm.disabled = Number(deliveryCount) === 0;
    } catch (error) {
      if (mine === counting) replace(count, errorSentence(error));
    }
  };
  span.addEventListener('change', showCount);
  const dialog = openDialog({
    title: copy.redeliverTitle(webhookTitle(webhook)),
    body: [
      h('p', null, copy.redeliverText),
      field({ label: copy.redeliverSpan, input: span }).element,
      count,
    ],
    actions: [
      { label: words.common.cancel, kind: 'plain' },
      {
        label: copy.redeliver,
        kind: 'primary',
        run: async () => {
          const { deliveryCount } = await retryDeliveries(request());
          toast(copy.redelivered(Number(deliveryCount)), { kind: 'success' });
        },
      },
    ],
  });
  const confirm = /** @type {HTMLButtonElement} */ (dialog.buttons.at(-1));
  showCount();
}
