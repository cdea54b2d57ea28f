// The hookd processes that share the store.

import { listNodes } from '/console/api/methods.js';
import { h } from '/console/ui/dom.js';
import { labelled } from '/console/ui/labelled.js';
import { meter } from '/console/ui/meter.js';
import { card } from '/console/ui/page.js';
import { pagedTable } from '/console/ui/paged_table.js';
import { emptyState } from '/console/ui/states.js';
import { lastPart } from '/console/ui/text.js';
import { formatCount, formatDuration, parseDuration, timeElement } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/router.js').Context} Context */
/** @typedef {import('/console/api/types.js').Node} Node */

/** All webhooks are divided into this many. */
const SHARDS = 128;

/** @param {Node} node */
function shardCell(node) {
  const value = node.shardCount ?? 0;
  const text = words.operate.shardsOf(value, SHARDS);
  return h(
    'span',
    { class: 'operate-shards' },
    meter({ label: words.operate.shards, value, max: SHARDS, text }),
    String(value),
  );
}

/** @param {Node} node */
function nodeCell(node) {
  return h(
    'span',
    { class: 'operate-two-lines' },
    h('span', null, lastPart(node.name ?? '')),
    h('span', null, words.operate.addressAndVersion(node.address ?? '', node.version ?? '')),
  );
}

/** @type {import('/console/ui/table.js').Column<Node>[]} */
const COLUMNS = [
  { key: 'node', title: words.operate.node, width: '2fr', phone: 'wide', render: nodeCell },
  { key: 'shards', title: words.operate.shards, width: '1.2fr', phone: 'wide', render: shardCell },
  {
    key: 'pending',
    title: words.operate.pending,
    align: 'end',
    render: (node) => labelled(words.operate.pending, formatCount(node.waitingDeliveryCount)),
  },
  {
    key: 'lag',
    title: words.operate.lag,
    align: 'end',
    render: (node) => labelled(words.operate.lag, formatDuration(parseDuration(node.oldestWaiting))),
  },
  {
    key: 'attempts',
    title: words.operate.attempts,
    phone: 'hide',
    align: 'end',
    render: (node) => formatCount(node.attemptsInFlight),
  },
  {
    key: 'started',
    title: words.operate.started,
    phone: 'hide',
    render: (node) => node.startTime && timeElement(node.startTime),
  },
  {
    key: 'heartbeat',
    title: words.operate.heartbeat,
    phone: 'hide',
    render: (node) => node.heartbeatTime && timeElement(node.heartbeatTime),
  },
];

/** @param {Context} context */
export function nodesSection(context) {
  const { element } = pagedTable(
    context,
    async (page, signal) => {
      const { nodes = [], nextPageToken = '' } = await listNodes(page, { signal });
      return { rows: nodes, next: nextPageToken };
    },
    {
      columns: COLUMNS,
      label: words.operate.nodes,
      rowHeight: 56,
      rowKey: (node) => node.name ?? '',
      empty: emptyState({ title: words.operate.noNodes, icon: 'operate' }),
    },
  );
  return card({ title: words.operate.nodes, text: words.operate.nodesText, flush: true }, element);
}
