// One webhook: how it fares, its deliveries, a test, and its settings.
import { ApiError } from '/console/api/client.js';
import { getWebhook } from '/console/api/methods.js';
import { may } from '/console/api/session.js';
import { deliveryTable } from '/console/screens/delivery_table.js';
import { testPanel } from '/console/screens/test_webhook.js';
import { overview, webhookState } from '/console/screens/webhook/overview.js';
import { settings } from '/console/screens/webhook/settings.js';
import { askDelete, askRedeliver, askRotate, enabledToggle } from '/console/screens/webhook_actions.js';
import { healthBadge, webhookId, webhookTitle } from '/console/screens/webhook_parts.js';
import { linkButton } from '/console/ui/button.js';
import { h, replace } from '/console/ui/dom.js';
import { menuButton } from '/console/ui/menu.js';
import { pageHeader } from '/console/ui/page.js';
import { repeat } from '/console/ui/repeat.js';
import { href, paths } from '/console/ui/router.js';
import { errorState, load } from '/console/ui/states.js';
import { tabs } from '/console/ui/tabs.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/router.js').Context} Context */
/** @typedef {Record<string, any>} Webhook */

/** @param {Context} context */
export function webhookScreen(context) {
  const name = `projects/${context.project}/webhooks/${context.params.webhook}`;
  const screen = h('div', { class: 'webhook-screen' });
  const deleted = (/** @type {unknown} */ error) => replace(screen, errorState(error));
  replace(
    screen,
    load(
      context,
      (signal) => getWebhook({ name }, { signal }),
      (webhook) => page(context, webhook, deleted),
    ),
  );
  return screen;
}

/**
 * @param {Context} context
 * @param {Webhook} webhook
 * @param {(error: unknown) => void} deleted
 */
function page(context, webhook, deleted) {
  const head = h('div');
  const state = h('div', { class: 'webhook-state', 'aria-live': 'polite' });
  const setting = h('div');
  /** @type {Webhook} */
  let shown = { etag: '' };
  /** @param {Webhook} changed */
  const show = (changed) => {
    const same = changed.etag === shown.etag;
    const focused = head.contains(document.activeElement);
    if (!same || !focused) replace(head, header(context, changed, show));
    // What was changed with the toggle of the header leaves the focus there.
    if (!same && focused) /** @type {HTMLElement | null} */ (head.querySelector('.toggle'))?.focus();
    if (!same) replace(setting, settings(context, changed, show));
    replace(state, webhookState(changed));
    shown = changed;
  };
  show(webhook);
  const followed = new AbortController();
  repeat(AbortSignal.any([context.signal, followed.signal]), async () => {
    try {
      const fresh = await getWebhook({ name: webhook.name }, { signal: context.signal });
      if (JSON.stringify(fresh) !== JSON.stringify(shown)) show(fresh);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'NOT_FOUND')) throw error;
      followed.abort();
      deleted(error);
    }
  });
  return [head, content(context, webhook, { state, setting })];
}

/**
 * @param {Context} context
 * @param {Webhook} webhook
 * @param {(webhook: Webhook) => void} changed
 */
function header(context, webhook, changed) {
  const copy = words.webhooks;
  const { project } = context;
  const actions = [
    h('span', { class: 'enabled-switch' }, enabledToggle(webhook, changed), h('span', null, copy.enabled)),
    linkButton(copy.edit, href(paths.editWebhook(project, webhook.name)), { icon: 'edit' }),
    menuButton(copy.actionsOf(webhookTitle(webhook)), [
      {
        label: copy.redeliverMenu,
        icon: 'retry',
        disabled: webhook.disabled,
        run: () => askRedeliver(webhook, project),
      },
      { label: copy.rotateMenu, icon: 'key', run: () => askRotate(webhook, changed) },
      {
        label: copy.deleteMenu,
        icon: 'trash',
        kind: /** @type {const} */ ('danger'),
        run: () => askDelete(webhook, () => context.navigate(paths.webhooks(project), { replace: true })),
      },
    ]),
  ];
  return pageHeader({
    title: webhookTitle(webhook),
    back: { label: copy.title, href: href(paths.webhooks(project)) },
    badge: healthBadge(webhook),
    text: h('code', null, webhook.url),
    actions: may('manage', project) ? actions : undefined,
  });
}

/**
 * @param {Context} context
 * @param {Webhook} webhook
 * @param {{state: HTMLElement, setting: HTMLElement}} parts those that follow the changes of the webhook
 */
function content(context, webhook, { state, setting }) {
  const copy = words.webhook.tabs;
  const items = [
    { id: 'overview', label: copy.overview, render: () => [state, overview(context, webhook)] },
    {
      id: 'deliveries',
      label: copy.deliveries,
      render: () => deliveryTable(context, { webhook: webhookId(webhook) }),
    },
    { id: 'test', label: copy.test, render: () => test(context, webhook) },
    { id: 'settings', label: copy.settings, render: () => setting },
  ].filter(({ id }) => id !== 'test' || may('manage', context.project));
  return tabs(items, context.query.get('tab') ?? 'overview', (id) =>
    context.setQuery({ tab: id === 'overview' ? null : id }),
  );
}

/**
 * @param {Context} context
 * @param {Webhook} webhook
 */
function test(context, webhook) {
  return h(
    'div',
    { class: 'stack' },
    h('p', { class: 'soft' }, words.testWebhook.text),
    testPanel({ context, request: () => ({ name: webhook.name }), type: () => webhook.eventTypes?.[0] }),
  );
}
