// How a webhook fares: what is wrong in sentences, and its statistics drawn.
import { getWebhookStats } from '/console/api/methods.js';
import { LENGTHS } from '/console/screens/time_range.js';
import { charts, figures, gapsNotice } from '/console/screens/webhook/stats.js';
import { troubleSentences } from '/console/screens/webhook_parts.js';
import { button } from '/console/ui/button.js';
import { h, replace } from '/console/ui/dom.js';
import { notice } from '/console/ui/page.js';
import { load } from '/console/ui/states.js';
import { words } from '/console/words/en.js';

const ranges = ['1h', '24h', '7d', '30d'];
const usual = '24h';

/**
 * @param {import('/console/ui/router.js').Context} context
 * @param {Record<string, any>} webhook
 */
export function overview(context, webhook) {
  const drawn = h('div', { class: 'webhook-stats' });
  const choice = h('div', { class: 'range-choice', role: 'group', 'aria-label': words.webhook.range });
  const wanted = context.query.get('range') ?? '';
  let range = ranges.includes(wanted) ? wanted : usual;
  /** Reads the statistics again, while those that are shown stay. @type {(() => void) | null} */
  let again = null;
  const show = () => {
    replace(
      choice,
      ranges.map((each) => rangeButton(each, each === range, choose)),
      button(words.webhook.refresh, () => (again ?? show)(), { icon: 'retry', iconOnly: true }),
    );
    again = null;
    replace(
      drawn,
      load(
        context,
        (signal) => readStats(webhook.name, range, signal),
        (stats, reload) => {
          again = reload;
          return draw(stats);
        },
      ),
    );
  };
  /** @param {string} chosen */
  const choose = (chosen) => {
    range = chosen;
    context.setQuery({ range: range === usual ? null : range });
    show();
    /** @type {HTMLElement | null} */ (choice.querySelector('[aria-pressed=true]'))?.focus();
  };
  show();
  return h('div', { class: 'webhook-overview' }, choice, drawn);
}

/**
 * What is wrong with a webhook, or that nothing is.
 * @param {Record<string, any>} webhook
 */
export function webhookState(webhook) {
  const sentences = troubleSentences(webhook);
  if (sentences.length > 0) {
    const failing = webhook.disabled || webhook.health?.state === 'HEALTH_STATE_FAILING';
    return notice(sentences, { tone: failing ? 'bad' : 'info' });
  }
  const tried = webhook.health?.state === 'HEALTH_STATE_HEALTHY';
  return notice(tried ? words.webhook.healthy : words.webhook.untried, { tone: tried ? 'good' : 'info' });
}

/**
 * @param {string} range
 * @param {boolean} pressed
 * @param {(range: string) => void} choose
 */
function rangeButton(range, pressed, choose) {
  return h(
    'button',
    { type: 'button', class: 'range-button', 'aria-pressed': pressed, on: { click: () => choose(range) } },
    words.webhook.ranges[/** @type {keyof typeof words.webhook.ranges} */ (range)],
  );
}

/**
 * @param {string} name
 * @param {string} range
 * @param {AbortSignal} signal
 */
function readStats(name, range, signal) {
  const startTime = new Date(Date.now() - LENGTHS[range]).toISOString();
  return getWebhookStats({ name, startTime }, { signal });
}

/** @param {any} stats */
function draw(stats) {
  return [gapsNotice(stats.gaps ?? []), figures(stats.total ?? {}), charts(stats.points ?? [])];
}
