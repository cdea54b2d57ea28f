// The events of a project: the log, its filters, and live updates.
import { listEvents, watchEvents } from '/console/api/methods.js';
import { may } from '/console/api/session.js';
import { contentChip } from '/console/screens/content_search.js';
import { readCommon, writeCommon } from '/console/screens/delivery_filter.js';
import { listChip, typeChoices } from '/console/screens/delivery_filters.js';
import { eventExpression, watchEventsExpression } from '/console/screens/event_filter.js';
import { eventSummary } from '/console/screens/event_summary.js';
import { eventTypeName } from '/console/screens/event_type_picker.js';
import { feedView } from '/console/screens/feed_view.js';
import { choiceFilter, timeFilter, timeWords } from '/console/screens/filter_bar.js';
import { filterModel } from '/console/screens/filter_model.js';
import { timeBounds } from '/console/screens/time_range.js';
import { webhookFilter } from '/console/screens/webhook_filter.js';
import { linkButton } from '/console/ui/button.js';
import { h, replace } from '/console/ui/dom.js';
import { pageHeader } from '/console/ui/page.js';
import { href, paths } from '/console/ui/router.js';
import { emptyState } from '/console/ui/states.js';
import { formatCount, timeElement } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @import { Event } from '/console/api/types.js' */
/** @typedef {import('/console/ui/router.js').Context} Context */
/** @typedef {import('/console/screens/event_filter.js').EventFilter} EventFilter */

/** How far the stream begins before now, so that nothing is missed between it and the list. */
const OVERLAP_MS = 30_000;

const COLUMNS = (() => {
  const { columns: copy, noWebhook } = words.events;
  /** @type {import('/console/ui/table.js').Column<Event>[]} */
  const columns = [
    {
      key: 'type',
      title: copy.type,
      width: '1fr',
      render: (event) => eventTypeName(eventSummary(event).type),
    },
    {
      key: 'user',
      title: copy.user,
      width: '2fr',
      render: (event) => eventSummary(event).user,
      phone: 'wide',
    },
    {
      key: 'about',
      title: copy.about,
      width: '2fr',
      render: (event) => eventSummary(event).about,
      phone: 'hide',
    },
    {
      key: 'webhooks',
      title: copy.webhooks,
      width: '90px',
      align: 'end',
      render: ({ webhookCount = 0 }) =>
        webhookCount > 0 ? formatCount(webhookCount) : h('span', { class: 'soft' }, noWebhook),
      phone: 'hide',
    },
    {
      key: 'time',
      title: copy.time,
      width: '1.15fr',
      align: 'end',
      render: ({ emitTime = '' }) => timeElement(emitTime),
    },
  ];
  return columns;
})();

/**
 * @param {string} time
 * @param {string|null} end
 */
const isBefore = (time, end) => end === null || Date.parse(time) < Date.parse(end);

/** @param {EventFilter} filter */
function chipsOf(filter) {
  const copy = words.deliveries.filters;
  const time = timeWords(filter.time);
  /** @type {[string|false, Partial<EventFilter>][]} */
  const parts = [
    [listChip(copy.type, filter.types, (type) => eventTypeName(type)), { types: [] }],
    [filter.webhook !== '' && copy.chip(copy.webhook, filter.webhook), { webhook: '' }],
    [time !== '' && copy.chip(copy.time, time), { time: { since: '', from: '', to: '' } }],
    [contentChip(filter.content), { content: { text: '', by: '' } }],
  ];
  return parts;
}

/**
 * @param {Context} context
 * @param {EventFilter} filter
 * @param {(filter: EventFilter) => void} onChange
 */
function eventFilters(context, filter, onChange) {
  const copy = words.deliveries.filters;
  const model = filterModel({ filter, chipsOf, onChange });
  const { current, change } = model;
  const buttons = h(
    'div',
    { class: 'filter-buttons', role: 'group', 'aria-label': copy.group },
    choiceFilter({
      label: copy.type,
      choices: typeChoices,
      values: () => current().types,
      onChange: (types) => change({ types }),
    }),
    webhookFilter(context, (webhook) => change({ webhook })),
    timeFilter({ range: () => current().time, onChange: (time) => change({ time }) }),
  );
  return { ...model, buttons };
}

/**
 * @param {string} project
 * @param {() => EventFilter} filter
 * @returns {import('/console/screens/feed.js').Source<Event>}
 */
function eventSource(project, filter) {
  let expression = '';
  return {
    key: (event) => event.name ?? '',
    time: (event) => event.emitTime ?? '',
    list: async (page, signal) => {
      // All pages of one list have the same filter, also where its time depends on now.
      if (page.pageToken === '') expression = eventExpression(project, filter());
      const answer = await listEvents({ project, filter: expression, ...page }, { signal });
      return { rows: answer.events ?? [], nextPageToken: answer.nextPageToken ?? '' };
    },
    watch: async function* (options) {
      const startTime = new Date(Date.now() - OVERLAP_MS).toISOString();
      const request = { project, filter: watchEventsExpression(project, filter()), startTime };
      for await (const { event } of watchEvents(request, options)) if (event) yield event;
    },
    matches: ({ emitTime = '' }) => isBefore(emitTime, timeBounds(filter().time).to),
  };
}

/**
 * @param {Context} context
 * @returns {HTMLElement}
 */
function eventList(context) {
  const { project } = context;
  const copy = words.events;
  const filters = eventFilters(context, readCommon(context.query), (filter) => {
    context.setQuery(writeCommon(filter));
    showEmpty();
    view.restart();
  });
  const empty = h('div', null);
  const emitLink = () =>
    may('emit', project) && linkButton(copy.emit, href(paths.emit(project)), { icon: 'emit' });
  const showEmpty = () => {
    const none = { title: copy.empty, text: copy.emptyText, icon: 'events', action: emitLink() || undefined };
    const noMatch = { title: copy.emptyFiltered, text: copy.emptyFilteredText, icon: 'search' };
    replace(empty, emptyState(eventExpression(project, filters.current()) ? noMatch : none));
  };
  const source = eventSource(project, filters.current);
  showEmpty();
  const view = feedView(context, {
    table: {
      label: copy.list,
      columns: COLUMNS,
      rowKey: source.key,
      href: (event) => href(paths.event(project, event.name ?? '')),
      empty,
    },
    source,
    filters,
    isLive: context.query.get('live') === '1',
    onLive: (on) => context.setQuery({ live: on ? '1' : null }),
    whyNotLive: () => '',
    liveHint: copy.liveHint,
    boundText: copy.bound,
  });
  return view.element;
}

/** @param {Context} context */
export function eventsScreen(context) {
  const { project } = context;
  const copy = words.events;
  const emit =
    may('emit', project) &&
    linkButton(copy.emit, href(paths.emit(project)), { kind: 'primary', icon: 'emit' });
  return h(
    'div',
    { class: 'screen' },
    pageHeader({ title: copy.title, text: copy.text, actions: emit }),
    may('read', project)
      ? eventList(context)
      : emptyState({ title: words.errors.noPermission, text: words.deliveries.noPermission, icon: 'key' }),
  );
}
