// Sends a test to a webhook, stored or not, and shows what was sent and what came back.
import { ApiError, isAbort } from '/console/api/client.js';
import { testWebhook } from '/console/api/methods.js';
import { eventTypes, sampleText } from '/console/samples.js';
import { requestPart, responsePart } from '/console/screens/attempt.js';
import { phaseTable } from '/console/screens/attempt_phases.js';
import { eventTypeName, eventTypeSelect } from '/console/screens/event_type_picker.js';
import { button } from '/console/ui/button.js';
import { h, replace } from '/console/ui/dom.js';
import { field, select, textArea } from '/console/ui/field.js';
import { card, notice } from '/console/ui/page.js';
import { errorSentence } from '/console/ui/states.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/api/client.js').Violation} Violation */
/**
 * @typedef {object} Options
 * @property {{signal: AbortSignal}} context
 * @property {() => Record<string, any>} request the webhook to test: the fields of TestWebhookRequest without the event
 * @property {() => string | undefined} type the type to begin with
 * @property {(violations: Violation[]) => void} [failed] gets the violations of the webhook that is not stored
 */

/**
 * @param {Options} options
 * @returns {HTMLElement}
 */
export function testPanel({ context, request, type, failed }) {
  const copy = words.testWebhook;
  const typeSelect = eventTypeSelect(type() ?? eventTypes[0]);
  const text = textArea({ rows: 14, value: '' });
  const typeField = field({ label: copy.type, hint: copy.typeHint, input: typeSelect });
  const textField = field({ label: copy.event, hint: copy.eventHint, input: text });
  const source = select(
    [
      { value: 'sample', label: copy.sample },
      { value: 'own', label: copy.own },
    ],
    'sample',
  );
  const showSource = () => {
    const own = source.value === 'own';
    if (own && text.value === '') text.value = sampleText(typeSelect.value);
    typeField.element.hidden = own;
    textField.element.hidden = !own;
  };
  source.addEventListener('change', showSource);
  showSource();
  const result = h('div', { class: 'test-result', 'aria-live': 'polite' });
  const send = async () => {
    textField.setError(null);
    replace(result, h('p', { class: 'soft' }, copy.sending));
    const event = source.value === 'own' ? { document: text.value } : { eventType: typeSelect.value };
    try {
      replace(result, outcome(await testWebhook({ ...request(), ...event }, { signal: context.signal })));
    } catch (error) {
      if (isAbort(error)) return;
      const violations = error instanceof ApiError ? error.violations : [];
      const ofEvent = violations.filter(({ field: path }) => path.startsWith('document'));
      if (ofEvent.length > 0) textField.setError(ofEvent.map(eventSentence).join('\n'));
      failed?.(violations.filter((violation) => !ofEvent.includes(violation)));
      replace(result, notice(ofEvent.length > 0 ? copy.badEvent : errorSentence(error), { tone: 'bad' }));
    }
  };
  return h(
    'div',
    { class: 'test-panel' },
    h(
      'div',
      { class: 'test-controls' },
      field({ label: copy.what, input: source }).element,
      typeField.element,
      button(copy.send, send, { icon: 'play' }),
    ),
    textField.element,
    result,
  );
}

/** @param {Violation} violation */
function eventSentence({ field: path, description }) {
  const key = path.replace(/^document\.?/, '');
  return key ? `${key}: ${description}` : description;
}

/** @param {Record<string, any>} response a TestWebhookResponse */
function outcome(response) {
  const copy = words.testWebhook;
  const attempt = response.attempt ?? {};
  return [
    notice(
      h('p', null, h('strong', null, response.success ? copy.succeeded : copy.failed), ' ', response.message),
      {
        tone: response.success ? 'good' : 'bad',
      },
    ),
    h('p', { class: 'soft' }, copy.sent(eventTypeName(response.eventType))),
    h(
      'div',
      { class: 'test-exchange' },
      requestPart({ ...attempt, url: response.request?.url ?? attempt.url }, response.request?.body ?? ''),
      h('div', null, responsePart(attempt), card({ title: copy.timing }, phaseTable(attempt))),
    ),
  ];
}
