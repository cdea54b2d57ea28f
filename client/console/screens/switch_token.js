// Asks whether to sign in with the token of a link instead of the token that is in use.

import { caller, signIn } from '/console/api/session.js';
import { openDialog } from '/console/ui/dialog.js';
import { h } from '/console/ui/dom.js';
import { errorSentence } from '/console/ui/errors.js';
import { lastPart } from '/console/ui/text.js';
import { toast } from '/console/ui/toast.js';
import { words } from '/console/words/en.js';

/**
 * @param {import('/console/api/session.js').SignInLink} link
 * @param {() => void} switched called before the pages of the new caller are shown
 */
export function askToSwitch({ secret }, switched) {
  const copy = words.signIn;
  const { displayName, name } = caller();
  const change = async () => {
    const before = location.hash;
    // The page that is open belongs to the token that is in use.
    history.replaceState(null, '', `${location.pathname}#/`);
    try {
      await signIn(secret, switched);
    } catch (/** @type {any} */ error) {
      history.replaceState(null, '', `${location.pathname}${before}`);
      toast(error?.status === 401 ? copy.linkRefused : errorSentence(error), { kind: 'failure' });
    }
  };
  openDialog({
    title: copy.switchTitle,
    body: h('p', null, copy.switchText(displayName || lastPart(name) || copy.token)),
    // What is safe comes last: it has the focus.
    actions: [
      { label: copy.switchAction, run: change },
      { label: copy.stay, kind: 'primary' },
    ],
  });
}
