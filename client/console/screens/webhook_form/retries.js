// The section of retries, with a drawing of the pauses.

import { retryPreview } from '/console/screens/webhook_form/retry_preview.js';
import { durationField, numberField, optionalPart, section } from '/console/screens/webhook_form/section.js';
import { h, replace } from '/console/ui/dom.js';
import { words } from '/console/words/en.js';

const order = ['maxAttempts', 'minBackoff', 'maxBackoff', 'multiplier'];
const part = 'retryPolicy';
const path = 'webhook.retry_policy';

/** @param {import('/console/screens/webhook_form/section.js').Form} form */
export function retriesSection(form) {
  const copy = words.webhookForm;
  const preview = h('div', { 'aria-live': 'polite' });
  const body = optionalPart(form, {
    part,
    path,
    label: copy.retryOn,
    hint: copy.retryHint,
    initial: () => ({ maxAttempts: 5, minBackoff: '5s', maxBackoff: '3600s', multiplier: 2 }),
    body: () =>
      h(
        'div',
        { class: 'field-grid' },
        numberField(form, {
          part,
          order,
          key: 'maxAttempts',
          path: `${path}.max_attempts`,
          label: copy.maxAttempts,
          hint: copy.maxAttemptsHint,
          min: 1,
          max: 1000,
        }).element,
        durationField(form, {
          part,
          order,
          key: 'minBackoff',
          path: `${path}.min_backoff`,
          label: copy.minBackoff,
          hint: copy.minBackoffHint,
          placeholder: '5',
        }).element,
        durationField(form, {
          part,
          order,
          key: 'maxBackoff',
          path: `${path}.max_backoff`,
          label: copy.maxBackoff,
          hint: copy.maxBackoffHint,
          placeholder: '3600',
        }).element,
        numberField(form, {
          part,
          order,
          key: 'multiplier',
          path: `${path}.multiplier`,
          label: copy.multiplier,
          hint: copy.multiplierHint,
          min: 1,
          max: 10,
          step: 'any',
          placeholder: '2',
        }).element,
      ),
  });
  const { element, update } = section({
    title: copy.retries,
    summary: () => copy.retriesState(form.draft[part]?.maxAttempts ?? 1),
    body: [body, preview],
  });
  const draw = () => {
    update();
    replace(preview, retryPreview(form.draft[part] ?? {}));
  };
  draw();
  return { element, update: draw };
}
