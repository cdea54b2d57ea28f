// The settings that are in effect.

import { getServer } from '/console/api/methods.js';
import { badge } from '/console/ui/badge.js';
import { h, replace } from '/console/ui/dom.js';
import { checkbox, searchInput } from '/console/ui/field.js';
import { card } from '/console/ui/page.js';
import { emptyState, load } from '/console/ui/states.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/ui/router.js').Context} Context */
/** @typedef {import('/console/api/types.js').Setting} Setting */

/** @param {Setting} setting */
function settingItem({ name = '', value = '', defaultValue = '', customized, description }) {
  return h(
    'div',
    { class: 'operate-setting' },
    h('dt', null, h('code', null, name), customized && badge(words.operate.customized, 'info')),
    h(
      'dd',
      null,
      h('code', { class: 'operate-setting-value' }, value || words.operate.emptyValue),
      customized && h('span', { class: 'operate-setting-default' }, words.operate.defaultIs(defaultValue)),
      h('p', null, description ?? ''),
    ),
  );
}

/**
 * @param {Context} context
 * @param {Setting[]} settings
 */
function settingList(context, settings) {
  const list = h('dl', { class: 'operate-settings' });
  const show = () => {
    const wanted = (context.query.get('search') ?? '').trim().toLowerCase();
    const onlyCustomized = context.query.get('customized') === 'true';
    const found = settings.filter(
      (setting) =>
        (setting.customized || !onlyCustomized) &&
        `${setting.name} ${setting.value} ${setting.description}`.toLowerCase().includes(wanted),
    );
    replace(list, ...found.map(settingItem));
    empty.hidden = found.length > 0;
  };
  /** @param {Record<string, string | null>} patch */
  const change = (patch) => {
    context.setQuery(patch);
    show();
  };
  const empty = emptyState({ title: words.operate.noSetting, icon: 'search' });
  const filters = h(
    'div',
    { class: 'operate-filters' },
    searchInput({
      label: words.operate.searchSettings,
      value: context.query.get('search') ?? '',
      on: (search) => change({ search }),
    }),
    checkbox(words.operate.onlyCustomized, context.query.get('customized') === 'true', (on) =>
      change({ customized: on ? 'true' : null }),
    ),
  );
  show();
  return [filters, list, empty];
}

/** @param {Context} context */
export function settingsSection(context) {
  return card(
    { title: words.operate.settings, text: words.operate.settingsText },
    load(
      context,
      (signal) => getServer({ signal }),
      ({ settings = [] }) => settingList(context, settings),
    ),
  );
}
