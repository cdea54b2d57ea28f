// Asks for a token.

import { ApiError } from '/console/api/client.js';
import { signIn, signInReason } from '/console/api/session.js';
import { themeButton } from '/console/layout/theme.js';
import { button } from '/console/ui/button.js';
import { h } from '/console/ui/dom.js';
import { errorSentence } from '/console/ui/errors.js';
import { field, textInput } from '/console/ui/field.js';
import { notice } from '/console/ui/page.js';
import { words } from '/console/words/en.js';

/** @param {unknown} error */
function refusal(error) {
  return error instanceof ApiError && error.status === 401 ? words.signIn.refused : errorSentence(error);
}

/** Makes the whole page. After the sign-in, the session says so, and the page that the address names is shown. */
export function signInScreen() {
  const input = textInput({
    type: 'password',
    name: 'token',
    required: true,
  });
  const { element, setError } = field({ label: words.signIn.token, hint: words.signIn.tokenHint, input });
  const submit = button(words.signIn.action, run, { kind: 'primary' });
  async function run() {
    const secret = input.value.trim();
    if (secret === '') {
      setError(words.signIn.missing);
      input.focus();
      return;
    }
    setError(null);
    try {
      await signIn(secret);
    } catch (error) {
      setError(refusal(error));
      input.focus();
    }
  }
  const reason = signInReason();
  return h(
    'div',
    { class: 'sign-in' },
    h('div', { class: 'sign-in-theme' }, themeButton()),
    h(
      'main',
      { class: 'sign-in-card' },
      h('img', { src: '/console/logo.svg', alt: words.common.product, class: 'brand-logo' }),
      h('h1', { tabindex: -1 }, words.signIn.title),
      h('p', { class: 'page-text' }, words.signIn.text),
      reason && notice(words.signIn.ended(reason.message), { tone: 'warn' }),
      h(
        'form',
        {
          novalidate: true,
          on: {
            submit: (/** @type {Event} */ event) => {
              event.preventDefault();
              submit.click();
            },
          },
        },
        element,
        submit,
        h('input', { type: 'submit', hidden: true }),
      ),
    ),
  );
}
