// Receives webhooks: verifies each signature, then answers.
//
//   WEBHOOK_SECRET=whsec_... node out/receiver.js 8080
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

const [port] = process.argv.slice(2);
const secret = process.env.WEBHOOK_SECRET;
if (!port || !secret) throw new Error('usage: WEBHOOK_SECRET=whsec_... node out/receiver.js PORT');
const verifier = new Webhook(secret);

const server = createServer(async (request, response) => {
  try {
    // The signature is of the bytes as they came: verify before anything parses them.
    const body = await buffer(request);
    const event = verifier.verify(body, request.headers as Record<string, string>) as { type: string };
    // Answer within 5 seconds: what takes longer belongs into a queue. Webhook-Id tells what was there before.
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
