// Shows the signing secret of a webhook that was just created or rotated. hookd does not return it again.

import { showFailure } from '/console/ui/button.js';
import { copyButton } from '/console/ui/copy_button.js';
import { openDialog } from '/console/ui/dialog.js';
import { h, replace } from '/console/ui/dom.js';
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
    stays: true,
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
      h('h3', null, copy.verifyTitle),
      verification(webhook),
    ),
    actions: [{ label: copy.secretDone, kind: 'primary' }],
    onClose,
  });
}

/**
 * Code that verifies the signatures of a webhook, in the language that the caller chooses.
 * @param {Record<string, any>} webhook
 */
export function verification(webhook) {
  const copy = words.webhook;
  const isEd25519 = webhook.signingAlgorithm === 'SIGNING_ALGORITHM_ED25519';
  const code = h('div', { class: 'verification-code' });
  readSnippets(isEd25519).then((offered) => {
    const items = offered.map(({ id, label, text }) => ({ id, label, render: () => textBlock(text) }));
    replace(
      code,
      tabs(items, items[0].id, () => {}),
    );
  }, showFailure);
  return h(
    'section',
    { class: 'verification' },
    h('p', { class: 'field-hint' }, isEd25519 ? copy.verifyPublicKeyHint : copy.verifyHint),
    code,
  );
}

/**
 * The snippets are read when they are needed, which is rare.
 * @param {boolean} isEd25519
 * @returns {Promise<{id: string, label: string, text: string}[]>}
 */
async function readSnippets(isEd25519) {
  return isEd25519
    ? (await import('/console/screens/snippets_ed25519.js')).ed25519Snippets
    : (await import('/console/screens/snippets.js')).snippets;
}
