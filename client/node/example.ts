// Calls hookd: creates a webhook, emits single events and a stream of events, and waits for all deliveries.
//
//   node out/example.js localhost:50051 http://127.0.0.1:8080/
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CallOptions, ClientUnaryCall, credentials, Metadata, ServiceError } from '@grpc/grpc-js';
import { openedEvent, sampleEvents } from './events.js';
import { BadRequest } from './stubs/google/rpc/error_details.js';
import { Status } from './stubs/google/rpc/status.js';
import { DeliveryState } from './stubs/hookd/v1/delivery.js';
import { DeliveryServiceClient } from './stubs/hookd/v1/delivery_service.js';
import { Event, EventType } from './stubs/hookd/v1/event.js';
import { EventServiceClient } from './stubs/hookd/v1/event_service.js';
import { Webhook } from './stubs/hookd/v1/webhook.js';
import { WebhookServiceClient } from './stubs/hookd/v1/webhook_service.js';

const PROJECT = 'projects/example-node';
const CALL_DEADLINE = 10_000; // milliseconds, for unary calls
const WORK_DEADLINE = 60_000; // milliseconds, for streams
const STREAMED = 1000;
// The retry policy for calls while hookd is UNAVAILABLE.
const SERVICE_CONFIG = new URL('../../../protos/hookd/v1/service_config.json', import.meta.url);

const [address, url] = process.argv.slice(2);
if (!address || !url) throw new Error('usage: node out/example.js HOOKD_ADDRESS RECEIVER_URL');

const options = { 'grpc.service_config': readFileSync(SERVICE_CONFIG, 'utf8') };
const webhooks = new WebhookServiceClient(address, credentials.createInsecure(), options);
const events = new EventServiceClient(address, credentials.createInsecure(), options);
const deliveries = new DeliveryServiceClient(address, credentials.createInsecure(), options);

type Method<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

// Makes one call with a deadline, and returns a promise.
function call<Request, Response>(method: Method<Request, Response>, request: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    method(request, new Metadata(), { deadline: Date.now() + CALL_DEADLINE }, (error, response) =>
      error ? reject(error) : resolve(response),
    );
  });
}

// Returns the field violations of an error; empty if it has none.
function fieldViolations(error: ServiceError) {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  const details = bytes ? (Status.decode(bytes as Buffer).details ?? []) : [];
  return details
    .filter((detail) => detail.typeUrl === 'type.googleapis.com/google.rpc.BadRequest')
    .flatMap((detail) => BadRequest.decode(detail.value!).fieldViolations ?? []);
}

async function createBadWebhook() {
  const request = { parent: PROJECT, webhook: { url: 'ftp://example.com/' } };
  const error = await call(webhooks.createWebhook.bind(webhooks), request).then(
    () => new Error('a bad webhook was created'),
    (error: ServiceError) => error,
  );
  const violations = 'metadata' in error ? fieldViolations(error) : [];
  if (violations.length === 0) throw error;
  for (const { field, description } of violations) console.log(`refused: ${field}: ${description}`);
}

async function createWebhook() {
  const webhook = await call(webhooks.createWebhook.bind(webhooks), {
    parent: PROJECT,
    webhook: {
      url,
      eventTypes: Object.values(EventType).filter((type): type is EventType => Number(type) > 0),
      // The receiver's secret. If it is empty, hookd generates one and returns it in the response.
      signingSecret: process.env.WEBHOOK_SECRET,
    },
    requestId: randomUUID(), // makes the call safe to retry
  });
  console.log(`created ${webhook.name}`);
  return webhook;
}

async function emit(event: Event) {
  const request = { parent: PROJECT, event, requestId: randomUUID() };
  const response = await call(events.emitEvent.bind(events), request);
  console.log(`emitted ${response.event}, to ${response.webhookCount} webhook`);
}

// Emits many events in one call. Responses arrive in message order, while messages are still being sent.
async function stream() {
  const stream = events.streamEvents({ deadline: Date.now() + WORK_DEADLINE });
  for (let number = 0n; number < STREAMED; number++) {
    stream.write({ parent: PROJECT, sequenceNumber: number, event: openedEvent(), requestId: randomUUID() });
  }
  stream.end();
  let acknowledged = 0n;
  for await (const { sequenceNumber, result } of stream) {
    if (result?.$case !== 'accepted') throw new Error(`message ${sequenceNumber}: ${result?.value.message}`);
    if (sequenceNumber !== acknowledged) throw new Error(`acknowledgement ${sequenceNumber}, not ${acknowledged}`);
    acknowledged++;
  }
  if (Number(acknowledged) !== STREAMED) throw new Error(`only ${acknowledged} acknowledgements`);
  console.log(`streamed ${acknowledged} events, all of them acknowledged`);
}

// Waits until `count` deliveries of the webhook have arrived, including those from before the call.
async function watch(webhook: Webhook, count: number) {
  const stream = deliveries.watchDeliveries(
    { parent: PROJECT, filter: `webhook = "${webhook.name}"`, startTime: webhook.createTime },
    { deadline: Date.now() + WORK_DEADLINE },
  );
  const arrived = new Set<string>();
  for await (const { delivery } of stream) {
    if (delivery.state !== DeliveryState.DELIVERY_STATE_DELIVERED) throw new Error(`${delivery.name}: ${delivery.error}`);
    if (arrived.add(delivery.name).size === count) break;
  }
  stream.cancel();
  if (arrived.size !== count) throw new Error(`only ${arrived.size} of ${count} arrived`);
  console.log(`delivered ${arrived.size} of ${count}`);
}

await createBadWebhook();
const webhook = await createWebhook();
const samples = sampleEvents();
for (const event of samples) await emit(event);
await stream();
await watch(webhook, samples.length + STREAMED);
await call(webhooks.deleteWebhook.bind(webhooks), { name: webhook.name });
for (const client of [webhooks, events, deliveries]) client.close();
