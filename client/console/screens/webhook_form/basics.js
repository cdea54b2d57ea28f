// The fields that every webhook needs: its name, its URL, and what it is called in the API.

import { textField } from '/console/screens/webhook_form/section.js';
import { h, replace } from '/console/ui/dom.js';
import { words } from '/console/words/en.js';

/**
 * @param {import('/console/screens/webhook_form/section.js').Form} form
 * @returns {{element: HTMLElement, checked: (state: {checking: boolean, url?: string}) => void}}
 */
export function basicFields(form) {
  const copy = words.webhookForm;
  const name = textField(form, {
    key: 'displayName',
    path: 'webhook.display_name',
    label: copy.name,
    placeholder: copy.namePlaceholder,
  });
  const url = textField(form, {
    key: 'url',
    path: 'webhook.url',
    label: copy.url,
    type: 'url',
    placeholder: 'https://example.com/hooks',
    autocomplete: 'url',
  });
  const state = h('p', { class: 'url-state', role: 'status' }, copy.urlHint);
  const id = form.creating
    ? textField(form, { key: 'webhookId', path: 'webhook_id', label: copy.id, hint: copy.idHint })
    : null;
  return {
    element: h(
      'div',
      { class: 'form-basics' },
      h('div', null, url.element, state),
      h('div', { class: 'field-grid' }, name.element, id?.element),
    ),
    checked: ({ checking, url: normalized }) => {
      state.classList.toggle('good', !checking && normalized !== undefined);
      if (checking) replace(state, copy.checking);
      else if (normalized === undefined) replace(state, form.draft.url ? null : copy.urlHint);
      else replace(state, normalized === form.draft.url ? copy.urlGood : copy.urlStoredAs(normalized));
    },
  };
}
