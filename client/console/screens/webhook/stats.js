// Statistics of a webhook or a project, as the API's Stats has them: figures and charts.
import { bars, lines } from '/console/ui/chart.js';
import { h } from '/console/ui/dom.js';
import { notice } from '/console/ui/page.js';
import { absolute, formatCount, formatDuration, parseDuration } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @typedef {Record<string, any>} StatsPoint */

/** The fields of AttemptCounts, in the order in which they are stacked. Each has a tone of its own name in webhooks.css. */
const results = [
  'status2xx',
  'status3xx',
  'status4xx',
  'status5xx',
  'timeout',
  'connection',
  'tls',
  'blocked',
];

/** @param {unknown} value */
const count = (value) => Number(value ?? 0);

/** @param {StatsPoint} point */
function successRate(point) {
  const delivered = count(point.deliveriesDelivered);
  return (delivered / (delivered + count(point.deliveriesFailed))) * 100;
}

/** @param {number} rate */
function percent(rate) {
  // Almost all is not all: only 100 % is shown as such.
  const shown = rate > 99.9 && rate < 100 ? Math.floor(rate * 100) / 100 : Math.round(rate * 10) / 10;
  return words.webhook.percent(shown);
}

/** @param {string | undefined} duration */
function latency(duration) {
  return duration === undefined ? Number.NaN : parseDuration(duration);
}

/**
 * The sums of all points.
 * @param {StatsPoint} total
 */
export function figures(total) {
  const copy = words.webhook;
  const rate = successRate(total);
  /** @param {string | undefined} duration */
  const time = (duration) => (duration === undefined ? '–' : formatDuration(parseDuration(duration)));
  const entries = [
    [copy.delivered, formatCount(count(total.deliveriesDelivered))],
    [copy.failed, formatCount(count(total.deliveriesFailed))],
    [copy.canceled, formatCount(count(total.deliveriesCanceled))],
    [copy.successRate, Number.isNaN(rate) ? '–' : percent(rate)],
    [copy.p50, time(total.latency?.p50)],
    [copy.p95, time(total.latency?.p95)],
    [copy.p99, time(total.latency?.p99)],
  ];
  return h(
    'dl',
    { class: 'figures' },
    entries.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))),
  );
}

/** @param {StatsPoint[]} points */
export function charts(points) {
  const copy = words.webhook;
  const at = points.map((point) => new Date(point.startTime));
  /** @param {(point: StatsPoint) => Record<string, number>} values */
  const series = (values) => points.map((point, i) => ({ time: at[i], values: values(point) }));
  const seen = results.filter(
    (key) => key === 'status2xx' || points.some((point) => count(point.attempts?.[key]) > 0),
  );
  return h(
    'div',
    { class: 'chart-grid' },
    bars({
      title: copy.deliveriesChart,
      points: series((point) => ({
        delivered: count(point.deliveriesDelivered),
        failed: count(point.deliveriesFailed),
        canceled: count(point.deliveriesCanceled),
      })),
      series: [
        { key: 'delivered', label: copy.delivered, tone: 'good' },
        { key: 'failed', label: copy.failed, tone: 'bad' },
        { key: 'canceled', label: copy.canceled, tone: 'muted' },
      ],
    }),
    lines({
      title: copy.successChart,
      points: series((point) => ({ rate: successRate(point) })),
      series: [{ key: 'rate', label: copy.successRate, tone: 'good' }],
      format: percent,
      max: 100,
    }),
    lines({
      title: copy.latencyChart,
      points: series(({ latency: times = {} }) => ({
        p50: latency(times.p50),
        p95: latency(times.p95),
        p99: latency(times.p99),
      })),
      series: [
        { key: 'p50', label: copy.p50, tone: 'good' },
        { key: 'p95', label: copy.p95, tone: 'info' },
        { key: 'p99', label: copy.p99, tone: 'warn' },
      ],
      format: formatDuration,
    }),
    bars({
      title: copy.attemptsChart,
      points: series((point) => Object.fromEntries(seen.map((key) => [key, count(point.attempts?.[key])]))),
      series: seen.map((key) => ({
        key,
        label: copy.results[key],
        tone: /** @type {any} */ (`result-${key}`),
      })),
    }),
  );
}

/** @param {{startTime: string, endTime: string}[]} gaps */
export function gapsNotice(gaps) {
  if (gaps.length === 0) return null;
  const copy = words.webhook;
  return notice(
    [
      h('p', null, copy.gaps),
      h(
        'ul',
        null,
        gaps.map(({ startTime, endTime }) => h('li', null, copy.gap(absolute(startTime), absolute(endTime)))),
      ),
    ],
    { tone: 'warn' },
  );
}
