// The sections of what hookd and the endpoint prove to each other: HTTP Basic, certificates. Passwords and keys can be
// written, but never read back.

import { optionalPart, section, textField } from '/console/screens/webhook_form/section.js';
import { h } from '/console/ui/dom.js';
import { words } from '/console/words/en.js';

/** @param {import('/console/screens/webhook_form/section.js').Form} form */
export function authSection(form) {
  const copy = words.webhookForm;
  const part = 'basicAuth';
  const path = 'webhook.basic_auth';
  const order = ['username', 'password'];
  const stored = form.webhook?.basicAuth !== undefined;
  return section({
    title: copy.auth,
    summary: () => copy.authState(form.draft.basicAuth?.username),
    body: optionalPart(form, {
      part,
      path,
      label: copy.basicOn,
      hint: copy.basicHint,
      initial: () => ({ username: '' }),
      body: () =>
        h(
          'div',
          { class: 'field-grid' },
          textField(form, { part, order, key: 'username', path: `${path}.username`, label: copy.username })
            .element,
          textField(form, {
            part,
            order,
            key: 'password',
            path: `${path}.password`,
            label: copy.password,
            type: 'password',
            autocomplete: 'new-password',
            placeholder: stored ? copy.unchanged : '',
            hint: stored ? copy.passwordKept : undefined,
          }).element,
        ),
    }),
  });
}

/** @param {import('/console/screens/webhook_form/section.js').Form} form */
export function certificatesSection(form) {
  const copy = words.webhookForm;
  const part = 'clientCertificate';
  const path = 'webhook.client_certificate';
  const order = ['certificateChain', 'privateKey'];
  const stored = form.webhook?.clientCertificate !== undefined;
  const client = optionalPart(form, {
    part,
    path,
    label: copy.certificateOn,
    hint: copy.certificateHint,
    initial: () => ({ certificateChain: '' }),
    body: () => [
      textField(form, {
        part,
        order,
        key: 'certificateChain',
        path: `${path}.certificate_chain`,
        label: copy.certificateChain,
        lines: 5,
        placeholder: '-----BEGIN CERTIFICATE-----',
      }).element,
      textField(form, {
        part,
        order,
        key: 'privateKey',
        path: `${path}.private_key`,
        label: copy.privateKey,
        lines: 5,
        placeholder: stored ? copy.unchanged : '-----BEGIN PRIVATE KEY-----',
        hint: stored ? copy.privateKeyKept : undefined,
      }).element,
    ],
  });
  const ca = textField(form, {
    key: 'tlsCa',
    path: 'webhook.tls_ca',
    label: copy.tlsCa,
    hint: copy.tlsCaHint,
    lines: 5,
    placeholder: '-----BEGIN CERTIFICATE-----',
  });
  return section({
    title: copy.certificates,
    summary: () => copy.certificatesState(!!form.draft.clientCertificate, !!form.draft.tlsCa),
    body: [client, ca.element],
  });
}
