// One delivery: what happened to it, and each attempt.
import { getDelivery, retryDelivery } from '/console/api/methods.js';
import { may } from '/console/api/session.js';
import { attemptView } from '/console/screens/attempt.js';
import { makeAttempts } from '/console/screens/attempts.js';
import { isPending, stateBadge } from '/console/screens/delivery_state.js';
import { deliveryTimeline, phaseLegend } from '/console/screens/delivery_timeline.js';
import { eventTypeName } from '/console/screens/event_type_picker.js';
import { followPending } from '/console/screens/pending.js';
import { webhookName } from '/console/screens/webhook_name.js';
import { button, showFailure } from '/console/ui/button.js';
import { h, replace } from '/console/ui/dom.js';
import { jsonView } from '/console/ui/json_view.js';
import { card, definitions, notice, pageHeader } from '/console/ui/page.js';
import { href, paths } from '/console/ui/router.js';
import { emptyState, load } from '/console/ui/states.js';
import { lastPart } from '/console/ui/text.js';
import { absolute, formatCount, timeElement } from '/console/ui/time.js';
import { toast } from '/console/ui/toast.js';
import { words } from '/console/words/en.js';

/** @import { Attempt, Delivery } from '/console/api/types.js' */
/** @typedef {import('/console/ui/router.js').Context} Context */

/**
 * @param {string} project
 * @param {Delivery} delivery
 */
function deliveryFacts(project, delivery) {
  const copy = words.delivery.facts;
  const { name = '', event = '', webhook = '', createTime = '' } = delivery;
  return definitions([
    [copy.webhook, h('a', { href: href(paths.webhook(project, webhook)) }, webhookName(webhook))],
    [copy.event, h('a', { href: href(paths.event(project, event)) }, lastPart(event))],
    [copy.type, eventTypeName(delivery.eventType)],
    [copy.accepted, h('span', { title: createTime }, absolute(createTime))],
    [copy.attempts, formatCount(delivery.attemptCount)],
    [copy.id, h('code', null, lastPart(name))],
  ]);
}

/**
 * Why the delivery is where it is, in a sentence.
 * @param {Delivery} delivery
 */
function stateNotice(delivery) {
  const copy = words.delivery;
  const next = delivery.nextAttemptTime;
  const isDue = next !== undefined && Date.parse(next) <= Date.now();
  if (!isPending(delivery)) {
    if (!delivery.error) return null;
    const { attemptCount = 0, error } = delivery;
    const isFailed = delivery.state === 'DELIVERY_STATE_FAILED' && attemptCount > 0;
    return notice(isFailed ? copy.failedAfter(attemptCount, error) : copy.errorSentence(error), {
      tone: 'bad',
    });
  }
  const when = !next ? copy.queued : isDue ? copy.due : [copy.nextAttempt, ' ', timeElement(next), '.'];
  return notice([delivery.error && `${copy.errorSentence(delivery.error)} `, when], {
    tone: delivery.error ? 'warn' : 'info',
  });
}

/**
 * The button that redelivers, with the reason when it cannot.
 * @param {Delivery} delivery
 * @param {(delivery: Delivery) => void} onRedelivered
 */
function redeliverButton(delivery, onRedelivered) {
  const copy = words.delivery;
  const run = async () => {
    // Not aborted on leaving: it may have taken effect.
    onRedelivered(await retryDelivery({ name: delivery.name ?? '' }));
    toast(copy.redelivering);
  };
  const isDisabled = isPending(delivery);
  const element = button(copy.redeliver, run, { kind: 'primary', icon: 'retry', disabled: isDisabled });
  if (!isDisabled) return element;
  element.title = copy.redeliverPending;
  return [h('span', { class: 'action-reason' }, copy.redeliverPending), element];
}

/**
 * What is shown of a delivery without attempts.
 * @param {Delivery} delivery
 */
function withoutAttempt(delivery) {
  const copy = words.delivery;
  const text = isPending(delivery) ? copy.noAttemptsText : copy.noAttemptsEnded;
  return h(
    'div',
    { class: 'attempt' },
    card({}, emptyState({ title: copy.noAttempts, text })),
    delivery.requestBody && card({ title: copy.requestBody }, jsonView(delivery.requestBody)),
  );
}

/**
 * @param {string} project
 * @param {string} name
 */
function titleOf(project, name) {
  return {
    title: [words.delivery.title, ' ', h('span', { class: 'title-id' }, lastPart(name))],
    back: { label: words.deliveries.title, href: href(paths.deliveries(project)) },
  };
}

