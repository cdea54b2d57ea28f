// Webhooks of all projects whose endpoint does not answer, so that hookd pauses.

import { listWebhooks } from '/console/api/methods.js';
import { badge } from '/console/ui/badge.js';
import { h } from '/console/ui/dom.js';
import { labelled } from '/console/ui/labelled.js';
import { card } from '/console/ui/page.js';
import { pagedTable } from '/console/ui/paged_table.js';
import { href, paths } from '/console/ui/router.js';
import { emptyState } from '/console/ui/states.js';
import { lastPart } from '/console/ui/text.js';
import { formatCount, timeElement } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/router.js').Context} Context */
/** @typedef {import('/console/api/types.js').Webhook} Webhook */

const FILTER = 'circuit = OPEN OR circuit = HALF_OPEN';

/** @param {Webhook} webhook */
const projectOf = (webhook) => (webhook.name ?? '').split('/')[1];

/** @param {Webhook} webhook */
function webhookCell(webhook) {
  return h(
    'span',
    { class: 'operate-two-lines' },
    h('span', null, webhook.displayName || lastPart(webhook.name ?? '')),
    h('span', null, webhook.url ?? ''),
  );
}

/** @param {Webhook} webhook */
function circuitCell({ health = {} }) {
  const open = health.circuit === 'CIRCUIT_STATE_OPEN';
  return h(
    'span',
    { class: 'operate-circuit' },
    badge(open ? words.operate.circuitOpen : words.operate.circuitProbing, open ? 'bad' : 'warn'),
    health.circuitOpenUntil && timeElement(health.circuitOpenUntil),
  );
}

/** @type {import('/console/ui/table.js').Column<Webhook>[]} */
const COLUMNS = [
  { key: 'webhook', title: words.operate.webhook, width: '2fr', phone: 'wide', render: webhookCell },
  { key: 'project', title: words.projects.project, phone: 'hide', render: projectOf },
  { key: 'circuit', title: words.operate.circuit, width: '1.3fr', render: circuitCell },
  {
    key: 'since',
    title: words.operate.failingSince,
    phone: 'hide',
    render: ({ health }) => health?.failingSince && timeElement(health.failingSince),
  },
  {
    key: 'pending',
    title: words.operate.pending,
    align: 'end',
    render: ({ health }) => labelled(words.operate.pending, formatCount(health?.pendingDeliveries)),
  },
  {
    key: 'error',
    title: words.operate.lastError,
    width: '2fr',
    phone: 'wide',
    render: ({ health }) => health?.lastError ?? '',
  },
];

/** @param {Context} context */
export function circuitsSection(context) {
  const { element } = pagedTable(
    context,
    async (page, signal) => {
      const { webhooks = [], nextPageToken = '' } = await listWebhooks(
        { project: '-', filter: FILTER, ...page },
        { signal },
      );
      return { rows: webhooks, next: nextPageToken };
    },
    {
      columns: COLUMNS,
      label: words.operate.circuits,
      rowHeight: 56,
      rowKey: (webhook) => webhook.name ?? '',
      href: (webhook) => href(paths.webhook(projectOf(webhook), webhook.name ?? '')),
      empty: emptyState({
        title: words.operate.noCircuits,
        text: words.operate.noCircuitsText,
        icon: 'check',
      }),
    },
  );
  return card({ title: words.operate.circuits, text: words.operate.circuitsText, flush: true }, element);
}
