// The sections of what limits the attempts: rate, concurrency, order and timeout.

import { durationField, numberField, optionalPart, section } from '/console/screens/webhook_form/section.js';
import { h } from '/console/ui/dom.js';
import { checkbox } from '/console/ui/field.js';
import { formatDuration, parseDuration } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @param {import('/console/screens/webhook_form/section.js').Form} form */
export function rateSection(form) {
  const copy = words.webhookForm;
  const part = 'rateLimit';
  const path = 'webhook.rate_limit';
  const order = ['perSecond', 'burst'];
  return section({
    title: copy.rate,
    summary: () => copy.rateState(form.draft.rateLimit?.perSecond, form.draft.rateLimit?.burst),
    body: optionalPart(form, {
      part,
      path,
      label: copy.rateOn,
      hint: copy.rateHint,
      initial: () => ({ perSecond: 10 }),
      body: () =>
        h(
          'div',
          { class: 'field-grid' },
          numberField(form, {
            part,
            order,
            key: 'perSecond',
            path: `${path}.per_second`,
            label: copy.perSecond,
            hint: copy.perSecondHint,
            min: 0.01,
            max: 100_000,
            step: 'any',
          }).element,
          numberField(form, {
            part,
            order,
            key: 'burst',
            path: `${path}.burst`,
            label: copy.burst,
            hint: copy.burstHint,
            min: 1,
            max: 100_000,
          }).element,
        ),
    }),
  });
}

/** @param {import('/console/screens/webhook_form/section.js').Form} form */
export function concurrencySection(form) {
  const copy = words.webhookForm;
  return section({
    title: copy.concurrency,
    summary: () => copy.concurrencyState(form.draft.ordered ? 1 : (form.draft.maxConcurrency ?? 16)),
    body: numberField(form, {
      key: 'maxConcurrency',
      path: 'webhook.max_concurrency',
      label: copy.maxConcurrency,
      hint: copy.maxConcurrencyHint,
      min: 1,
      max: 256,
      placeholder: '16',
    }).element,
  });
}

/** @param {import('/console/screens/webhook_form/section.js').Form} form */
export function orderSection(form) {
  const copy = words.webhookForm;
  /** @param {boolean} on */
  const changed = (on) => {
    if (on) form.draft.ordered = true;
    else delete form.draft.ordered;
    form.changed('webhook.ordered');
  };
  return section({
    title: copy.order,
    summary: () => copy.orderState(!!form.draft.ordered),
    body: checkbox(copy.ordered, !!form.draft.ordered, changed, { hint: copy.orderedHint }),
  });
}

/** @param {import('/console/screens/webhook_form/section.js').Form} form */
export function timeoutSection(form) {
  const copy = words.webhookForm;
  return section({
    title: copy.timeout,
    summary: () => copy.timeoutState(formatDuration(parseDuration(form.draft.timeout ?? '5s'))),
    body: durationField(form, {
      key: 'timeout',
      path: 'webhook.timeout',
      label: copy.timeoutLabel,
      hint: copy.timeoutHint,
      placeholder: '5',
    }).element,
  });
}
