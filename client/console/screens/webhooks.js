// The list of a project's webhooks.
import { may } from '/console/api/session.js';
import { eventTypeSelect } from '/console/screens/event_type_picker.js';
import { askDelete, askRedeliver, askRotate, enabledToggle } from '/console/screens/webhook_actions.js';
import { healthBadge, typesSummary, webhookTitle } from '/console/screens/webhook_parts.js';
import { DaySparklines } from '/console/screens/webhooks/day_sparkline.js';
import { healthStates, isFiltered, orders, pager, readView } from '/console/screens/webhooks/view.js';
import { button, linkButton } from '/console/ui/button.js';
import { h, replace } from '/console/ui/dom.js';
import { searchInput, select } from '/console/ui/field.js';
import { menuButton } from '/console/ui/menu.js';
import { pageHeader } from '/console/ui/page.js';
import { repeat } from '/console/ui/repeat.js';
import { href, paths } from '/console/ui/router.js';
import { emptyState, load } from '/console/ui/states.js';
import { table } from '/console/ui/table.js';
import { formatCount, timeElement } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/router.js').Context} Context */
/** @typedef {import('/console/screens/webhooks/view.js').View} View */

/** @param {Context} context */
export function webhooksScreen(context) {
  const copy = words.webhooks;
  const content = h('div', { class: 'webhook-list' });
  const controls = h('div', { class: 'toolbar' });
  const sparklines = new DaySparklines(context.signal);
  let shown = new AbortController();
  /** @type {(() => void) | null} */
  let reload = null;
  /** @param {Partial<View>} patch */
  const change = (patch) => {
    context.setQuery(patch);
    if (reload) reload();
    else showList();
  };
  const showControls = () => replace(controls, filters(readView(context.query), change));
  const clear = () => {
    change({ q: '', type: '', enabled: '', health: '' });
    showControls();
  };
  const showList = () => {
    replace(
      content,
      load(
        context,
        async () => {
          const view = readView(context.query);
          const more = pager(context, view);
          return { view, more, first: await more() };
        },
        (found, again) => {
          reload = again;
          shown.abort();
          shown = new AbortController();
          const signal = AbortSignal.any([context.signal, shown.signal]);
          return list({ ...context, signal }, found, sparklines, { change, clear });
        },
      ),
    );
  };
  showControls();
  showList();
  const add = may('manage', context.project)
    ? linkButton(copy.add, href(paths.addWebhook(context.project)), { kind: 'primary', icon: 'plus' })
    : null;
  return h(
    'div',
    { class: 'webhooks-screen' },
    pageHeader({ title: copy.title, text: copy.text, actions: add }),
    controls,
    content,
  );
}

/**
 * @param {View} view
 * @param {(patch: Partial<View>) => void} change
 */
function filters(view, change) {
  const copy = words.webhooks;
  /** @param {string} label @param {string} key @param {HTMLSelectElement} input */
  const labelled = (label, key, input) => {
    input.setAttribute('aria-label', label);
    input.addEventListener('change', () => change({ [key]: input.value }));
    return input;
  };
  const states = healthStates.map((value) => ({ value, label: copy.healthStates[value] }));
  return [
    searchInput({ label: copy.search, value: view.q, on: (q) => change({ q: q.trim() }) }),
    labelled(copy.filterType, 'type', eventTypeSelect(view.type, { any: copy.anyType })),
    labelled(
      copy.filterEnabled,
      'enabled',
      select(
        [
          { value: '', label: copy.anyEnabled },
          { value: 'true', label: copy.enabled },
          { value: 'false', label: copy.disabled },
        ],
        view.enabled,
      ),
    ),
    labelled(
      copy.filterHealth,
      'health',
      select([{ value: '', label: copy.anyHealth }, ...states], view.health),
    ),
    labelled(
      copy.sort,
      'sort',
      select(
        orders.map((value) => ({ value: value === 'id' ? '' : value, label: copy.orders[value] })),
        view.sort,
      ),
    ),
  ];
}

/**
 * @param {Context} context
 * @param {{view: View, more: () => Promise<{rows: any[], done: boolean}>, first: {rows: any[], done: boolean}}} found
 * @param {DaySparklines} sparklines
 * @param {{change: (patch: Partial<View>) => void, clear: () => void}} actions
 */
