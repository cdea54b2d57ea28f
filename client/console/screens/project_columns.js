// The columns of tables of projects.

import { h } from '/console/ui/dom.js';
import { labelled } from '/console/ui/labelled.js';
import { lastPart } from '/console/ui/text.js';
import { formatCount } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/api/types.js').Project} Project */

/** The first column has two lines. */
export const PROJECT_ROW_HEIGHT = 56;

/** @param {Project} project */
function projectCell({ name = '', displayName }) {
  const id = lastPart(name);
  return h(
    'span',
    { class: 'operate-two-lines' },
    h('span', null, displayName || id),
    displayName && h('span', null, id),
  );
}

/**
 * The columns with a project and its counts.
 * @returns {import('/console/ui/table.js').Column<Project>[]}
 */
export const projectColumns = () => [
  { key: 'project', title: words.projects.project, width: '2fr', phone: 'wide', render: projectCell },
  {
    key: 'webhooks',
    title: words.projects.webhooks,
    align: 'end',
    phone: 'hide',
    render: (row) => formatCount(row.webhookCount),
  },
  {
    key: 'pending',
    title: words.projects.pending,
    align: 'end',
    render: (row) => labelled(words.projects.pending, formatCount(row.pendingDeliveryCount)),
  },
  {
    key: 'events',
    title: words.projects.events,
    align: 'end',
    render: (row) => labelled(words.projects.events, formatCount(row.events24h)),
  },
];
