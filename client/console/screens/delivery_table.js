// A list of deliveries: filters, search, live updates, and redelivery of chosen ones or of all that match.
import { listDeliveries, watchDeliveries } from '/console/api/methods.js';
import { may } from '/console/api/session.js';
import {
  deliveryExpression,
  matches,
  readDeliveryFilter,
  redeliverExpression,
  watchExpression,
  writeDeliveryFilter,
} from '/console/screens/delivery_filter.js';
import { deliveryFilters } from '/console/screens/delivery_filters.js';
import { stateBadge, statusBadge } from '/console/screens/delivery_state.js';
import { eventTypeName } from '/console/screens/event_type_picker.js';
import { feedView } from '/console/screens/feed_view.js';
import { redeliverChosen, redeliverMatching } from '/console/screens/redeliver.js';
import { webhookName } from '/console/screens/webhook_name.js';
import { button } from '/console/ui/button.js';
import { h, replace } from '/console/ui/dom.js';
import { href, paths } from '/console/ui/router.js';
import { emptyState } from '/console/ui/states.js';
import { timeElement } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @import { Delivery } from '/console/api/types.js' */

/** How far the stream begins before now, so that nothing is missed between it and the list. */
const OVERLAP_MS = 30_000;

/** @typedef {import('/console/ui/router.js').Context} Context */
/** @typedef {import('/console/screens/delivery_filter.js').DeliveryFilter} DeliveryFilter */

/** @param {Delivery} delivery */
function resultCell(delivery) {
  const copy = words.deliveries;
  const badge = statusBadge(delivery);
  if (!badge && !delivery.error) return h('span', { class: 'soft' }, copy.noAttempt);
  // An HTTP status says it all; other errors have a sentence.
  const text = delivery.responseStatus ? '' : delivery.error;
  return h(
    'span',
    { class: 'result', title: delivery.error },
    badge,
    text && h('span', { class: 'result-text' }, text),
  );
}

/** @param {string[]} same What is the same in all rows. */
function columnsOf(same) {
  const copy = words.deliveries.columns;
  /** @type {import('/console/ui/table.js').Column<Delivery>[]} */
  const columns = [
    { key: 'state', title: copy.state, width: '80px', render: stateBadge },
    { key: 'type', title: copy.type, width: '0.95fr', render: ({ eventType }) => eventTypeName(eventType) },
    {
      key: 'webhook',
      title: copy.webhook,
      width: '1.4fr',
      render: ({ webhook = '' }) => webhookName(webhook),
      phone: 'wide',
    },
    { key: 'result', title: copy.result, width: '2.4fr', render: resultCell, phone: 'wide' },
    {
      key: 'attempts',
      title: copy.attempts,
      width: '76px',
      align: 'end',
      render: ({ attemptCount }) => attemptCount ?? 0,
      phone: 'hide',
    },
    {
      key: 'time',
      title: copy.time,
      width: '1.2fr',
      align: 'end',
      render: ({ createTime = '' }) => timeElement(createTime),
    },
  ];
  return columns.filter(({ key }) => !same.includes(key));
}

/**
 * @param {string} project
 * @param {() => DeliveryFilter} filter
 * @returns {import('/console/screens/feed.js').Source<Delivery>}
 */
function deliverySource(project, filter) {
  let expression = '';
  return {
    key: (delivery) => delivery.name ?? '',
    time: (delivery) => delivery.createTime ?? '',
    list: async (page, signal) => {
      // All pages of one list have the same filter, also where its time depends on now.
      if (page.pageToken === '') expression = deliveryExpression(project, filter());
      const answer = await listDeliveries({ project, filter: expression, ...page }, { signal });
      return { rows: answer.deliveries ?? [], nextPageToken: answer.nextPageToken ?? '' };
    },
    watch: async function* (options) {
      const startTime = new Date(Date.now() - OVERLAP_MS).toISOString();
      const request = { project, filter: watchExpression(project, filter()), startTime };
      for await (const { delivery } of watchDeliveries(request, options)) if (delivery) yield delivery;
    },
    matches: (delivery) => matches(filter(), delivery),
  };
}

/** @param {boolean} isFiltered */
function emptyPart(isFiltered) {
  const copy = words.deliveries;
  return isFiltered
    ? emptyState({ title: copy.emptyFiltered, text: copy.emptyFilteredText, icon: 'search' })
    : emptyState({ title: copy.empty, text: copy.emptyText, icon: 'deliveries' });
}

/**
 * The deliveries of a project, or of one webhook or event of it. Its filters are in the page's URL.
 * @param {Context} context
 * @param {{webhook?: string, event?: string}} [options] Ids. With an event, there are no filters, and the list is live.
 * @returns {HTMLElement}
 */
export function deliveryTable(context, { webhook = '', event = '' } = {}) {
  const { project } = context;
  const copy = words.deliveries;
  const given = { ...(webhook && { webhook }), ...(event && { event }) };
  const withoutGiven = { ...(webhook && { webhook: '' }), ...(event && { event: '' }) };
  let filter = { ...readDeliveryFilter(event ? new URLSearchParams() : context.query), ...given };
  const canRedeliver = may('manage', project);

  const empty = h('div', null);
  const source = deliverySource(project, () => filter);
  const filters = deliveryFilters(context, {
    filter,
    hasWebhook: webhook !== '',
    onChange: (next) => {
      filter = { ...next, ...given };
      context.setQuery(writeDeliveryFilter(webhook ? { ...filter, webhook: '' } : filter));
      showFilter();
      view.restart();
    },
  });
  const redeliverAll = button(
    copy.redeliver.all,
    () =>
      redeliverMatching(
        context,
        { project, filter: redeliverExpression(project, filter) ?? '' },
        view.reload,
      ),
    { icon: 'retry' },
  );
  const showFilter = () => {
    redeliverAll.hidden = redeliverExpression(project, filter) === null;
    const isNarrowed = deliveryExpression(project, { ...filter, ...withoutGiven }) !== '';
    replace(empty, emptyPart(isNarrowed));
  };
  const redeliver = async () => {
    await redeliverChosen(context, [...view.table.selection()]);
    view.table.clearSelection();
    view.reload();
  };

  const view = feedView(context, {
    table: {
      label: copy.list,
      columns: columnsOf(event ? ['type', 'time'] : webhook ? ['webhook'] : []),
      rowKey: source.key,
      href: (delivery) => href(paths.delivery(project, delivery.name ?? '')),
      selectable: canRedeliver,
      empty,
    },
    source,
    filters: event ? null : filters,
    isLive: event !== '' || context.query.get('live') === '1',
    onLive: event ? () => {} : (on) => context.setQuery({ live: on ? '1' : null }),
    whyNotLive: () => (filter.content.text ? copy.liveNotWithSearch : ''),
    liveHint: copy.liveHint,
    boundText: copy.bound,
    actions: canRedeliver && !event ? redeliverAll : null,
    selectionActions:
      canRedeliver && button(copy.redeliver.action, redeliver, { kind: 'primary', icon: 'retry' }),
  });
  showFilter();
  return view.element;
}
