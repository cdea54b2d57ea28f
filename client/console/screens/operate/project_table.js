// All projects, with what they have.

import { listProjects } from '/console/api/methods.js';
import { openDeleteProject, openEditProject } from '/console/screens/operate/project_dialogs.js';
import { PROJECT_ROW_HEIGHT, projectColumns } from '/console/screens/project_columns.js';
import { badge } from '/console/ui/badge.js';
import { h } from '/console/ui/dom.js';
import { menuButton } from '/console/ui/menu.js';
import { card } from '/console/ui/page.js';
import { pagedTable } from '/console/ui/paged_table.js';
import { href, paths } from '/console/ui/router.js';
import { emptyState } from '/console/ui/states.js';
import { lastPart } from '/console/ui/text.js';
import { timeElement } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/router.js').Context} Context */
/** @typedef {import('/console/api/types.js').Project} Project */

/** @param {Project} project */
function labelsCell({ labels = {} }) {
  const texts = Object.entries(labels).map(([key, value]) => (value ? `${key}: ${value}` : key));
  return h('span', { class: 'operate-labels', title: texts.join(', ') }, ...texts.map((text) => badge(text)));
}

/** @param {Context} context */
export function projectTable(context) {
  /** @type {ReturnType<typeof pagedTable<Project>>} */
  const list = pagedTable(
    context,
    async (page, signal) => {
      const { projects = [], nextPageToken = '' } = await listProjects(page, { signal });
      return { rows: /** @type {Project[]} */ (projects), next: nextPageToken };
    },
    {
      label: words.navigation.projects,
      rowHeight: PROJECT_ROW_HEIGHT,
      columns: [
        ...projectColumns(),
        { key: 'labels', title: words.projects.labels, phone: 'hide', width: '1.5fr', render: labelsCell },
        {
          key: 'created',
          title: words.projects.createTime,
          width: '130px',
          phone: 'hide',
          render: ({ createTime }) => createTime && timeElement(createTime),
        },
        {
          key: 'menu',
          title: '',
          width: '48px',
          align: 'end',
          render: (project) =>
            menuButton(words.projects.actions(lastPart(project.name ?? '')), [
              {
                label: words.projects.edit,
                icon: 'edit',
                run: () => openEditProject(project, () => list.refresh()),
              },
              {
                label: words.projects.deleteItem,
                icon: 'trash',
                kind: 'danger',
                run: () => openDeleteProject(project, () => list.refresh()),
              },
            ]),
        },
      ],
      rowKey: ({ name = '' }) => name,
      href: ({ name = '' }) => href(paths.webhooks(name)),
      empty: emptyState({ title: words.projects.none, text: words.projects.noneText, icon: 'projects' }),
    },
  );
  return card({ title: words.navigation.projects, flush: true }, list.element);
}
