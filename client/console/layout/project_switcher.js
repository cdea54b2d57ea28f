// Shows the project, and switches to another one.

import { ApiError } from '/console/api/client.js';
import { listProjects } from '/console/api/methods.js';
import { caller, may } from '/console/api/session.js';
import { h, replace } from '/console/ui/dom.js';
import { field, textInput } from '/console/ui/field.js';
import { icon } from '/console/ui/icon.js';
import { openPopover } from '/console/ui/popover.js';
import { href, isProjectId, navigate, paths } from '/console/ui/router.js';
import { errorState, skeleton } from '/console/ui/states.js';
import { lastPart } from '/console/ui/text.js';
import { words } from '/console/words/en.js';

const PAGE_SIZE = 1000;
const MOST_PAGES = 10;
const MOST_SHOWN = 100;

/** @typedef {{id: string, displayName: string}} Entry */

/**
 * Returns the projects that the caller may list, or null if they may list none.
 * @returns {Promise<Entry[] | null>}
 */
async function loadProjects() {
  const { projects } = caller();
  if (projects !== 'all') return projects.map((id) => ({ id, displayName: '' }));
  /** @type {Entry[]} */
  const found = [];
  let pageToken = '';
  try {
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await listProjects({ pageSize: PAGE_SIZE, pageToken });
      for (const project of answer.projects ?? []) {
        found.push({ id: lastPart(project.name), displayName: project.displayName ?? '' });
      }
      pageToken = answer.nextPageToken ?? '';
      if (pageToken === '') break;
    }
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return null;
    throw error;
  }
  return found;
}

/**
 * Returns the project to begin with.
 * @param {string | null} last the project that was open last
 */
export async function firstProject(last) {
  const { projects } = caller();
  if (projects !== 'all') return last && projects.includes(last) ? last : (projects[0] ?? 'default');
  if (last) return last;
  const answer = await listProjects({ pageSize: 1 }).catch(() => null);
  const name = answer?.projects?.[0]?.name;
  return name ? lastPart(name) : 'default';
}

/** @param {string} label @param {() => void} close */
function openById(label, close) {
  const input = textInput({ 'aria-label': label });
  const open = () => {
    if (input.value.trim() === '') return;
    close();
    navigate(paths.webhooks(input.value.trim()));
  };
  return h(
    'form',
    {
      class: 'switcher-form',
      on: {
        submit: (/** @type {Event} */ event) => {
          event.preventDefault();
          open();
        },
      },
    },
    field({ label, input }).element,
    h('button', { type: 'submit', class: 'button button-primary' }, words.navigation.openProject),
  );
}

/** @param {string} id @param {() => void} close */
function otherProject(id, close) {
  return h(
    'a',
    { class: 'switcher-item', href: href(paths.webhooks(id)), on: { click: close } },
    words.navigation.openNamed(id),
  );
}

/** @param {Entry[]} entries @param {string} current @param {() => void} close */
function projectList(entries, current, close) {
  const { noProjects, noProjectsYet } = words.navigation;
  const list = h('ul', { class: 'switcher-list' });
  const show = () => {
    const wanted = input.value.trim().toLowerCase();
    const shown = entries.filter((entry) =>
      `${entry.id} ${entry.displayName}`.toLowerCase().includes(wanted),
    );
    replace(
      list,
      ...shown.slice(0, MOST_SHOWN).map((entry) =>
        h(
          'li',
          null,
          h(
            'a',
            {
              class: 'switcher-item',
              href: href(paths.webhooks(entry.id)),
              'aria-current': entry.id === current ? 'true' : null,
              on: { click: close },
            },
            h(
              'span',
              { class: 'switcher-name' },
              entry.displayName || entry.id,
              entry.displayName && h('span', { class: 'switcher-id' }, entry.id),
            ),
            entry.id === current && icon('check'),
          ),
        ),
      ),
      opensOther(wanted) && h('li', null, otherProject(wanted, close)),
      shown.length === 0 &&
        !opensOther(wanted) &&
        h('li', { class: 'switcher-none' }, entries.length > 0 ? noProjects : noProjectsYet),
    );
  };
  // A project is there once something is in it, so also one that is not listed can be opened.
  const opensOther = (/** @type {string} */ id) =>
    caller().projects === 'all' && isProjectId(id) && !entries.some((entry) => entry.id === id);
  const links = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll('a')]);
  const input = textInput({
    type: 'search',
    placeholder: words.navigation.searchProjects,
    'aria-label': words.navigation.searchProjects,
    on: { input: show },
  });
  const move = (/** @type {KeyboardEvent} */ event) => {
    const stops = [input, ...links()];
    const now = stops.indexOf(/** @type {HTMLInputElement} */ (document.activeElement));
    if (event.key === 'Enter' && now === 0) links()[0]?.click();
    const next = event.key === 'ArrowDown' ? now + 1 : event.key === 'ArrowUp' ? now - 1 : -1;
    if (next < 0 || next >= stops.length) return;
    event.preventDefault();
    stops[next].focus();
  };
  show();
  return h('div', { on: { keydown: move } }, h('span', { class: 'search' }, icon('search'), input), list);
}

/** Shows what projects there are. @param {HTMLElement} content @param {string} current @param {() => void} close */
async function fill(content, current, close) {
  try {
    const entries = await loadProjects();
    const listsAll = entries && caller().projects === 'all' && may('read');
    const all = { class: 'switcher-all', href: href(paths.projects()), on: { click: close } };
    replace(
      content,
      entries ? projectList(entries, current, close) : openById(words.navigation.projectId, close),
      listsAll && h('a', all, words.navigation.allProjects),
    );
    content.querySelector('input')?.focus();
  } catch (error) {
    replace(content, errorState(error));
  }
}

/**
 * Makes the button that shows the project and opens the list of projects.
 * @returns {{element: HTMLElement, setProject: (project: string) => void}}
 */
export function projectSwitcher() {
  let current = '';
  /** @type {{close: () => void} | null} */
  let opened = null;
  /** Whether the list was open when the button was pressed, which closes it. */
  let wasOpen = false;
  const name = h('span', { class: 'switcher-current' });
  const pointerdown = () => {
    wasOpen = opened !== null;
  };
  const element = h(
    'button',
    {
      type: 'button',
      class: 'switcher',
      'aria-haspopup': 'dialog',
      'aria-expanded': false,
      on: { pointerdown, click: open },
    },
    h('span', { class: 'switcher-mark', 'aria-hidden': 'true' }, icon('projects')),
    name,
    icon('chevron'),
  );

  function open() {
    if (wasOpen) {
      wasOpen = false;
      return;
    }
    const attributes = { role: 'dialog', 'aria-label': words.navigation.projects, class: 'switcher-panel' };
    const content = h('div', attributes, skeleton());
    opened = openPopover(element, content, {
      onClose: () => {
        opened = null;
      },
    });
    fill(content, current, opened.close);
  }

  return {
    element,
    setProject(project) {
      current = project;
      element.hidden = project === '';
      // With access to one project, there is nothing to choose.
      const { projects } = caller();
      element.disabled = projects !== 'all' && projects.length === 1 && projects[0] === project;
      element.setAttribute('aria-label', words.navigation.switchProject(project));
      replace(name, project);
    },
  };
}
