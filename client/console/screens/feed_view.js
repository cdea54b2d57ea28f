// What a list with filters and live updates looks like: its tools, its table, and how far it goes.

import { Feed, MOST_ROWS } from '/console/screens/feed.js';
import { button, toggle } from '/console/ui/button.js';
import { h, replace } from '/console/ui/dom.js';
import { errorSentence } from '/console/ui/errors.js';
import { notice } from '/console/ui/page.js';
import { table } from '/console/ui/table.js';
import { formatCount } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/dom.js').Child} Child */

/**
 * @template Row
 * @typedef {object} Options
 * @property {Omit<import('/console/ui/table.js').Options<Row>, 'more'|'onSelect'>} table
 * @property {import('/console/screens/feed.js').Source<Row>} source
 * @property {{search: HTMLElement, buttons: HTMLElement, chips: HTMLElement} | null} filters
 * @property {boolean} isLive Whether it begins live.
 * @property {(on: boolean) => void} onLive
 * @property {() => string} whyNotLive Why the current filter does not allow live updates; empty if it does.
 * @property {string} liveHint What live means here.
 * @property {(count: string) => string} boundText
 * @property {Child} [actions]
 * @property {Child} [selectionActions]
 */

/**
 * The switch for live updates, and what it does at the moment.
 * @param {boolean} isOn
 * @param {string} hint
 * @param {(on: boolean) => void} onChange
 */
function liveSwitch(isOn, hint, onChange) {
  const copy = words.deliveries;
  const element = toggle(copy.live, isOn, async (on) => onChange(on), { showLabel: true });
  element.title = hint;
  const state = h('span', { class: 'live-state', role: 'status' });
  return {
    element: h('div', { class: 'live-switch' }, element, state),
    /** @param {'off'|'connecting'|'open'|'lost'|'failed'} name @param {string} text */
    show(name, text) {
      state.dataset.state = name;
      if (state.textContent !== text) replace(state, text);
      if (name === 'failed') element.setAttribute('aria-checked', 'false');
    },
    /** @param {boolean} on */
    setOn(on) {
      if ((element.getAttribute('aria-checked') === 'true') !== on) element.click();
    },
    /** @param {string} reason */
    setReason(reason) {
      element.disabled = reason !== '';
    },
  };
}

/**
 * What is shown while rows are selected.
 * @param {Child} actions
 * @param {() => void} clear
 */
function selectionBar(actions, clear) {
  const copy = words.deliveries;
  const count = h('strong', { role: 'status' });
  const clearButton = button(copy.clearSelection, clear, { kind: 'quiet' });
  const element = h('div', { class: 'selection-bar', hidden: true }, count, actions, clearButton);
  return {
    element,
    /** @param {number} size */
    show(size) {
      element.hidden = size === 0;
      replace(count, copy.selected(size));
    },
  };
}

/**
 * @param {string} text
 * @param {HTMLElement} action
 */
function hiddenNotice(text, action) {
  return h('div', { hidden: true }, notice(text, { action }));
}

/**
 * @template Row
 * @param {{signal: AbortSignal}} context
 * @param {Options<Row>} options
 */
export function feedView({ signal }, options) {
  const { source, filters } = options;
  const copy = words.deliveries;
  let isLive = options.isLive;
  /** @returns {Promise<{rows: Row[], done: boolean}>} */
  const more = () => feed.more();
  const rows = table({ ...options.table, more, onSelect: (keys) => selection.show(keys.size) });
  const boundText = options.boundText(formatCount(MOST_ROWS));
  const bound = hiddenNotice(
    boundText,
    button(copy.older, () => showOlder()),
  );
  const olderNote = hiddenNotice(
    copy.olderText,
    button(copy.newest, () => reload()),
  );
  const live = liveSwitch(isLive, options.liveHint, (on) => {
    isLive = on;
    options.onLive(on);
    if (on) reload();
    follow();
  });
  const selection = selectionBar(options.selectionActions, rows.clearSelection);
  const feed = new Feed({
    signal,
    table: rows,
    source,
    onLive: (state, error) => {
      const text = state === 'off' ? '' : copy.liveStates[state];
      live.show(state, error ? `${text}. ${errorSentence(error)}` : text);
    },
    onFull: (full) => bound.toggleAttribute('hidden', !full),
  });

  function follow() {
    const reason = options.whyNotLive();
    live.setReason(reason);
    feed.setLive(isLive && reason === '');
    if (isLive && reason) live.show('off', reason);
  }

  function reload() {
    olderNote.hidden = true;
    feed.reload();
  }

  function showOlder() {
    rows.clearSelection();
    live.setOn(false);
    olderNote.hidden = false;
    feed.older();
    element.scrollIntoView();
  }

  function restart() {
    rows.clearSelection();
    reload();
    follow();
  }

  const refresh = button(copy.refresh, reload, { icon: 'retry', iconOnly: true });
  const actions = h('div', { class: 'feed-actions' }, refresh, options.actions);
  const tools = h('div', { class: 'feed-tools' }, filters?.search, live.element, actions);
  const element = h('div', { class: 'feed' }, [
    [tools, filters?.buttons, filters?.chips],
    [selection.element, olderNote, rows.element, bound],
  ]);
  restart();
  return { element, table: rows, restart, reload };
}
