// The tokens with which callers authenticate.

import { deleteToken, listTokens } from '/console/api/methods.js';
import { caller } from '/console/api/session.js';
import { openTokenForm } from '/console/screens/operate/token_form.js';
import { badge } from '/console/ui/badge.js';
import { button } from '/console/ui/button.js';
import { openDialog } from '/console/ui/dialog.js';
import { h } from '/console/ui/dom.js';
import { labelled } from '/console/ui/labelled.js';
import { menuButton } from '/console/ui/menu.js';
import { card, notice } from '/console/ui/page.js';
import { pagedTable } from '/console/ui/paged_table.js';
import { emptyState } from '/console/ui/states.js';
import { lastPart } from '/console/ui/text.js';
import { timeElement } from '/console/ui/time.js';
import { toast } from '/console/ui/toast.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/router.js').Context} Context */
/** @typedef {import('/console/api/types.js').Token} Token */

/** How many projects are named in a row. */
const MOST_NAMED = 3;

/** @param {Token} token */
function tokenCell(token) {
  const id = lastPart(token.name ?? '');
  const second = token.clientIdentity
    ? words.tokens.certificate(token.clientIdentity)
    : token.displayName && id;
  const own = token.name === caller().name && token.name;
  return h(
    'span',
    { class: 'operate-two-lines' },
    h('span', null, token.displayName || id, own && badge(words.tokens.own, 'info')),
    second && h('span', null, second),
  );
}

/** @param {Token} token */
function projectsCell({ projects = [] }) {
  if (projects.includes('projects/-')) return words.tokens.allProjects;
  const named = projects.slice(0, MOST_NAMED).map(lastPart).join(', ');
  return projects.length > MOST_NAMED ? words.tokens.andMore(named, projects.length - MOST_NAMED) : named;
}

/** @param {Token} token */
function expiryCell({ expireTime }) {
  if (!expireTime) return words.tokens.never;
  return new Date(expireTime) < new Date() ? badge(words.tokens.expired, 'bad') : timeElement(expireTime);
}

/**
 * @param {Token} token
 * @param {() => Promise<void>} refresh
 */
function openDelete(token, refresh) {
  const id = lastPart(token.name ?? '');
  openDialog({
    title: words.tokens.deleteTitle(token.displayName || id),
    body: h('p', null, words.tokens.deleteText),
    actions: [
      { label: words.common.cancel },
      {
        label: words.common.delete,
        kind: 'danger',
        run: async () => {
          await deleteToken({ name: token.name ?? '' });
          toast(words.tokens.deleted(id));
          await refresh();
        },
      },
    ],
  });
}

/**
 * @param {() => Promise<void>} refresh
 * @returns {import('/console/ui/table.js').Column<Token>[]}
 */
const columns = (refresh) => [
  { key: 'token', title: words.tokens.token, width: '1.6fr', phone: 'wide', render: tokenCell },
  {
    key: 'roles',
    title: words.tokens.mayDo,
    render: ({ roles = [] }) =>
      h('span', { class: 'operate-roles' }, ...roles.map((role) => badge(words.tokens.roles[role].label))),
  },
  { key: 'projects', title: words.tokens.projects, width: '1.2fr', phone: 'hide', render: projectsCell },
  {
    key: 'expires',
    title: words.tokens.expires,
    render: (token) => labelled(words.tokens.expires, expiryCell(token)),
  },
  {
    key: 'used',
    title: words.tokens.lastUsed,
    phone: 'hide',
    render: ({ lastUsedTime }) => (lastUsedTime ? timeElement(lastUsedTime) : words.tokens.neverUsed),
  },
  {
    key: 'created',
    title: words.tokens.createTime,
    width: '130px',
    phone: 'hide',
    render: ({ createTime }) => createTime && timeElement(createTime),
  },
  {
    key: 'menu',
    title: '',
    width: '48px',
    align: 'end',
    render: (token) =>
      menuButton(words.tokens.actions(token.displayName || lastPart(token.name ?? '')), [
        {
          label: words.tokens.deleteItem,
          kind: 'danger',
          icon: 'trash',
          run: () => openDelete(token, refresh),
        },
      ]),
  },
];

/** @param {Context} context */
export function tokensSection(context) {
  /** @type {ReturnType<typeof pagedTable<Token>>} */
  const list = pagedTable(
    context,
    async (page, signal) => {
      const { tokens = [], nextPageToken = '' } = await listTokens(page, { signal });
      return { rows: tokens, next: nextPageToken };
    },
    {
      columns: columns(() => list.refresh()),
      label: words.tokens.title,
      rowHeight: 56,
      rowKey: (token) => token.name ?? '',
      empty: emptyState({ title: words.tokens.none, text: words.tokens.noneText, icon: 'key' }),
    },
  );
  const create = button(words.tokens.create, () => openTokenForm(list.refresh), {
    kind: 'primary',
    icon: 'plus',
  });
  return h(
    'div',
    { class: 'operate' },
    !caller().needsToken && notice(words.tokens.notRequired),
    card({ title: words.tokens.title, text: words.tokens.text, actions: create, flush: true }, list.element),
  );
}
