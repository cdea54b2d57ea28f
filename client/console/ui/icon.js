// Icons, drawn on a grid of 16 by 16.

import { svg } from '/console/ui/dom.js';

/** @type {Record<string, string>} */
const PATHS = {
  webhooks:
    'M6.2 9.4 4.6 12a2 2 0 1 1-1.7-1M9 4.2a2 2 0 1 0-2.6 1.6l1.4 2.4M8.6 12h3.6a2 2 0 1 0-.6-2.9l-1.5-2.6',
  deliveries: 'M2 4h8M2 8h5M2 12h8M11 5.5 13.5 8 11 10.5M8.5 8h5',
  events: 'M8.8 1.8 3.5 9h4l-.6 5.2L12.5 7h-4z',
  emit: 'M14 2 7.5 8.5M14 2l-4.2 12-2.3-5.5L2 6.2z',
  projects:
    'M2 4.5A1.5 1.5 0 0 1 3.5 3h2.6l1.6 1.8h4.8A1.5 1.5 0 0 1 14 6.3v5.2a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 2 11.5z',
  operate: 'M2.5 3.5h11v3.5h-11zM2.5 9h11v3.5h-11zM5 5.25h.01M5 10.75h.01',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.6 10.6 14 14',
  chevron: 'm4.5 6.5 3.5 3.5 3.5-3.5',
  back: 'M9.5 3.5 5 8l4.5 4.5',
  more: 'M3 8a.5.5 0 1 0 1 0 .5.5 0 0 0-1 0zM7.5 8a.5.5 0 1 0 1 0 .5.5 0 0 0-1 0zM12 8a.5.5 0 1 0 1 0 .5.5 0 0 0-1 0z',
  close: 'm4 4 8 8M12 4l-8 8',
  check: 'm3 8.5 3.2 3.2L13 5',
  copy: 'M6 6h7v7H6zM10 6V3H3v7h3',
  plus: 'M8 3v10M3 8h10',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7',
  moon: 'M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z',
  auto: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12M10 3v10M12 4.5v7',
  signOut: 'M6 2.5H3v11h3M10.5 5 13.5 8l-3 3M13.5 8H6.5',
  warning: 'M8 2 1.5 13.5h13zM8 6.5v3.2M8 11.6h.01',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.3v3.5M8 5.1h.01',
  retry: 'M13 8a5 5 0 1 1-1.5-3.6L13 6M13 2.5V6H9.5',
  edit: 'm10.5 3 2.5 2.5-7.5 7.5H3v-2.5z',
  trash: 'M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  external: 'M9 3h4v4M13 3 7.5 8.5M11 9.5V13H3V5h3.5',
  play: 'M5 3.5 12.5 8 5 12.5z',
  filter: 'M2 4h12M4.5 8h7M6.5 12h3',
  key: 'M5.5 13a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM7.3 8.7 13 3M11 5l1.5 1.5',
};

/** @typedef {keyof typeof PATHS} IconName */

/**
 * Makes an icon. It means nothing to screen readers: what it is on has a label.
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  return svg(
    'svg',
    { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' },
    svg('path', { d: PATHS[name] ?? PATHS.info }),
  );
}
