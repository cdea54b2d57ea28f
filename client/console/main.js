// Starts the console: session, layout, router.

import { whenReachable } from '/console/api/connection.js';
import {
  followSignInLink,
  isSafeToFollow,
  isSignedIn,
  may,
  resumeSession,
  session,
  signInReason,
  takeSignInLink,
} from '/console/api/session.js';
import { makeLayout } from '/console/layout/layout.js';
import { firstProject } from '/console/layout/project_switcher.js';
import { leavePage, restoreScroll } from '/console/layout/scroll.js';
import { signInScreen } from '/console/screens/sign_in.js';
import { showFailure } from '/console/ui/button.js';
import { h, replace } from '/console/ui/dom.js';
import { pageHeader } from '/console/ui/page.js';
import { currentAddress, findRoute, isProjectId, makeContext, navigate, paths } from '/console/ui/router.js';
import { errorState } from '/console/ui/states.js';
import { readStored, store } from '/console/ui/storage.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/router.js').Route} Route */

const PROJECT_KEY = 'hookd.project';

/** A sign-in link that is not followed yet. Before anything else, its secret leaves the address. */
let link = takeSignInLink();

/** @param {string | null} project of a sign-in link */
function rememberProject(project) {
  if (project && isProjectId(project)) store('local', PROJECT_KEY, project);
}

/** Signs in with the link, if nobody is signed in with another token. */
async function followLinkIfSafe() {
  if (!link || !isSafeToFollow(link)) return;
  rememberProject(link.project);
  followSignInLink(link);
  await resumeSession();
  link = null;
}

/** Asks before the link replaces the token of someone who is signed in: otherwise, any page could change it. */
async function askAboutLink() {
  if (!link) return;
  const asked = link;
  link = null;
  try {
    const { askToSwitch } = await import('/console/screens/switch_token.js');
    askToSwitch(asked, () => rememberProject(asked.project));
  } catch (error) {
    showFailure(error);
  }
}

const operate = {
  title: words.navigation.operate,
  load: async () => (await import('/console/screens/operate.js')).operateScreen,
};

/** @type {Route[]} */
const routes = [
  {
    pattern: '/projects/:project/webhooks',
    title: words.navigation.webhooks,
    load: async () => (await import('/console/screens/webhooks.js')).webhooksScreen,
  },
  {
    pattern: '/projects/:project/add-webhook',
    title: words.navigation.addWebhook,
    load: async () => (await import('/console/screens/webhook_form.js')).addWebhookScreen,
  },
  {
    pattern: '/projects/:project/webhooks/:webhook',
    title: words.navigation.webhook,
    load: async () => (await import('/console/screens/webhook.js')).webhookScreen,
  },
  {
    pattern: '/projects/:project/webhooks/:webhook/edit',
    title: words.navigation.editWebhook,
    load: async () => (await import('/console/screens/webhook_form.js')).editWebhookScreen,
  },
  {
    pattern: '/projects/:project/deliveries',
    title: words.navigation.deliveries,
    load: async () => (await import('/console/screens/deliveries.js')).deliveriesScreen,
  },
  {
    pattern: '/projects/:project/deliveries/:delivery',
    title: words.navigation.delivery,
    load: async () => (await import('/console/screens/delivery.js')).deliveryScreen,
  },
  {
    pattern: '/projects/:project/events',
    title: words.navigation.events,
    load: async () => (await import('/console/screens/events.js')).eventsScreen,
  },
  {
    pattern: '/projects/:project/events/:event',
    title: words.navigation.event,
    load: async () => (await import('/console/screens/event.js')).eventScreen,
  },
  {
    pattern: '/projects/:project/emit',
    title: words.navigation.emit,
    load: async () => (await import('/console/screens/emit.js')).emitScreen,
  },
  {
    pattern: '/projects',
    title: words.navigation.projects,
    load: async () => (await import('/console/screens/projects.js')).projectsScreen,
  },
  { pattern: '/operate', ...operate },
  { pattern: '/operate/:section', ...operate },
];

