// Shows the signing secret of a webhook that was just created or rotated. hookd does not return it again.

import { snippets } from '/console/screens/snippets.js';
import { copyButton } from '/console/ui/copy_button.js';
import { openDialog } from '/console/ui/dialog.js';
import { h } from '/console/ui/dom.js';
import { textBlock } from '/console/ui/json_view.js';
import { tabs } from '/console/ui/tabs.js';
import { words } from '/console/words/en.js';

/**
 * @param {Record<string, any>} webhook with `signingSecret`, or with `signingPublicKey` for Ed25519
 * @param {{title: string, note?: string, onClose?: () => void}} options
 */
export function showSecret(webhook, { title, note, onClose }) {
  const copy = words.webhook;
  const secret = webhook.signingSecret;
  const value = secret ?? webhook.signingPublicKey ?? '';
  openDialog({
    title,
    wide: true,
    body: h(
      'div',
      { class: 'secret-dialog' },
      note ? h('p', null, note) : null,
      h('p', null, secret ? copy.secretOnce : copy.publicKeyNote),
      h(
        'div',
        { class: 'secret-value' },
        h('code', null, value),
        copyButton(() => value, copy.copySecret),
      ),
      secret ? verification() : null,
    ),
    actions: [{ label: copy.secretDone, kind: 'primary' }],
    onClose,
  });
}

/** Code that verifies signatures, in the language that the caller chooses. */
export function verification() {
  return h(
    'section',
    { class: 'verification' },
    h('h3', null, words.webhook.verifyTitle),
    h('p', { class: 'field-hint' }, words.webhook.verifyHint),
    tabs(
      snippets.map(({ id, label, text }) => ({ id, label, render: () => textBlock(text) })),
      snippets[0].id,
      () => {},
    ),
  );
}