function list(context, { view, more, first }, sparklines, { change, clear }) {
  const copy = words.webhooks;
  const none = isFiltered(view)
    ? emptyState({ title: copy.noMatch, action: button(copy.clearFilters, clear) })
    : emptyState({
        title: copy.none,
        text: copy.noneText,
        icon: 'webhooks',
        action: may('manage', context.project)
          ? linkButton(copy.add, href(paths.addWebhook(context.project)), { kind: 'primary', icon: 'plus' })
          : undefined,
      });
  if (first.rows.length === 0) return none;
  const [field, direction] = view.sort.split(' ');
  const webhooks = table({
    columns: columns(context, sparklines, {
      update: (row) => webhooks.update(row.name, row),
      remove: (row) => webhooks.remove(row.name),
    }),
    rowKey: (row) => row.name,
    href: (row) => href(paths.webhook(context.project, row.name)),
    label: copy.title,
    rowHeight: 56,
    more,
    sorted: view.sort ? { key: field, descending: direction === 'desc' } : undefined,
    onSort: ({ key, descending }) => change({ sort: `${key}${descending ? ' desc' : ''}` }),
    empty: none,
  });
  webhooks.setRows(first.rows, first.done);
  follow(context, view, webhooks);
  return webhooks.element;
}

/**
 * Keeps the first rows up to date. The results of a search stay as they are, because searching reads many pages.
 * @param {Context} context
 * @param {View} view
 * @param {{rows: () => any[], update: (key: string, row: any) => void}} webhooks
 */
function follow(context, view, webhooks) {
  if (view.q) return;
  repeat(context.signal, async () => {
    // A row whose menu or dialog is open stays, so that the focus can return to it.
    if (document.querySelector('.menu-popover, dialog[open]')) return;
    const { rows } = await pager(context, view)();
    const known = new Map(webhooks.rows().map((row) => [row.name, JSON.stringify(row)]));
    for (const row of rows) {
      const before = known.get(row.name);
      if (before !== undefined && before !== JSON.stringify(row)) webhooks.update(row.name, row);
    }
  });
}

/**
 * @param {Context} context
 * @param {DaySparklines} sparklines
 * @param {{update: (row: any) => void, remove: (row: any) => void}} rows
 */
function columns(context, sparklines, rows) {
  const copy = words.webhooks;
  const manage = may('manage', context.project);
  return [
    {
      key: 'name',
      title: copy.name,
      width: '2.2fr',
      sort: 'display_name',
      phone: /** @type {const} */ ('wide'),
      render: (/** @type {any} */ row) =>
        h(
          'div',
          { class: 'webhook-name' },
          h('span', { class: 'webhook-title' }, webhookTitle(row)),
          h('span', { class: 'webhook-url' }, row.url),
        ),
    },
    {
      key: 'types',
      title: copy.types,
      width: '1.2fr',
      phone: /** @type {const} */ ('hide'),
      render: typesSummary,
    },
    {
      key: 'enabled',
      title: copy.enabled,
      width: '5rem',
      render: (/** @type {any} */ row) =>
        manage ? enabledToggle(row, rows.update) : row.disabled ? copy.no : copy.yes,
    },
    {
      key: 'health',
      title: copy.healthTitle,
      width: '9.5rem',
      sort: 'consecutive_failures',
      render: (/** @type {any} */ row) =>
        h(
          'div',
          { class: 'webhook-health' },
          healthBadge(row),
          row.health?.failingSince ? h('small', null, timeElement(row.health.failingSince)) : null,
        ),
    },
    {
      key: 'day',
      title: copy.day,
      width: '8rem',
      phone: /** @type {const} */ ('hide'),
      render: (/** @type {any} */ row) => sparklines.element(row.name),
    },
    {
      key: 'pending',
      title: copy.pending,
      width: '6rem',
      align: /** @type {const} */ ('end'),
      sort: 'pending_deliveries',
      phone: /** @type {const} */ ('hide'),
      render: (/** @type {any} */ row) => formatCount(Number(row.health?.pendingDeliveries ?? 0)),
    },
    {
      key: 'menu',
      title: copy.actions,
      width: '4rem',
      align: /** @type {const} */ ('end'),
      render: (/** @type {any} */ row) => (manage ? rowMenu(context, row, rows) : null),
    },
  ];
}

/**
 * @param {Context} context
 * @param {any} row
 * @param {{update: (row: any) => void, remove: (row: any) => void}} rows
 */
function rowMenu(context, row, rows) {
  const copy = words.webhooks;
  const { project } = context;
  return menuButton(copy.actionsOf(webhookTitle(row)), [
    { label: copy.edit, icon: 'edit', run: () => context.navigate(paths.editWebhook(project, row.name)) },
    {
      label: copy.test,
      icon: 'play',
      run: () => context.navigate(`${paths.webhook(project, row.name)}?tab=test`),
    },
    {
      label: copy.redeliverMenu,
      icon: 'retry',
      disabled: row.disabled,
      run: () => askRedeliver(row, project),
    },
    { label: copy.rotateMenu, icon: 'key', run: () => askRotate(row, rows.update) },
    {
      label: copy.deleteMenu,
      icon: 'trash',
      kind: 'danger',
      run: () => askDelete(row, () => rows.remove(row)),
    },
  ]);
}