/**
 * @param {string} project
 * @param {Delivery} delivery
 * @param {(delivery: Delivery) => void} onRedelivered
 */
function headerOf(project, delivery, onRedelivered) {
  return [
    pageHeader({
      ...titleOf(project, delivery.name ?? ''),
      badge: stateBadge(delivery),
      actions: may('manage', project) && redeliverButton(delivery, onRedelivered),
    }),
    stateNotice(delivery),
  ];
}

/**
 * Replaces what is in an element, and keeps the focus and how far its timeline is scrolled.
 * @param {HTMLElement} element
 * @param {import('/console/ui/dom.js').Child[]} children
 */
function redraw(element, children) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const scrolled = element.querySelector('.timeline')?.scrollTop;
  replace(element, children);
  const timeline = element.querySelector('.timeline');
  if (timeline && scrolled !== undefined) timeline.scrollTop = scrolled;
  if (!(focused instanceof HTMLElement)) return;
  const again = element.querySelector(
    focused.dataset.attempt ? `[data-attempt="${focused.dataset.attempt}"]` : 'h1',
  );
  /** @type {HTMLElement|null} */ (again)?.focus({ preventScroll: true });
}

/**
 * @param {Context} context
 * @param {HTMLElement} header
 * @param {Delivery} first
 * @returns {HTMLElement}
 */
function deliveryView(context, header, first) {
  const { project, signal } = context;
  let delivery = first;
  const attempts = makeAttempts(first, signal);
  /** The number of the attempt that is shown; null follows the last one. @type {number|null} */
  let selected = Number(context.query.get('attempt')) || null;
  const side = h('div', { class: 'delivery-side' });
  const main = h('div', { class: 'delivery-main' });
  /** What `main` shows. */
  let shown = '';

  const drawMain = (/** @type {Attempt|undefined} */ attempt) => {
    const next = `${attempt?.number} ${delivery.state}`;
    if (shown === next) return;
    shown = next;
    replace(main, attempt ? attemptView(attempt, delivery.requestBody ?? '') : withoutAttempt(delivery));
  };
  const select = (/** @type {number} */ number) => {
    selected = number === attempts.last()?.number ? null : number;
    context.setQuery({ attempt: selected === null ? null : String(selected) });
    draw();
    if (main.getBoundingClientRect().top > window.innerHeight / 2) main.scrollIntoView();
  };
  const loadMore = async () => {
    await attempts.loadMissing();
    draw();
  };
  const draw = () => {
    const attempt = attempts.get(selected) ?? attempts.last();
    const all = attempts.all();
    const number = attempt?.number ?? 0;
    const timeline = deliveryTimeline({
      delivery,
      attempts: all,
      selected: number,
      onSelect: select,
      onLoadMore: loadMore,
    });
    redraw(header, headerOf(project, delivery, update));
    redraw(side, [
      card({}, deliveryFacts(project, delivery)),
      card({ title: words.delivery.timeline }, timeline, attempt && phaseLegend(all)),
    ]);
    drawMain(attempt);
  };
  const update = (/** @type {Delivery} */ next) => {
    // RetryDelivery answers without the body.
    delivery = { ...next, requestBody: next.requestBody ?? delivery.requestBody };
    attempts.add(next.attempts ?? []);
    draw();
    wake();
  };
  const wake = followPending({
    delivery: () => delivery,
    read: () => getDelivery({ name: delivery.name ?? '' }, { signal }),
    onChange: update,
    signal,
  });
  const showSelected = () => {
    const timeline = side.querySelector('.timeline');
    const item = timeline?.querySelector('[aria-pressed="true"]')?.parentElement;
    if (timeline && item) timeline.scrollTop = item.offsetTop - timeline.clientHeight / 2;
  };
  draw();
  requestAnimationFrame(showSelected);
  // The address may name an attempt that GetDelivery left out.
  if (selected !== null) attempts.loadUntil(selected).then(draw).then(showSelected, showFailure);
  return h('div', { class: 'delivery-columns' }, side, main);
}

/** @param {Context} context */
export function deliveryScreen(context) {
  const name = `projects/${context.project}/deliveries/${context.params.delivery}`;
  const header = h('div', null, pageHeader(titleOf(context.project, name)));
  const body = load(
    context,
    (signal) => getDelivery({ name }, { signal }),
    (delivery) => deliveryView(context, header, delivery),
  );
  return h('div', { class: 'screen' }, header, body);
}
