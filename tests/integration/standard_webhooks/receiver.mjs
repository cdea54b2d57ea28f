// A receiver that verifies with the published Standard Webhooks library: receiver.mjs SECRET COUNT
// Says its port on stdout, then a line a request. Ends with 0 after COUNT requests that were all good.
import { createServer } from 'node:http';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

const [secret, count] = process.argv.slice(2);
const webhook = new Webhook(secret);
let seen = 0;
let bad = 0;

function verify(body, headers) {
  webhook.verify(body, headers);
  // The library says no to what was changed: this test can fail.
  try {
    webhook.verify(body + ' ', headers);
  } catch (error) {
    if (error instanceof WebhookVerificationError) return;
  }
  throw new Error('a changed body passed');
}

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    let line = 'verified';
    try {
      verify(Buffer.concat(parts).toString(), request.headers);
    } catch (error) {
      line = `refused: ${error.message}`;
      bad += 1;
    }
    console.log(line);
    response.writeHead(204).end(() => {
      seen += 1;
      if (seen === Number(count)) process.exit(bad === 0 ? 0 : 1);
    });
  });
});
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
