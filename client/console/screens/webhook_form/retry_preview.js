// Draws when the retries of a webhook come, by its retry policy, and says it in words.
import { h, svg } from '/console/ui/dom.js';
import { formatDuration, parseDuration } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

const wideWidth = 640;
const phoneWidth = 320;
const phone = window.matchMedia('(max-width: 719px)');
const margin = 24;
const axis = 44;
const maxMarks = 100;
const ticks = [1e3, 1e4, 6e4, 6e5, 36e5, 216e5, 864e5, 6048e5, 2592e6, 31536e6];

/**
 * When each retry comes at the latest, in milliseconds after the first attempt, without the time that attempts take.
 * As RetryPolicy says: the pause before attempt n+1 is random, up to min(maxBackoff, minBackoff * multiplier^(n-1)).
 * @param {{maxAttempts?: number, minBackoff?: string, maxBackoff?: string, multiplier?: number}} policy
 * @returns {number[]}
 */
export function latestRetries(policy) {
  const attempts = Math.min(Math.max(Math.trunc(policy.maxAttempts ?? 1), 1), 1000);
  const least = policy.minBackoff === undefined ? undefined : parseDuration(policy.minBackoff);
  const most = policy.maxBackoff === undefined ? undefined : parseDuration(policy.maxBackoff);
  const min = least ?? Math.min(5000, most ?? 5000);
  const max = most ?? Math.max(3_600_000, min);
  const times = [];
  let time = 0;
  let pause = min;
  for (let attempt = 2; attempt <= attempts; attempt++) {
    time += Math.min(pause, max);
    times.push(time);
    pause = Math.min(pause * (policy.multiplier || 2), max);
  }
  return times;
}

/**
 * @param {{maxAttempts?: number, minBackoff?: string, maxBackoff?: string, multiplier?: number}} policy
 * @returns {HTMLElement}
 */
export function retryPreview(policy) {
  const times = latestRetries(policy);
  const text = sentence(times);
  return h(
    'figure',
    { class: 'retry-preview' },
    times.length > 0 && times[times.length - 1] > 0 ? timeline(times, text) : null,
    h('figcaption', null, text),
  );
}

/** @param {number[]} times */
function sentence(times) {
  if (times.length === 0) return words.webhookForm.noRetriesPreview;
  const shown = times.slice(0, times.length > 6 ? 5 : 6).map(rounded);
  const list = new Intl.ListFormat('en', { type: 'conjunction' });
  const listed =
    times.length > 6 ? `${shown.join(', ')}, …, ${rounded(times[times.length - 1])}` : list.format(shown);
  return words.webhookForm.retriesPreview(times.length + 1, listed, rounded(times[times.length - 1]));
}

/** @param {number} ms */
function rounded(ms) {
  const unit = ms >= 864e5 ? 36e5 : ms >= 36e5 ? 6e4 : ms >= 6e4 ? 1e3 : 100;
  return formatDuration(Math.round(ms / unit) * unit);
}

/**
 * A line in logarithmic time: a mark where each attempt comes at the latest, and a bar from its average to that.
 * @param {number[]} times
 * @param {string} text
 */
function timeline(times, text) {
  const width = phone.matches ? phoneWidth : wideWidth;
  const total = times[times.length - 1];
  const base = times[0] / 2 || 1;
  const scale = Math.log1p(total / base);
  /** @param {number} time */
  const x = (time) => margin + (Math.log1p(time / base) / scale) * (width - 2 * margin);
  const marks =
    times.length > maxMarks ? times.filter((_, i) => i % Math.ceil(times.length / maxMarks) === 0) : times;
  let lastTick = 0;
  return svg(
    'svg',
    { viewBox: `0 0 ${width} 68`, class: 'retry-timeline', role: 'img', 'aria-label': text },
    svg('line', { x1: margin, x2: width - margin, y1: axis, y2: axis, class: 'retry-axis' }),
    ticks.map((time) => {
      if (time < times[0] / 4 || time > total || x(time) - lastTick < 56) return null;
      lastTick = x(time);
      return [
        svg('line', { x1: x(time), x2: x(time), y1: axis - 4, y2: axis + 4, class: 'retry-axis' }),
        svg('text', { x: x(time), y: axis + 19, class: 'retry-tick' }, formatDuration(time)),
      ];
    }),
    marks.map((time) =>
      svg('rect', {
        x: x(time / 2),
        width: x(time) - x(time / 2),
        y: 19,
        height: 6,
        rx: 3,
        class: 'retry-range',
      }),
    ),
    svg('circle', { cx: x(0), cy: 22, r: 6, class: 'retry-first' }),
    marks.map((time) => svg('circle', { cx: x(time), cy: 22, r: 4, class: 'retry-latest' })),
  );
}
