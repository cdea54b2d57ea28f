import { h } from '/console/ui/dom.js';

/**
 * Makes a bar that shows how much of something is used.
 * @param {{label: string, value: number, max: number, text: string, tone?: 'good' | 'warn' | 'bad' | 'info'}} options
 *   text: the value for people
 */
export function meter({ label, value, max, text, tone = 'info' }) {
  const bar = h('span', { class: 'meter-bar' });
  bar.style.setProperty('--part', String(max > 0 ? Math.min(Math.max(value / max, 0), 1) : 0));
  return h(
    'div',
    {
      class: `meter meter-${tone}`,
      role: 'meter',
      'aria-label': label,
      'aria-valuenow': value,
      'aria-valuemin': 0,
      'aria-valuemax': Math.max(max, value),
      'aria-valuetext': text,
    },
    bar,
  );
}
