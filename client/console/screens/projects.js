// Choosing a project. Those who have only one go straight to its webhooks.

import { listProjects } from '/console/api/methods.js';
import { caller } from '/console/api/session.js';
import { PROJECT_ROW_HEIGHT, projectColumns } from '/console/screens/project_columns.js';
import { button } from '/console/ui/button.js';
import { h } from '/console/ui/dom.js';
import { field, searchInput, textInput } from '/console/ui/field.js';
import { card, notice, pageHeader } from '/console/ui/page.js';
import { href, paths } from '/console/ui/router.js';
import { emptyState, load } from '/console/ui/states.js';
import { table } from '/console/ui/table.js';
import { lastPart } from '/console/ui/text.js';
import { formatCount } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/router.js').Context} Context */
/** @typedef {import('/console/api/types.js').Project} Project */

const PAGE_SIZE = 1000;
/** More projects are opened by their ids. */
const MOST = 10_000;

/** @param {AbortSignal} signal */
async function readProjects(signal) {
  /** @type {Project[]} */
  const projects = [];
  let pageToken = '';
  do {
    const page = await listProjects({ pageSize: PAGE_SIZE, pageToken }, { signal });
    projects.push(...(page.projects ?? []));
    pageToken = page.nextPageToken ?? '';
  } while (pageToken && projects.length < MOST);
  return { projects, all: !pageToken };
}

/** @param {Project[]} projects */
function projectList(projects) {
  const list = table({
    columns: projectColumns(),
    rowHeight: PROJECT_ROW_HEIGHT,
    label: words.navigation.projects,
    rowKey: (row) => row.name ?? '',
    href: (row) => href(paths.webhooks(row.name ?? '')),
    empty: emptyState({ title: words.projects.noMatch }),
  });
  /** @param {string} text */
  const show = (text) => {
    const wanted = text.trim().toLowerCase();
    const matches = (/** @type {Project} */ { name = '', displayName = '' }) =>
      lastPart(name).includes(wanted) || displayName.toLowerCase().includes(wanted);
    list.setRows(projects.filter(matches), true);
  };
  show('');
  return [searchInput({ label: words.navigation.searchProjects, on: show }), list.element];
}

/** @param {Context} context */
function openById(context) {
  const input = textInput({ pattern: '[a-z0-9][a-z0-9\\-]*', maxlength: 63 });
  const id = field({ label: words.projects.id, hint: words.projects.idHint, input });
  const open = () => {
    const wrong = input.value === '' || !input.checkValidity();
    id.setError(wrong ? words.projects.wrongId : null);
    if (wrong) input.focus();
    else context.navigate(paths.webhooks(input.value));
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    open();
  };
  return card(
    { title: words.projects.openOther },
    h(
      'form',
      { class: 'projects-open', novalidate: true, on: { submit } },
      id.element,
      button(words.projects.open, open),
    ),
  );
}

/** @param {Context} context */
export function projectsScreen(context) {
  const mayOpenOthers = caller().projects === 'all';
  return h(
    'div',
    { class: 'screen' },
    pageHeader({ title: words.navigation.projects }),
    load(context, readProjects, ({ projects, all }) => {
      if (projects.length === 1 && all) {
        context.navigate(paths.webhooks(projects[0].name ?? ''), { replace: true });
        return null;
      }
      return h(
        'div',
        { class: 'projects' },
        projects.length === 0
          ? emptyState({ title: words.projects.none, text: words.projects.noneText, icon: 'projects' })
          : projectList(projects),
        !all && notice(words.projects.onlySome(formatCount(MOST))),
        mayOpenOthers && openById(context),
      );
    }),
  );
}
