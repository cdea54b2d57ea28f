// The parts that all screens have.

import { h } from '/console/ui/dom.js';
import { icon } from '/console/ui/icon.js';

/** @typedef {import('/console/ui/dom.js').Child} Child */

/**
 * Makes the head of a screen: its title, where it belongs, and what can be done. The title is also the document's.
 * @param {{title: Child, back?: {label: string, href: string}, badge?: Child, text?: Child, actions?: Child}} options
 */
export function pageHeader({ title, back, badge, text, actions }) {
  return h(
    'header',
    { class: 'page-header' },
    back && h('a', { class: 'page-back', href: back.href }, icon('back'), h('span', null, back.label)),
    h(
      'div',
      { class: 'page-title-row' },
      h('div', { class: 'page-title' }, h('h1', { tabindex: -1 }, title), badge),
      actions && h('div', { class: 'page-actions' }, actions),
    ),
    text && h('p', { class: 'page-text' }, text),
  );
}

/**
 * Makes a card with a title.
 * @param {{title?: Child, text?: Child, actions?: Child, flush?: boolean}} options flush: without space around its content
 * @param {...Child} children
 */
export function card({ title, text, actions, flush = false }, ...children) {
  return h(
    'section',
    { class: `card${flush ? ' card-flush' : ''}` },
    (title || actions) &&
      h(
        'header',
        { class: 'card-header' },
        h(
          'div',
          null,
          title && h('h2', { class: 'card-title' }, title),
          text && h('p', { class: 'card-text' }, text),
        ),
        actions && h('div', { class: 'card-actions' }, actions),
      ),
    h('div', { class: 'card-body' }, ...children),
  );
}

/**
 * Makes a list of names and values. Pairs without a value are left out.
 * @param {[label: string, value: Child][]} pairs
 */
export function definitions(pairs) {
  return h(
    'dl',
    { class: 'definitions' },
    ...pairs
      .filter(([, value]) => value !== null && value !== undefined && value !== false && value !== '')
      .map(([label, value]) => h('div', { class: 'definition' }, h('dt', null, label), h('dd', null, value))),
  );
}

/**
 * Makes a highlighted box with a sentence.
 * @param {Child} text
 * @param {{tone?: 'info' | 'bad' | 'warn' | 'good', action?: Child}} [options]
 */
export function notice(text, { tone = 'info', action } = {}) {
  const name = tone === 'good' ? 'check' : tone === 'info' ? 'info' : 'warning';
  return h(
    'div',
    { class: `notice notice-${tone}` },
    icon(name),
    h('div', { class: 'notice-text' }, text),
    action && h('div', { class: 'notice-action' }, action),
  );
}
