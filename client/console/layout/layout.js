// What is around every screen: navigation, the project, the theme, and who is signed in.

import { caller, may, signOut } from '/console/api/session.js';
import { connectionBanner } from '/console/layout/connection_banner.js';
import { projectSwitcher } from '/console/layout/project_switcher.js';
import { themeButton } from '/console/layout/theme.js';
import { h, replace } from '/console/ui/dom.js';
import { icon } from '/console/ui/icon.js';
import { menuButton } from '/console/ui/menu.js';
import { href, paths } from '/console/ui/router.js';
import { lastPart } from '/console/ui/text.js';
import { absolute } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @param {string} project */
function entries(project) {
  const items = [];
  if (project && may('read', project)) {
    items.push(
      { icon: 'webhooks', label: words.navigation.webhooks, path: paths.webhooks(project) },
      { icon: 'deliveries', label: words.navigation.deliveries, path: paths.deliveries(project) },
      { icon: 'events', label: words.navigation.events, path: paths.events(project) },
    );
  } else if (project && may('emit', project)) {
    items.push({ icon: 'emit', label: words.navigation.emit, path: paths.emit(project) });
  }
  if (may('admin', '-'))
    items.push({ icon: 'operate', label: words.navigation.operate, path: paths.operate() });
  return items;
}

/** Which entry a path belongs to: adding a webhook is a part of Webhooks, emitting one of Events. @param {string} path */
function sectionOf(path) {
  return path.replace(/\/add-webhook$/, '/webhooks').replace(/\/emit$/, '/events');
}

/** @param {string} project @param {string} path */
function navigationList(project, path) {
  const section = sectionOf(path);
  return entries(project).map((entry) => {
    const isCurrent = section === entry.path || section.startsWith(`${entry.path}/`) || path === entry.path;
    return h(
      'li',
      null,
      h(
        'a',
        { class: 'nav-link', href: href(entry.path), 'aria-current': isCurrent ? 'page' : null },
        icon(entry.icon),
        h('span', null, entry.label),
      ),
    );
  });
}

function account() {
  const { needsToken, name, displayName, expireTime } = caller();
  if (!needsToken) return null;
  const shown = displayName || lastPart(name) || words.signIn.token;
  const title = expireTime
    ? words.navigation.signedInUntil(shown, absolute(expireTime))
    : words.navigation.signedInAs(shown);
  return h(
    'div',
    { class: 'account' },
    h('span', { class: 'account-name', title }, shown),
    menuButton(words.navigation.account, [
      { label: words.navigation.signOut, run: signOut, icon: 'signOut' },
    ]),
  );
}

/**
 * Makes the layout. `show` puts a screen into it.
 */
export function makeLayout() {
  const switcher = projectSwitcher();
  const list = h('ul', { class: 'nav-list' });
  const accountPart = h('div', { class: 'sidebar-account' });
  const main = h('main', { class: 'main', id: 'main', tabindex: -1 });
  const skip = h(
    'a',
    {
      class: 'skip-link',
      href: '#main',
      on: {
        click: (/** @type {Event} */ event) => {
          // The fragment is the address of the screen.
          event.preventDefault();
          /** @type {HTMLElement} */ (main.querySelector('h1') ?? main).focus();
        },
      },
    },
    words.navigation.skip,
  );
  const sidebar = h(
    'header',
    { class: 'sidebar' },
    h(
      'a',
      { class: 'brand', href: '#/', 'aria-label': words.common.product },
      h('img', { src: '/console/logo.svg', alt: '', class: 'brand-logo' }),
    ),
    switcher.element,
    h('nav', { class: 'nav', 'aria-label': words.navigation.main }, list),
    h('div', { class: 'sidebar-foot' }, accountPart, themeButton()),
  );
  const element = h(
    'div',
    { class: 'layout' },
    skip,
    sidebar,
    h('div', { class: 'content' }, connectionBanner(), main),
  );
  return {
    element,
    main,
    /**
     * @param {HTMLElement} screen
     * @param {{project: string, path: string}} place
     */
    show(screen, { project, path }) {
      switcher.setProject(project);
      replace(list, ...navigationList(project, path));
      replace(accountPart, account());
      replace(main, screen);
    },
  };
}
