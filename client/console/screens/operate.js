// Operate: the server, its projects, processes, circuits, tokens and settings.

import { may } from '/console/api/session.js';
import { circuitsSection } from '/console/screens/operate/circuits.js';
import { nodesSection } from '/console/screens/operate/nodes.js';
import { overviewSection } from '/console/screens/operate/overview.js';
import { settingsSection } from '/console/screens/operate/settings.js';
import { tokensSection } from '/console/screens/operate/tokens.js';
import { h } from '/console/ui/dom.js';
import { pageHeader } from '/console/ui/page.js';
import { href, paths } from '/console/ui/router.js';
import { emptyState } from '/console/ui/states.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/router.js').Context} Context */

/** @type {{id: string, label: string, make: (context: Context) => HTMLElement}[]} */
const SECTIONS = [
  { id: '', label: words.operate.overview, make: overviewSection },
  { id: 'nodes', label: words.operate.nodes, make: nodesSection },
  { id: 'circuits', label: words.operate.circuits, make: circuitsSection },
  { id: 'tokens', label: words.tokens.title, make: tokensSection },
  { id: 'settings', label: words.operate.settings, make: settingsSection },
];

/** @param {string} selected */
function sections(selected) {
  const links = SECTIONS.map(({ id, label }) =>
    h(
      'a',
      { class: 'tab', href: href(paths.operate(id)), 'aria-current': id === selected ? 'page' : null },
      label,
    ),
  );
  // On a phone, not all of them can be seen.
  const current = links.find((link) => link.hasAttribute('aria-current'));
  requestAnimationFrame(() => current?.scrollIntoView({ block: 'nearest', inline: 'nearest' }));
  return h('nav', { class: 'tab-list operate-sections', 'aria-label': words.operate.title }, ...links);
}

/** @param {Context} context */
export function operateScreen(context) {
  const header = pageHeader({ title: words.operate.title });
  if (!may('admin', '-')) {
    const text = words.operate.needsAdministrator;
    return h(
      'div',
      { class: 'screen' },
      header,
      emptyState({ title: words.errors.noPermission, text, icon: 'key' }),
    );
  }
  const id = context.params.section ?? '';
  const section = SECTIONS.find((one) => one.id === id);
  return h(
    'div',
    { class: 'screen' },
    header,
    sections(id),
    section?.make(context) ??
      emptyState({ title: words.errors.notFound, text: words.errors.noSuchPage, icon: 'search' }),
  );
}
