// Adds or edits a webhook. hookd checks what is entered as it is entered; nothing is saved until the caller says so.
import { getWebhook } from '/console/api/methods.js';
import { may } from '/console/api/session.js';
import { eventTypePicker } from '/console/screens/event_type_picker.js';
import { showSecret } from '/console/screens/secret_dialog.js';
import { testPanel } from '/console/screens/test_webhook.js';
import { basicFields } from '/console/screens/webhook_form/basics.js';
import { Controller } from '/console/screens/webhook_form/controller.js';
import { authSection, certificatesSection } from '/console/screens/webhook_form/credentials.js';
import { headersSection } from '/console/screens/webhook_form/headers.js';
import {
  concurrencySection,
  orderSection,
  rateSection,
  timeoutSection,
} from '/console/screens/webhook_form/limits.js';
import { retriesSection } from '/console/screens/webhook_form/retries.js';
import { signingSection } from '/console/screens/webhook_form/signing.js';
import { webhookId, webhookTitle } from '/console/screens/webhook_parts.js';
import { button, linkButton } from '/console/ui/button.js';
import { openDialog } from '/console/ui/dialog.js';
import { h, replace } from '/console/ui/dom.js';
import { card, notice, pageHeader } from '/console/ui/page.js';
import { href, paths } from '/console/ui/router.js';
import { emptyState, load } from '/console/ui/states.js';
import { toast } from '/console/ui/toast.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/router.js').Context} Context */

/** @param {Context} context */
export function addWebhookScreen(context) {
  const { add, title } = words.webhooks;
  if (!may('manage', context.project)) return emptyState({ title: words.errors.noPermission, icon: 'key' });
  const back = { label: title, href: href(paths.webhooks(context.project)) };
  return h('div', null, pageHeader({ title: add, back }), form(context, null, back.href));
}

/** @param {Context} context */
export function editWebhookScreen(context) {
  const name = `projects/${context.project}/webhooks/${context.params.webhook}`;
  const page = href(paths.webhook(context.project, context.params.webhook));
  if (!may('manage', context.project)) return emptyState({ title: words.errors.noPermission, icon: 'key' });
  return load(
    context,
    (signal) => getWebhook({ name }, { signal }),
    (webhook, reload) => [
      pageHeader({
        title: words.webhookForm.editTitle(webhookTitle(webhook)),
        back: { label: webhookTitle(webhook), href: page },
      }),
      form(context, webhook, page, reload),
    ],
  );
}

/**
 * Says that the form has what was entered earlier.
 * @param {Context} context
 * @param {Controller} controller
 * @param {Record<string, any> | null} webhook
 * @param {string} back
 * @param {() => void} reload
 */
function restoredNotice(context, controller, webhook, back, reload) {
  if (!controller.restored) return null;
  const copy = words.webhookForm;
  const discard = () => {
    controller.discard();
    element.parentElement?.replaceWith(form(context, webhook, back, reload));
  };
  const element = notice(copy.restored, { tone: 'info', action: button(copy.discard, discard) });
  return element;
}

/** The folded sections. @param {Controller} controller */
function moreSections(controller) {
  return [
    retriesSection(controller),
    rateSection(controller),
    concurrencySection(controller),
    orderSection(controller),
    timeoutSection(controller),
    headersSection(controller),
    authSection(controller),
    certificatesSection(controller),
    signingSection(controller),
  ];
}

/**
 * @param {Context} context
 * @param {Record<string, any> | null} webhook
 * @param {string} back where Cancel leads
 * @param {() => void} [reload]
 */
function form(context, webhook, back, reload = () => {}) {
  const copy = words.webhookForm;
  const controller = new Controller(context, webhook);
  const basics = basicFields(controller);
  const types = typesField(controller);
  const sections = moreSections(controller);
  const failure = h('div', { class: 'form-failure', role: 'alert', hidden: true });
  const save = button(webhook ? copy.save : copy.create, () => submit(context, controller, reload), {
    kind: 'primary',
    submit: true,
  });
  const test = testPanel({
    context,
    request: () => controller.testRequest(),
    type: () => controller.draft.eventTypes?.[0],
    failed: (violations) => controller.showViolations(violations),
  });
  controller.listener = {
    changed: () => {
      for (const section of sections) section.update();
    },
    checked: basics.checked,
    failed: (sentences) => {
      failure.hidden = sentences.length === 0;
      replace(
        failure,
        sentences.map((sentence) => h('p', null, sentence)),
      );
    },
  };
  const onSubmit = (/** @type {Event} */ event) => event.preventDefault();
  const cancel = linkButton(words.common.cancel, back);
  cancel.addEventListener('click', () => controller.discard());
  return h(
    'form',
    { class: 'webhook-form', novalidate: true, on: { submit: onSubmit } },
    restoredNotice(context, controller, webhook, back, reload),
    card({}, basics.element),
    card({ title: words.eventTypes.title }, types),
    card(
      { title: copy.moreSettings, flush: true },
      sections.map((section) => section.element),
    ),
    card({ title: words.testWebhook.beforeSaving, text: words.testWebhook.text }, test),
    h('div', { class: 'form-actions' }, failure, save, cancel),
  );
}

/** @param {Controller} controller */
function typesField(controller) {
  const error = h('p', { class: 'field-error', role: 'alert', hidden: true });
  const { draft } = controller;
  const picker = eventTypePicker({
    types: draft.eventTypes ?? [],
    all: draft.allEventTypes ?? false,
    onChange: ({ types, all }) => {
      if (all) draft.allEventTypes = true;
      else delete draft.allEventTypes;
      draft.eventTypes = types;
      controller.changed('webhook.event_types');
    },
  });
  const element = h('div', { class: 'types-field' }, picker, error);
  controller.fields.add('webhook.event_types', {
    element,
    setError: (text) => {
      error.hidden = text === null;
      replace(error, text === null ? null : words.webhookForm.typesMissing);
      picker.setAttribute('aria-invalid', String(text !== null));
    },
  });
  return element;
}

/**
 * @param {Context} context
 * @param {Controller} controller
 * @param {() => void} reload
 */
async function submit(context, controller, reload) {
  const { webhook, conflict } = await controller.save();
  if (conflict) {
    const lose = () => {
      controller.discard();
      reload();
    };
    offerReload(lose);
  }
  if (!webhook) return;
  const page = paths.webhook(context.project, webhookId(webhook));
  if (controller.creating) {
    showSecret(webhook, {
      title: words.webhookForm.created,
      onClose: () => context.navigate(page, { replace: true }),
    });
  } else {
    toast(words.webhookForm.saved(webhookTitle(webhook)), { kind: 'success' });
    context.navigate(page, { replace: true });
  }
}

/** @param {() => void} reload */
function offerReload(reload) {
  const copy = words.webhookForm;
  openDialog({
    title: copy.conflictTitle,
    body: h('p', null, copy.conflict),
    actions: [
      { label: copy.keepEditing, kind: 'plain' },
      { label: copy.reload, kind: 'primary', run: reload },
    ],
  });
}
