// The settings of a webhook to read, and what can be done to them.
import { may } from '/console/api/session.js';
import { eventTypeName } from '/console/screens/event_type_picker.js';
import { verification } from '/console/screens/secret_dialog.js';
import { askDelete, askRotate, enabledToggle } from '/console/screens/webhook_actions.js';
import { retryPreview } from '/console/screens/webhook_form/retry_preview.js';
import { webhookId } from '/console/screens/webhook_parts.js';
import { button, linkButton } from '/console/ui/button.js';
import { copyButton } from '/console/ui/copy_button.js';
import { h } from '/console/ui/dom.js';
import { card, definitions } from '/console/ui/page.js';
import { href, paths } from '/console/ui/router.js';
import { absolute, formatDuration, parseDuration } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/**
 * @param {import('/console/ui/router.js').Context} context
 * @param {Record<string, any>} webhook
 * @param {(webhook: Record<string, any>) => void} changed
 */
export function settings(context, webhook, changed) {
  const copy = words.webhook;
  const manage = may('manage', context.project);
  const edit = linkButton(words.webhooks.edit, href(paths.editWebhook(context.project, webhook.name)), {
    icon: 'edit',
  });
  return h(
    'div',
    { class: 'webhook-settings' },
    card({ title: copy.settingsGeneral, actions: manage ? edit : null }, general(webhook)),
    card({ title: words.webhookForm.retries }, retryPreview(webhook.retryPolicy ?? {})),
    card({ title: copy.settingsDelivery }, limits(webhook)),
    card(
      {
        title: words.webhookForm.signing,
        actions: manage
          ? button(words.webhooks.rotateMenu, () => askRotate(webhook, changed), { icon: 'key' })
          : null,
      },
      signing(webhook),
    ),
    card({ title: copy.settingsCredentials }, credentials(webhook)),
    manage ? state(context, webhook, changed) : null,
  );
}

/** @param {Record<string, any>} webhook */
function general(webhook) {
  const copy = words.webhookForm;
  const types = (webhook.eventTypes ?? []).map(eventTypeName).join(', ');
  return definitions([
    [copy.name, webhook.displayName],
    [copy.url, h('code', null, webhook.url)],
    [words.eventTypes.title, webhook.allEventTypes ? words.eventTypes.future : types],
    [copy.id, [h('code', null, webhookId(webhook)), copyButton(() => webhook.name)]],
    [words.webhook.created, absolute(webhook.createTime)],
    [words.webhook.updated, absolute(webhook.updateTime)],
  ]);
}

/** @param {Record<string, any>} webhook */
function limits(webhook) {
  const copy = words.webhookForm;
  return definitions([
    [copy.timeout, formatDuration(parseDuration(webhook.timeout))],
    [copy.rate, copy.rateState(webhook.rateLimit?.perSecond, webhook.rateLimit?.burst)],
    [copy.concurrency, copy.concurrencyState(webhook.ordered ? 1 : webhook.maxConcurrency)],
    [copy.order, copy.orderState(!!webhook.ordered)],
  ]);
}

/** @param {Record<string, any>} webhook */
function credentials(webhook) {
  const copy = words.webhookForm;
  const headers = Object.keys(webhook.headers ?? {});
  return definitions([
    [
      copy.headers,
      headers.length === 0
        ? copy.headersState(0)
        : [h('code', null, headers.join(', ')), ' ', words.webhook.valuesHidden],
    ],
    [copy.auth, copy.authState(webhook.basicAuth?.username)],
    [copy.certificates, copy.certificatesState(!!webhook.clientCertificate, !!webhook.tlsCa)],
  ]);
}

/** @param {Record<string, any>} webhook */
function signing(webhook) {
  const copy = words.webhook;
  const isEd25519 = webhook.signingAlgorithm === 'SIGNING_ALGORITHM_ED25519';
  const unsigned = webhook.signingAlgorithm === undefined;
  return [
    definitions([
      [
        words.webhookForm.algorithm,
        unsigned ? copy.unsigned : isEd25519 ? words.webhookForm.ed25519 : words.webhookForm.hmac,
      ],
      [
        copy.publicKey,
        webhook.signingPublicKey && [
          h('code', null, webhook.signingPublicKey),
          copyButton(() => webhook.signingPublicKey),
        ],
      ],
      [
        copy.previousSecrets,
        webhook.previousSecretsExpireTime && copy.previousUntil(absolute(webhook.previousSecretsExpireTime)),
      ],
    ]),
    unsigned
      ? null
      : h(
          'details',
          { class: 'verify-details' },
          h('summary', null, copy.verifyTitle),
          verification(webhook),
        ),
  ];
}

/**
 * @param {import('/console/ui/router.js').Context} context
 * @param {Record<string, any>} webhook
 * @param {(webhook: Record<string, any>) => void} changed
 */
function state(context, webhook, changed) {
  const copy = words.webhook;
  const deleted = () => context.navigate(paths.webhooks(context.project), { replace: true });
  return card(
    { title: copy.settingsState },
    h(
      'div',
      { class: 'setting-row' },
      h(
        'div',
        null,
        h('strong', null, words.webhooks.enabled),
        h('p', { class: 'field-hint' }, copy.enabledHint),
      ),
      enabledToggle(webhook, changed),
    ),
    h(
      'div',
      { class: 'setting-row' },
      h(
        'div',
        null,
        h('strong', null, copy.deleteTitle),
        h('p', { class: 'field-hint' }, words.webhooks.deleteText),
      ),
      button(words.webhooks.deleteMenu, () => askDelete(webhook, deleted), { kind: 'danger', icon: 'trash' }),
    ),
  );
}