/** @type {ReturnType<typeof makeLayout> | null} */
let layout = null;
let left = new AbortController();
let isFirst = true;

/** Names the document after its h1, and moves the focus there unless the page has just been opened. @param {string} project */
function followHeading(project) {
  const { main } = /** @type {NonNullable<typeof layout>} */ (layout);
  const { signal } = left;
  const takesFocus = !isFirst;
  /** @type {Element | null} */
  let known = null;
  const look = () => {
    const heading = main.querySelector('h1');
    if (!heading?.textContent) return;
    document.title = words.navigation.title(heading.textContent, project);
    if (heading === known) return;
    const isOutside = !main.contains(document.activeElement) || document.activeElement === main;
    if (takesFocus && known === null && isOutside) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
    known = heading;
  };
  look();
  const observer = new MutationObserver(look);
  observer.observe(main, { childList: true, subtree: true });
  signal.addEventListener('abort', () => observer.disconnect());
}

/**
 * Loads the code of a screen. If hookd does not answer, it is loaded when hookd answers again.
 * @param {Route} route @param {AbortSignal} signal
 */
async function codeOf(route, signal) {
  try {
    return await route.load();
  } catch {
    await whenReachable(signal);
    return route.load();
  }
}

/** @param {Route} route @param {import('/console/ui/router.js').Context} context */
async function screenOf(route, context) {
  try {
    return (await codeOf(route, context.signal))(context);
  } catch (error) {
    if (!context.signal.aborted) console.error(error);
    return errorState(error, () => location.reload());
  }
}

/** Shows what the address names. */
async function showPage() {
  leavePage();
  left.abort();
  left = new AbortController();
  const { signal } = left;
  if (!isSignedIn()) {
    layout = null;
    document.title = words.navigation.title(words.signIn.title, '');
    const screen = signInScreen();
    replace(document.body, screen);
    screen.querySelector('input')?.focus();
    return;
  }
  if (!layout) {
    layout = makeLayout();
    replace(document.body, layout.element);
  }
  const { path } = currentAddress();
  const found = findRoute(routes, path);
  const last = readStored('local', PROJECT_KEY);
  if (!found && path === '/') {
    const project = await firstProject(last);
    const canRead = may('read', project) || !may('emit', project);
    if (!signal.aborted) navigate(canRead ? paths.webhooks(project) : paths.emit(project), { replace: true });
    return;
  }
  const context = makeContext(found?.params ?? {}, signal);
  if (context.project) store('local', PROJECT_KEY, context.project);
  const project = context.project || (await firstProject(last));
  document.title = words.navigation.title(found?.route.title ?? words.errors.notFound, context.project);
  const screen = found
    ? await screenOf(found.route, context)
    : h('div', null, pageHeader({ title: words.errors.notFound, text: words.errors.noSuchPage }));
  if (signal.aborted) return;
  layout.show(screen, { project, path });
  restoreScroll(layout.main);
  followHeading(context.project);
  isFirst = false;
}

/** Opens the session, and says so if hookd does not answer. */
async function start() {
  try {
    await followLinkIfSafe();
    if (!isSignedIn()) await resumeSession();
    // The token that was stored has expired.
    if (!isSignedIn()) await followLinkIfSafe();
  } catch (error) {
    replace(document.body, h('main', { class: 'starting' }, errorState(error, start)));
    return;
  }
  await showPage();
  await askAboutLink();
}

session.addEventListener('change', () => showPage());
window.addEventListener('hashchange', ({ oldURL }) => {
  // Someone who is signed in, or has to sign in again, stays where they are.
  const stays = isSignedIn() || signInReason() !== null;
  const taken = takeSignInLink(stays ? new URL(oldURL).hash : undefined);
  if (!taken) {
    showPage();
    return;
  }
  link = taken;
  if (isSignedIn() && !isSafeToFollow(taken)) askAboutLink();
  else start();
});
start();
