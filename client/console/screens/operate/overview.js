// The process that answers: whether it serves, what it has to do, and the room in its store.

import { getServer } from '/console/api/methods.js';
import { projectTable } from '/console/screens/operate/project_table.js';
import { badge } from '/console/ui/badge.js';
import { h } from '/console/ui/dom.js';
import { live } from '/console/ui/live.js';
import { meter } from '/console/ui/meter.js';
import { card, definitions, notice } from '/console/ui/page.js';
import { href, paths } from '/console/ui/router.js';
import { lastPart } from '/console/ui/text.js';
import { formatBytes, formatCount, formatDuration, parseDuration, timeElement } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/router.js').Context} Context */
/** @typedef {import('/console/ui/dom.js').Child} Child */
/** @typedef {import('/console/api/types.js').Server} Server */
/** @typedef {import('/console/api/types.js').ServerStore} ServerStore */
/** @typedef {import('/console/api/types.js').ServerLoad} ServerLoad */

/** From this part of the maximum on, a meter warns. */
const NEARLY = 0.8;

/** @param {Context} context */
export function overviewSection(context) {
  return h(
    'div',
    { class: 'operate' },
    live(context, (signal) => getServer({ signal }), serverCards),
    projectTable(context),
  );
}

/** @param {Server} server */
function serverCards(server) {
  const load = server.load ?? {};
  const store = server.store ?? {};
  return [
    warnings(server, load, store),
    h('div', { class: 'operate-cards' }, loadCard(load), storeCard(store), processCard(server, load)),
  ];
}

/**
 * What an operator has to do something about.
 * @param {Server} server @param {ServerLoad} load @param {ServerStore} store
 */
function warnings(server, load, store) {
  /** @type {[boolean, string][]} */
  const all = [
    [!store.writable, words.operate.notWritable],
    [!store.hasRoom, words.operate.noRoom],
    [!server.serving && Boolean(store.writable), words.operate.notServing],
    [(load.heldWebhookCount ?? 0) > 0, words.operate.cannotSend(load.heldWebhookCount ?? 0)],
  ];
  return all.filter(([applies]) => applies).map(([, text]) => notice(text, { tone: 'bad' }));
}

/** @param {ServerLoad} load */
function loadCard(load) {
  const attempts = load.attemptCount ?? 0;
  const most = load.maxAttemptCount ?? 0;
  const circuits = load.openCircuitCount ?? 0;
  return card(
    { title: words.operate.queue },
    h(
      'div',
      { class: 'operate-figures' },
      figure(words.operate.pending, formatCount(load.pendingDeliveryCount)),
      figure(words.operate.lag, formatDuration(parseDuration(load.oldestWaiting))),
      figure(
        words.operate.openCircuits,
        circuits > 0
          ? h('a', { href: href(paths.operate('circuits')) }, formatCount(circuits))
          : formatCount(0),
      ),
    ),
    measured(
      words.operate.attempts,
      attempts,
      most,
      words.operate.attemptsOf(formatCount(attempts), formatCount(most)),
    ),
    definitions([
      [words.operate.writes, formatCount(load.queuedWriteCount)],
      [words.operate.watchers, formatCount(load.watcherCount)],
    ]),
  );
}

/** @param {string} label @param {Child} value */
function figure(label, value) {
  return h(
    'div',
    { class: 'operate-figure' },
    h('span', { class: 'operate-value' }, value),
    h('span', null, label),
  );
}

/**
 * A value with its maximum.
 * @param {string} label @param {number} value @param {number} max @param {string} text
 */
function measured(label, value, max, text) {
  const tone = value > max * NEARLY ? 'warn' : 'info';
  return h(
    'div',
    { class: 'operate-measured' },
    h('span', { class: 'operate-measured-label' }, h('span', null, label), h('span', null, text)),
    meter({ label, value, max, text, tone }),
  );
}

/** @param {ServerStore} store */
function storeCard(store) {
  const free = Number(store.freeBytes ?? 0);
  const used = Number(store.bytes ?? 0) - Number(store.reusableBytes ?? 0);
  // What limits the store: its maximum size, or what the disk has left for it.
  const most = store.maxBytes
    ? Number(store.maxBytes)
    : used + Math.max(free - Number(store.minFreeBytes ?? 0), 0);
  const text = words.operate.usedOf(formatBytes(used), formatBytes(most));
  return card(
    {
      title: words.operate.store,
      actions: badge(store.hasRoom ? words.operate.room : words.operate.full, store.hasRoom ? 'good' : 'bad'),
    },
    store.bytes !== undefined &&
      store.freeBytes !== undefined &&
      measured(words.operate.used, used, most, text),
    definitions([
      [words.operate.engine, words.operate.engines[store.engine ?? 'STORE_ENGINE_UNSPECIFIED']],
      [words.operate.location, store.location && h('code', null, store.location)],
      [words.operate.size, store.bytes !== undefined && formatBytes(store.bytes)],
      [words.operate.reusable, store.reusableBytes !== undefined && formatBytes(store.reusableBytes)],
      [words.operate.diskFree, store.freeBytes !== undefined && formatBytes(store.freeBytes)],
      [words.operate.minimumFree, store.minFreeBytes !== undefined && formatBytes(store.minFreeBytes)],
    ]),
  );
}

/** @param {Server} server @param {ServerLoad} load */
function processCard(server, load) {
  return card(
    {
      title: words.operate.process,
      actions: badge(
        server.serving ? words.operate.serving : words.operate.unhealthy,
        server.serving ? 'good' : 'bad',
      ),
    },
    definitions([
      [words.operate.version, server.version],
      [words.operate.started, server.startTime && timeElement(server.startTime)],
      [words.operate.node, h('a', { href: href(paths.operate('nodes')) }, lastPart(server.node ?? ''))],
      [words.operate.shards, formatCount(load.shardCount)],
      [words.operate.grpcConnections, formatCount(load.grpcConnectionCount)],
      [words.operate.httpConnections, formatCount(load.httpConnectionCount)],
      [words.operate.endpointConnections, formatCount(load.endpointConnectionCount)],
    ]),
  );
}
