// Light or dark: as the system says, or as chosen here.

import { h, replace } from '/console/ui/dom.js';
import { icon } from '/console/ui/icon.js';
import { readStored, store } from '/console/ui/storage.js';
import { words } from '/console/words/en.js';

const KEY = 'hookd.theme';
const THEMES = /** @type {const} */ (['auto', 'light', 'dark']);
const ICONS = { auto: 'auto', light: 'sun', dark: 'moon' };

function chosen() {
  const stored = readStored('local', KEY);
  return THEMES.find((theme) => theme === stored) ?? 'auto';
}

function applyTheme() {
  const theme = chosen();
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Makes a button that switches to the next theme. */
export function themeButton() {
  const show = () => {
    const theme = chosen();
    const label = `${words.navigation.theme}: ${words.navigation.themes[theme]}`;
    element.setAttribute('aria-label', label);
    element.title = label;
    replace(element, icon(ICONS[theme]));
  };
  const element = h('button', {
    type: 'button',
    class: 'icon-button',
    on: {
      click: () => {
        const next = THEMES[(THEMES.indexOf(chosen()) + 1) % THEMES.length];
        store('local', KEY, next === 'auto' ? null : next);
        applyTheme();
        show();
      },
    },
  });
  show();
  return element;
}
