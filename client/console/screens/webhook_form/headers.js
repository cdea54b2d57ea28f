// The section of custom headers. Their values can be written, but never read back.

import { section } from '/console/screens/webhook_form/section.js';
import { button } from '/console/ui/button.js';
import { h, replace } from '/console/ui/dom.js';
import { field, textInput } from '/console/ui/field.js';
import { words } from '/console/words/en.js';

/** @typedef {{name: string, value: string, stored: boolean, shown: import('/console/screens/webhook_form/fields.js').Field | null}} Header */

const path = 'webhook.headers';

/** @param {import('/console/screens/webhook_form/section.js').Form} form */
export function headersSection(form) {
  const copy = words.webhookForm;
  /** @type {Record<string, string>} */
  const stored = form.webhook?.headers ?? {};
  /** @type {Header[]} */
  const headers = Object.entries(form.draft.headers ?? {}).map(([name, value]) => {
    const isStored = Object.hasOwn(stored, name);
    // hookd does not return the value of a stored header: what differs was entered, and is not saved yet.
    return { name, value: isStored && value === stored[name] ? '' : value, stored: isStored, shown: null };
  });
  const list = h('div', { class: 'header-list' });
  const general = h('p', { class: 'field-error', role: 'alert', hidden: true });
  const changed = () => {
    const filled = headers.filter((header) => header.name || header.value);
    if (filled.length === 0) delete form.draft.headers;
    else form.draft.headers = Object.fromEntries(filled.map((header) => [header.name, header.value]));
    form.changed(path, ...filled.map((header) => headerPath(header.name)));
  };
  const draw = () => {
    replace(
      list,
      headers.map((header) =>
        headerRow(header, changed, () => {
          headers.splice(headers.indexOf(header), 1);
          draw();
          changed();
        }),
      ),
    );
  };
  draw();
  const element = h(
    'div',
    null,
    h('p', { class: 'field-hint' }, copy.headersHint),
    general,
    list,
    button(copy.addHeader, () => {
      headers.push({ name: '', value: '', stored: false, shown: null });
      draw();
      /** @type {HTMLElement | null} */ (list.querySelector('.header-row:last-child input'))?.focus();
    }),
  );
  form.fields.addMany(path, {
    element,
    setErrors: (errors) => {
      const rest = new Map(errors);
      for (const header of headers) {
        const own = headerPath(header.name);
        const twice = headers.filter((each) => each.name && each.name === header.name).length > 1;
        header.shown?.setError(twice ? copy.headerTwice : (rest.get(own) ?? null));
        rest.delete(own);
      }
      const [text] = rest.values();
      general.hidden = text === undefined;
      replace(general, text);
    },
  });
  return section({
    title: copy.headers,
    summary: () => copy.headersState(Object.keys(form.draft.headers ?? {}).length),
    body: element,
  });
}

/** The path of a violation of one header. @param {string} name */
function headerPath(name) {
  return `${path}[${JSON.stringify(name)}]`;
}

/**
 * @param {Header} header
 * @param {() => void} changed
 * @param {() => void} remove
 */
function headerRow(header, changed, remove) {
  const copy = words.webhookForm;
  const name = textInput({ value: header.name, placeholder: 'X-Api-Key' });
  const value = textInput({ value: header.value, placeholder: header.stored ? copy.unchanged : '' });
  name.addEventListener('input', () => {
    header.name = name.value.trim();
    changed();
  });
  value.addEventListener('input', () => {
    header.value = value.value;
    changed();
  });
  const shown = field({ label: copy.headerName, input: name });
  header.shown = shown;
  return h(
    'div',
    { class: 'header-row' },
    shown.element,
    field({ label: copy.headerValue, input: value }).element,
    button(copy.removeHeader(header.name), remove, { icon: 'close', iconOnly: true }),
  );
}
