// Redelivers chosen deliveries, or all that match a filter, and says what came out.
import { isAbort } from '/console/api/client.js';
import { retryDeliveries, retryDelivery } from '/console/api/methods.js';
import { openDialog } from '/console/ui/dialog.js';
import { h, replace } from '/console/ui/dom.js';
import { errorSentence } from '/console/ui/errors.js';
import { lastPart } from '/console/ui/text.js';
import { formatCount } from '/console/ui/time.js';
import { toast } from '/console/ui/toast.js';
import { words } from '/console/words/en.js';

/** How many calls are made at the same time. */
const CONCURRENCY = 4;
/** How many failures the result lists. */
const LISTED_FAILURES = 50;

/** @typedef {{name: string, reason: string}} Failure */

/**
 * Redelivers each of the deliveries, a few at a time.
 * @param {string[]} names
 * @param {(done: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<Failure[]>}
 */
async function redeliverEach(names, onProgress, signal) {
  /** @type {Failure[]} */
  const failures = [];
  const rest = names.values();
  let done = 0;
  const work = async () => {
    for (const name of rest) {
      if (signal.aborted) return;
      try {
        await retryDelivery({ name }, { signal });
      } catch (error) {
        if (isAbort(error)) return;
        failures.push({ name, reason: errorSentence(error) });
      }
      done += 1;
      onProgress(done);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return failures;
}

/** @param {Failure[]} failures */
function failureList(failures) {
  const listed = failures.slice(0, LISTED_FAILURES).map(({ name, reason }) => {
    return h('li', null, h('code', null, lastPart(name)), ' ', reason);
  });
  const more = failures.length - listed.length;
  return h(
    'div',
    { class: 'failures' },
    h('ul', null, listed),
    more > 0 && h('p', null, words.deliveries.redeliver.moreFailures(more)),
  );
}

/**
 * Redelivers the chosen deliveries, shows how far it is, and sums up. Leaving the screen stops it.
 * @param {{signal: AbortSignal}} context
 * @param {string[]} names
 * @returns {Promise<void>}
 */
export async function redeliverChosen(context, names) {
  const copy = words.deliveries.redeliver;
  const stopping = new AbortController();
  const signal = AbortSignal.any([context.signal, stopping.signal]);
  const progress = h('progress', { max: names.length, value: 0, 'aria-label': copy.title });
  const text = h('p', { role: 'status' }, copy.progress(0, names.length));
  const body = h('div', null, text, progress);
  const dialog = openDialog({
    title: copy.title,
    body,
    actions: [{ label: copy.stop, kind: 'plain' }],
    onClose: () => stopping.abort(),
  });
  let count = 0;
  const failures = await redeliverEach(
    names,
    (done) => {
      count = done;
      progress.value = done;
      replace(text, copy.progress(done, names.length));
    },
    signal,
  );
  dialog.close();
  if (context.signal.aborted) return;
  const sentence = copy.summary(count - failures.length, failures.length, names.length - count);
  if (failures.length === 0) {
    toast(sentence, { kind: count === names.length ? 'success' : 'info' });
    return;
  }
  openDialog({
    title: copy.resultTitle(count - failures.length),
    body: h('div', null, h('p', null, sentence), failureList(failures)),
    actions: [{ label: words.common.close, kind: 'primary' }],
  });
}

/**
 * @param {{deliveryCount?: string, skippedCount?: string}} response
 * @returns {{count: number, skipped: number}}
 */
function counts(response) {
  return { count: Number(response.deliveryCount ?? 0), skipped: Number(response.skippedCount ?? 0) };
}

/**
 * Counts the deliveries that match, asks, and redelivers them.
 * @param {{signal: AbortSignal}} context
 * @param {{project: string, webhook?: string, filter?: string}} request The fields of RetryDeliveries.
 * @param {() => void} onDone Called once they are redelivered.
 * @returns {Promise<void>}
 */
export async function redeliverMatching(context, request, onDone) {
  const copy = words.deliveries.redeliver;
  const { count, skipped } = counts(
    await retryDeliveries({ ...request, validateOnly: true }, { signal: context.signal }),
  );
  const note = skipped > 0 && h('p', { class: 'soft' }, copy.skipped(formatCount(skipped)));
  if (count === 0) {
    const actions = [{ label: words.common.close, kind: /** @type {const} */ ('primary') }];
    openDialog({ title: copy.allTitle, body: h('div', null, h('p', null, copy.none), note), actions });
    return;
  }
  const run = async () => {
    const result = counts(await retryDeliveries(request, { signal: context.signal }));
    toast(copy.allDone(formatCount(result.count)), { kind: 'success' });
    onDone();
  };
  openDialog({
    title: copy.allTitle,
    body: h('div', null, h('p', null, copy.allQuestion(formatCount(count))), note),
    actions: [
      { label: words.common.cancel, kind: 'plain' },
      { label: copy.allAction(formatCount(count)), kind: 'primary', run },
    ],
  });
}
