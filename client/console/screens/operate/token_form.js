// The dialogs that make a token, and show its secret once.

import { ApiError } from '/console/api/client.js';
import { createToken } from '/console/api/methods.js';
import { copyButton } from '/console/ui/copy_button.js';
import { openDialog } from '/console/ui/dialog.js';
import { h } from '/console/ui/dom.js';
import { sentence } from '/console/ui/errors.js';
import { checkbox, field, select, textInput } from '/console/ui/field.js';
import { notice } from '/console/ui/page.js';
import { lastPart } from '/console/ui/text.js';
import { toast } from '/console/ui/toast.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/api/types.js').Token} Token */
/** @typedef {import('/console/api/types.js').Role} Role */

/** How long a token can live, in hours; 0: without an end. */
const LIFETIMES = [1, 24, 24 * 30, 24 * 365, 0];
const DEFAULT_LIFETIME = 24 * 365;
/** @type {Role[]} */
const ROLES = ['ROLE_EMIT', 'ROLE_READ', 'ROLE_MANAGE', 'ROLE_ADMIN'];
const HOUR_MS = 3_600_000;
/** Browsers keep the addresses that they opened, with the token: only a token that expires soon is offered as a link. */
const LONGEST_LINK_MS = 25 * HOUR_MS;

/** The inputs of the form, and what they say. */
function makeForm() {
  /** @type {Set<Role>} */
  const roles = new Set();
  const name = textInput();
  const projects = textInput();
  let allProjects = false;
  const all = checkbox(words.tokens.allAndFuture, false, (on) => {
    allProjects = on;
    projects.disabled = on;
  });
  const lifetime = select(
    LIFETIMES.map((hours) => ({ value: String(hours), label: words.tokens.lifetimes[hours] })),
    String(DEFAULT_LIFETIME),
  );
  const id = textInput();
  const rate = textInput({ type: 'number', min: 0, step: 'any', inputmode: 'decimal' });
  const identity = textInput();
  const boxes = ROLES.map((role) => {
    const { label, hint } = words.tokens.roles[role];
    const change = (/** @type {boolean} */ on) => (on ? roles.add(role) : roles.delete(role));
    return checkbox(label, false, change, { hint });
  });
  const fields = {
    display_name: field({
      label: words.tokens.name,
      input: name,
      hint: words.tokens.nameHint,
      optional: true,
    }),
    roles: field({ label: words.tokens.mayDo, input: h('div', { class: 'checkbox-list' }, ...boxes) }),
    projects: field({ label: words.tokens.projects, input: projects, hint: words.tokens.projectsHint }),
    expire_time: field({ label: words.tokens.expires, input: lifetime }),
    token_id: field({ label: words.tokens.id, input: id, hint: words.tokens.idHint, optional: true }),
    rate_limit: field({ label: words.tokens.rate, input: rate, hint: words.tokens.rateHint, optional: true }),
    client_identity: field({
      label: words.tokens.clientIdentity,
      input: identity,
      hint: words.tokens.clientIdentityHint,
      optional: true,
    }),
  };
  /** @returns {Token} */
  const token = () => {
    const hours = Number(lifetime.value);
    const ids = projects.value.split(/[\s,]+/).filter(Boolean);
    return {
      displayName: name.value.trim(),
      roles: ROLES.filter((role) => roles.has(role)),
      projects: (allProjects ? ['-'] : ids).map((project) => `projects/${lastPart(project)}`),
      expireTime: hours > 0 ? new Date(Date.now() + hours * HOUR_MS).toISOString() : undefined,
      rateLimit: rate.value === '' ? undefined : { perSecond: Number(rate.value) },
      clientIdentity: identity.value.trim(),
    };
  };
  return { fields, all, token, tokenId: () => id.value.trim() };
}

/**
 * Shows each violation at its field. Returns whether all of them have one.
 * @param {ReturnType<typeof makeForm>['fields']} fields
 * @param {ApiError} error
 */
function showViolations(fields, error) {
  let shown = 0;
  for (const [path, { setError }] of Object.entries(fields)) {
    const found = error.violations.filter(
      (one) => one.field.replace(/^token\./, '').split(/[.[]/)[0] === path,
    );
    shown += found.length;
    setError(found.map((one) => sentence(one.description)).join(' ') || null);
  }
  return shown > 0 && shown === error.violations.length;
}

/**
 * Opens the dialog that makes a token.
 * @param {() => void} created
 */
export function openTokenForm(created) {
  const { fields, all, token, tokenId } = makeForm();
  const { display_name, roles, projects, expire_time, ...more } = fields;
  const create = async () => {
    let made;
    try {
      made = await createToken({ token: token(), tokenId: tokenId() });
    } catch (error) {
      if (error instanceof ApiError && showViolations(fields, error)) return false;
      throw error;
    }
    created();
    if (made.secret) openSecret(made);
    else toast(words.tokens.created(lastPart(made.name)));
    return true;
  };
  openDialog({
    title: words.tokens.create,
    body: [
      display_name.element,
      roles.element,
      projects.element,
      all,
      expire_time.element,
      h(
        'details',
        { class: 'operate-more' },
        h('summary', null, words.tokens.more),
        ...Object.values(more).map(({ element }) => element),
      ),
    ],
    actions: [{ label: words.common.cancel }, { label: words.tokens.create, kind: 'primary', run: create }],
  });
}

/** @param {Token} token */
function openSecret(token) {
  const secret = token.secret ?? '';
  const expires = token.expireTime ? Date.parse(token.expireTime) : Number.POSITIVE_INFINITY;
  const hasLink = expires - Date.now() < LONGEST_LINK_MS;
  openDialog({
    title: words.tokens.created(lastPart(token.name ?? '')),
    body: [
      notice(words.tokens.secretOnce, { tone: 'warn' }),
      h(
        'div',
        { class: 'operate-secret' },
        h('code', null, secret),
        copyButton(() => secret),
      ),
      hasLink && [
        h('p', { class: 'field-hint' }, words.tokens.linkHint),
        copyButton(() => `${location.origin}${location.pathname}#token=${secret}`, words.tokens.copyLink),
      ],
    ],
    actions: [{ label: words.tokens.done, kind: 'primary' }],
    stays: true,
  });
}
