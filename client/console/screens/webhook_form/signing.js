// The section of how requests are signed: chosen on creation, and later changed only by rotating the secret.

import { section, textField } from '/console/screens/webhook_form/section.js';
import { h } from '/console/ui/dom.js';
import { field, select } from '/console/ui/field.js';
import { words } from '/console/words/en.js';

/** @param {import('/console/screens/webhook_form/section.js').Form} form */
export function signingSection(form) {
  const copy = words.webhookForm;
  const algorithm = () =>
    (form.webhook ?? form.draft).signingAlgorithm === 'SIGNING_ALGORITHM_ED25519' ? copy.ed25519 : copy.hmac;
  return section({
    title: copy.signing,
    summary: algorithm,
    body: form.creating ? signingFields(form) : h('p', { class: 'field-hint' }, copy.signingFixed),
  });
}

/** @param {import('/console/screens/webhook_form/section.js').Form} form */
function signingFields(form) {
  const copy = words.webhookForm;
  const algorithm = select(
    [
      { value: '', label: copy.hmac },
      { value: 'SIGNING_ALGORITHM_ED25519', label: copy.ed25519 },
    ],
    form.draft.signingAlgorithm ?? '',
  );
  algorithm.addEventListener('change', () => {
    if (algorithm.value) form.draft.signingAlgorithm = algorithm.value;
    else delete form.draft.signingAlgorithm;
    form.changed('webhook.signing_algorithm', 'webhook.signing_secret');
  });
  const shown = form.fields.add(
    'webhook.signing_algorithm',
    field({ label: copy.algorithm, hint: copy.algorithmHint, input: algorithm }),
  );
  const secret = textField(form, {
    key: 'signingSecret',
    path: 'webhook.signing_secret',
    label: copy.ownSecret,
    hint: copy.ownSecretHint,
    placeholder: copy.ownSecretPlaceholder,
  });
  return [shown.element, secret.element];
}
