// Receives webhooks: verifies each signature, then responds.
//
//   WEBHOOK_SECRET=whsec_... node out/receiver.js 8080
//
// With a public key (whpk_...) instead of a secret it verifies Ed25519 signatures (`v1a`), which the published library
// does not support.
import { createPublicKey, verify as verifySignature } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

const [port] = process.argv.slice(2);
const secret = process.env.WEBHOOK_SECRET;
if (!port || !secret) throw new Error('usage: WEBHOOK_SECRET=whsec_... node out/receiver.js PORT');
const verifier = secret.startsWith('whpk_') ? ed25519Verifier(secret) : new Webhook(secret);

function ed25519Verifier(publicKey: string) {
  const raw = Buffer.from(publicKey.slice('whpk_'.length), 'base64');
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    format: 'jwk',
  });
  return {
    verify(body: Buffer, headers: Record<string, string>): unknown {
      const id = headers['webhook-id'];
      const timestamp = headers['webhook-timestamp'];
      // At most five minutes, to prevent replay attacks.
      if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) < 300)) throw new Error('too old, or from the future');
      const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
      // There is one signature for each key, separated by spaces.
      const signatures = (headers['webhook-signature'] ?? '').split(' ').filter((each) => each.startsWith('v1a,'));
      const valid = signatures.some((each) =>
        verifySignature(null, signed, key, Buffer.from(each.slice('v1a,'.length), 'base64')));
      if (!valid) throw new Error('no signature is valid');
      return JSON.parse(body.toString());
    },
  };
}

const server = createServer(async (request, response) => {
  try {
    // The signature covers the bytes as received: verify it before parsing them.
    const body = await buffer(request);
    const event = verifier.verify(body, request.headers as Record<string, string>) as { type: string };
    // Respond within 5 seconds, and put longer work into a queue. Use Webhook-Id to detect duplicates.
    console.log(`verified ${event.type} ${request.headers['webhook-id']}`);
    response.writeHead(204).end();
  } catch (error) {
    console.log(`refused: ${error}`);
    response.writeHead(401).end();
  }
});
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
