// What a webhook delivered and failed to deliver in the last 24 hours, drawn small. Only rows that stay visible for a
// moment ask for it, and few of them at once.
import { isAbort } from '/console/api/client.js';
import { getWebhookStats } from '/console/api/methods.js';
import { sparkline } from '/console/ui/chart.js';
import { h, replace } from '/console/ui/dom.js';
import { words } from '/console/words/en.js';

const mostAtOnce = 3;
const settleMs = 150;
const freshMs = 60_000;

/** @typedef {{element: HTMLElement, name: string}} Wish */

/** Asks for the statistics of the rows of one list, and remembers them. */
export class DaySparklines {
  #signal;
  /** @type {Wish[]} */
  #wishes = [];
  #running = 0;
  /** @type {Map<string, {time: number, stats: any}>} */
  #known = new Map();

  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.#signal = signal;
  }

  /**
   * An element for the sparkline of a webhook, which fills itself.
   * @param {string} name
   */
  element(name) {
    const element = h('div', { class: 'day-sparkline' });
    const known = this.#known.get(name);
    if (known) replace(element, drawing(known.stats));
    if (!known || Date.now() - known.time > freshMs) {
      setTimeout(() => {
        this.#wishes.push({ element, name });
        this.#next();
      }, settleMs);
    }
    return element;
  }

  #next() {
    while (this.#running < mostAtOnce) {
      const wish = this.#wishes.shift();
      if (!wish || this.#signal.aborted) return;
      if (wish.element.isConnected) this.#ask(wish);
    }
  }

  /** @param {Wish} wish */
  async #ask({ element, name }) {
    this.#running += 1;
    try {
      const stats = await getWebhookStats({ name, step: '3600s' }, { signal: this.#signal });
      this.#known.set(name, { time: Date.now(), stats });
      replace(element, drawing(stats));
    } catch (error) {
      if (!isAbort(error)) replace(element, h('span', { class: 'soft', title: words.webhooks.noStats }, '–'));
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }
}

/** @param {any} stats */
function drawing(stats) {
  const copy = words.webhooks;
  const delivered = Number(stats.total?.deliveriesDelivered ?? 0);
  const failed = Number(stats.total?.deliveriesFailed ?? 0);
  const incomplete = (stats.gaps ?? []).length > 0;
  const label = `${copy.dayLabel(delivered, failed)}${incomplete ? ` ${copy.dayIncomplete}` : ''}`;
  if (delivered + failed === 0) return h('span', { class: 'soft day-none', title: label }, copy.dayNone);
  return h(
    'div',
    { class: 'day-drawing', title: label },
    sparkline({
      points: stats.points.map((/** @type {any} */ point) => ({
        time: new Date(point.startTime),
        values: {
          delivered: Number(point.deliveriesDelivered ?? 0),
          failed: Number(point.deliveriesFailed ?? 0),
        },
      })),
      series: [
        { key: 'delivered', label: copy.delivered, tone: 'good' },
        { key: 'failed', label: copy.failed, tone: 'bad' },
      ],
      'aria-label': label,
    }),
  );
}
