// Emits a sample, or an event of one's own.
import { emitEvent, getEvent } from '/console/api/methods.js';
import { may } from '/console/api/session.js';
import { eventTypes, sampleText } from '/console/samples.js';
import { eventTypeSelect } from '/console/screens/event_type_picker.js';
import { findPath } from '/console/screens/json_path.js';
import { dropDraft, keepDraft, unsavedDraft } from '/console/screens/unsaved.js';
import { button, linkButton } from '/console/ui/button.js';
import { openDialog } from '/console/ui/dialog.js';
import { h, replace } from '/console/ui/dom.js';
import { errorSentence } from '/console/ui/errors.js';
import { field, textArea } from '/console/ui/field.js';
import { indentJson } from '/console/ui/json_view.js';
import { card, notice, pageHeader } from '/console/ui/page.js';
import { randomId } from '/console/ui/random_id.js';
import { href, paths } from '/console/ui/router.js';
import { emptyState, load } from '/console/ui/states.js';
import { lastPart, visibleJson } from '/console/ui/text.js';
import { words } from '/console/words/en.js';

/** @import { EmitEventResponse } from '/console/api/types.js' */
/** @typedef {import('/console/ui/router.js').Context} Context */

/** How long after the last key an event is checked. */
const CHECK_MS = 600;

/** What an event that is not emitted yet is kept under. @param {string} project */
const draftName = (project) => `projects/${project}/events`;

/** @param {{field: string, description: string}} violation */
function documentPath({ field: path }) {
  return path.replace(/^document\.?/, '');
}

/**
 * Why hookd does not accept the event: a sentence for each violation, which leads to its place in the editor.
 * @param {any} error
 * @param {HTMLTextAreaElement} editor
 */
function problems(error, editor) {
  const copy = words.emit;
  /** @type {{field: string, description: string}[]} */
  const violations = error.violations ?? [];
  if (violations.length === 0) return notice(errorSentence(error), { tone: 'bad' });
  const items = violations.map((violation) => {
    const path = documentPath(violation);
    const place = findPath(editor.value, path, violation.description);
    const sentence = copy.problem(path, violation.description);
    const show = () => {
      editor.focus();
      if (place) editor.setSelectionRange(place.start, place.end);
    };
    return h(
      'li',
      null,
      place
        ? h('button', { type: 'button', class: 'button button-link', on: { click: show } }, sentence)
        : sentence,
    );
  });
  return notice([h('p', null, copy.problems(violations.length)), h('ul', { class: 'problems' }, items)], {
    tone: 'bad',
  });
}

/**
 * @param {string} project
 * @param {EmitEventResponse} response
 */
function accepted(project, { event = '', webhookCount = 0 }) {
  const copy = words.emit;
  const links =
    may('read', project) &&
    h('div', { class: 'row' }, [
      linkButton(copy.open, href(paths.event(project, event))),
      webhookCount > 0 &&
        linkButton(copy.deliveries, href(paths.deliveries(project), { event: lastPart(event), live: '1' })),
    ]);
  return notice(copy.accepted(webhookCount), { tone: webhookCount > 0 ? 'good' : 'warn', action: links });
}

/**
 * Checks and emits what is in an editor, and shows the result.
 * @param {Context} context
 * @param {HTMLTextAreaElement} editor
 * @param {HTMLElement} result
 */
function makeEmitter({ project, signal }, editor, result) {
  /** The same for each attempt to emit the same text, so that none of them emits it twice. */
  let request = { text: '', id: '' };
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  /** Counts the checks; an answer to an earlier one is not shown. */
  let round = 0;

  const begin = () => {
    clearTimeout(timer);
    round += 1;
    return round;
  };
  const check = async () => {
    const mine = begin();
    /** @type {import('/console/ui/dom.js').Child} */
    let shown;
    try {
      const checked = await emitEvent({ project, document: editor.value, validateOnly: true }, { signal });
      const { webhookCount = 0 } = checked;
      shown = notice(words.emit.valid(webhookCount), { tone: webhookCount > 0 ? 'good' : 'warn' });
    } catch (error) {
      if (signal.aborted) return;
      shown = problems(error, editor);
    }
    if (mine === round) replace(result, shown);
  };
  const checkSoon = () => {
    begin();
    if (editor.value.trim() === '') replace(result);
    else timer = setTimeout(check, CHECK_MS);
  };
  const emit = async () => {
    begin();
    const document = editor.value;
    if (request.text !== document) request = { text: document, id: randomId() };
    try {
      const response = await emitEvent({ project, document, requestId: request.id });
      request = { text: '', id: '' };
      dropDraft(draftName(project));
      replace(result, accepted(project, response));
    } catch (error) {
      replace(result, problems(error, editor));
    }
  };
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return { check, checkSoon, emit };
}

/**
 * @param {Context} context
 * @param {string} text What the editor begins with.
 */
function editorView(context, text) {
  const copy = words.emit;
  const result = h('div', { class: 'emit-result', role: 'status' });
  const editor = textArea({ value: text, rows: 18, on: { input: () => edited() } });
  editor.classList.add('emit-editor');
  const type = eventTypeSelect(eventTypes.find((one) => sampleText(one) === text) ?? '', {
    any: copy.ownEvent,
  });
  const emitter = makeEmitter(context, editor, result);
  /** The sample or event in the editor, which may be replaced. */
  let untouched = type.value || context.query.get('event') ? text : '';

  const edited = () => {
    type.value = '';
    keepDraft(draftName(context.project), '', { text: editor.value });
    emitter.checkSoon();
  };
  const fill = (/** @type {string} */ sample) => {
    type.value = sample;
    editor.value = sampleText(sample);
    untouched = editor.value;
    dropDraft(draftName(context.project));
    emitter.check();
  };
  type.addEventListener('change', () => {
    const sample = type.value;
    if (sample === '') return;
    if (editor.value === untouched || editor.value.trim() === '') return fill(sample);
    type.value = '';
    openDialog({
      title: copy.replaceTitle,
      body: h('p', null, copy.replaceText),
      actions: [
        { label: words.common.cancel },
        { label: copy.replace, kind: 'primary', run: () => fill(sample) },
      ],
    });
  });
  emitter.check();
  const actions = [
    button(copy.action, emitter.emit, { kind: 'primary', icon: 'emit' }),
    button(copy.check, emitter.check),
  ];
  return card(
    {},
    h(
      'div',
      { class: 'emit-form' },
      field({ label: copy.type, hint: copy.typeHint, input: type }).element,
      field({ label: copy.document, hint: copy.documentHint, input: editor }).element,
      result,
      h('div', { class: 'row' }, actions),
    ),
  );
}

/** @param {Context} context */
export function emitScreen(context) {
  const { project, query } = context;
  const copy = words.emit;
  const event = query.get('event');
  /** The event that is emitted again, or a sample. @param {AbortSignal} signal */
  const begin = async (signal) => {
    const unsaved = !event && !query.has('type') && unsavedDraft(draftName(project), '');
    if (unsaved) return unsaved.text;
    if (!event) return sampleText(query.get('type') ?? eventTypes[0]) || sampleText(eventTypes[0]);
    const name = `projects/${project}/events/${event}`;
    const { document = '' } = await getEvent({ name, view: 'EVENT_VIEW_DOCUMENT' }, { signal });
    return visibleJson(indentJson(document));
  };
  return h(
    'div',
    { class: 'screen' },
    pageHeader({ title: copy.title, text: copy.text }),
    may('emit', project)
      ? load(context, begin, (text) => editorView(context, text))
      : emptyState({ title: words.errors.noPermission, text: copy.noPermission, icon: 'key' }),
  );
}
