// The messages of the API as JSON, by tests/console_types --write, from the comments of the protos.
// hookd leaves out members that have their default values, except counts.

/** A 64-bit integer in decimal digits. */
export type Int64 = string;

/** Bytes in base64. */
export type Bytes = string;

/** A time in RFC 3339, such as `2026-01-31T08:00:00.5Z`. */
export type Timestamp = string;

/** A duration in seconds, such as `2.5s`. */
export type Duration = string;

/** Paths of fields in camelCase, separated by commas. */
export type FieldMask = string;

/** Something that happened once in a project. */
export interface Event {
  /** Resource name, `projects/{project}/events/{event}`. */
  name?: string;
  /** When hookd accepted the event. */
  emitTime?: Timestamp;
  /** The event as its documented JSON, byte for byte the body that endpoints receive. */
  document?: string;
  /** How many webhooks the event was sent to: those that were enabled and subscribed to its type when it was accepted. */
  webhookCount?: number;
  /** An e-mail was sent. */
  sent?: Sent;
  /** The receiving mail server accepted the e-mail. */
  delivered?: Delivered;
  /** The e-mail was opened. */
  opened?: Opened;
  /** A link in the e-mail was clicked. */
  clicked?: Clicked;
  /** The e-mail could not be sent. */
  failed?: Failed;
  /** The receiving mail server returned the e-mail. */
  bounced?: Bounced;
  /** The user did what the campaign asked for. */
  converted?: Converted;
  /** The user unsubscribed. */
  unsubscribed?: Unsubscribed;
  /** The user subscribed again. */
  resubscribed?: Resubscribed;
  /** The user marked the e-mail as spam. */
  complained?: Complained;
  /** A user was created. */
  userCreated?: UserCreated;
  /** A user's properties or tags changed. */
  userUpdated?: UserUpdated;
}

/** An e-mail was sent. */
export interface Sent {
  /** When it happened, in seconds since the Unix epoch: 0 to 253402300799 (the end of the year 9999). */
  sentAt?: Int64;
  /** The user that the e-mail was sent to. */
  user?: User;
  /** The campaign that the e-mail was part of. */
  campaign?: Campaign;
  /** The Message-ID of the e-mail. */
  messageId?: string;
}

/** The person an event is about. */
export interface User {
  /** The user's id in the caller's system. */
  id?: Id;
  /** The e-mail address, as the caller has it. */
  email?: string;
}

/** An identifier from the caller's system, which is a number in some systems and a string in others. */
export interface Id {
  /** A number: any 64-bit signed integer. */
  number?: Int64;
  /** A string of 1 to 1,024 bytes. */
  text?: string;
}

/** The campaign that an e-mail was part of. */
export interface Campaign {
  /** The campaign's id in the caller's system. */
  id?: Id;
  /** The kind of campaign, such as `transactional`. */
  type?: string;
  /** The name of the campaign. */
  name?: string;
  /** The group that the campaign belongs to. */
  group?: string;
  /** The channel, such as `email`. */
  channel?: string;
  /** The subject line of the e-mail. */
  subject?: string;
  /** The name of the event that triggered the campaign. */
  triggerEvent?: string;
  /** The URL at which the e-mail can be viewed in a browser. */
  permalink?: string;
  /** The address that the e-mail was sent to. */
  sentTo?: string;
  /** The variation of the content that was sent. */
  variation?: string;
  /** The language, such as `en-US`. */
  locale?: string;
}

/** The receiving mail server accepted the e-mail. */
export interface Delivered {
  /** When it happened, in seconds since the Unix epoch: 0 to 253402300799 (the end of the year 9999). */
  deliveredAt?: Int64;
  /** The user that the e-mail was delivered to. */
  user?: User;
  /** The campaign that the e-mail was part of. */
  campaign?: Campaign;
  /** The Message-ID of the e-mail. */
  messageId?: string;
}

/** The e-mail was opened. */
export interface Opened {
  /** When it happened, in seconds since the Unix epoch: 0 to 253402300799 (the end of the year 9999). */
  openedAt?: Int64;
  /** The User-Agent of the program that opened the e-mail. */
  userAgent?: string;
  /** The user who opened the e-mail. */
  user?: User;
  /** The campaign that the e-mail was part of. */
  campaign?: Campaign;
  /** The Message-ID of the e-mail. */
  messageId?: string;
}

/** A link in the e-mail was clicked. */
export interface Clicked {
  /** When it happened, in seconds since the Unix epoch: 0 to 253402300799 (the end of the year 9999). */
  clickedAt?: Int64;
  /** The User-Agent of the program that followed the link. */
  userAgent?: string;
  /** The user who clicked. */
  user?: User;
  /** The campaign that the e-mail was part of. */
  campaign?: Campaign;
  /** The Message-ID of the e-mail. */
  messageId?: string;
}

/** The e-mail could not be sent. */
export interface Failed {
  /** The code of the failure, 0 to 2147483647. */
  bounceCode?: number;
  /** The message of the system that failed. */
  bounceMessage?: string;
  /** The user that the e-mail was meant for. */
  user?: User;
  /** The campaign that the e-mail was part of. */
  campaign?: Campaign;
}

/** The receiving mail server returned the e-mail. */
export interface Bounced {
  /** When it happened, in seconds since the Unix epoch: 0 to 253402300799 (the end of the year 9999). */
  bouncedAt?: Int64;
  /** Whether the bounce is permanent. */
  bounceType?: BounceType;
  /** The SMTP reply code (RFC 5321), such as 550. */
  bounceCode?: number;
  /** The message of the receiving mail server. */
  bounceMessage?: string;
  /** The user that the e-mail was sent to. */
  user?: User;
  /** The campaign that the e-mail was part of. */
  campaign?: Campaign;
  /** The Message-ID of the e-mail. */
  messageId?: string;
}

/** The user did what the campaign asked for. */
export interface Converted {
  /** The user who converted. */
  user?: User;
  /** The campaign that the e-mail was part of. */
  campaign?: Campaign;
  /** The Message-ID of the e-mail. */
  messageId?: string;
}

/** The user unsubscribed. */
export interface Unsubscribed {
  /** When it happened, in seconds since the Unix epoch: 0 to 253402300799 (the end of the year 9999). */
  unsubscribedAt?: Int64;
  /** The user who unsubscribed. */
  user?: User;
  /** The campaign that made the user unsubscribe. */
  campaign?: UnsubscribedCampaign;
}

/** The campaign of an `unsubscribed` event. */
export interface UnsubscribedCampaign {
  /** The title of the campaign. */
  campaignTitle?: string;
  /** The title of the series that the campaign is part of. */
  seriesTitle?: string;
  /** The channel, such as `email`. */
  channel?: string;
  /** The Message-ID of the e-mail. */
  messageId?: string;
  /** The subject line of the e-mail. */
  emailSubject?: string;
  /** The variation of the content that was sent. */
  variationName?: string;
  /** The template of the e-mail. */
  template?: string;
}

/** The user subscribed again. */
export interface Resubscribed {
  /** The user who subscribed again. */
  user?: User;
}

/** The user marked the e-mail as spam. */
export interface Complained {
  /** When it happened, in seconds since the Unix epoch: 0 to 253402300799 (the end of the year 9999). */
  complainedAt?: Int64;
  /** The user who complained. */
  user?: User;
  /** The event that triggered the campaign. */
  event?: TriggerEvent;
  /** The campaign that the e-mail was part of. */
  campaign?: Campaign;
  /** The Message-ID of the e-mail. */
  messageId?: string;
}

/** The event in the caller's system that triggered a campaign. */
export interface TriggerEvent {
  /** The free-form data of the event. */
  data?: Record<string, unknown>;
  /** The free-form data as JSON text, instead of `data`; see UserCreated.Profile.properties_json. */
  dataJson?: string;
  /** The name of the event. */
  name?: string;
  /** When it happened, in seconds since the Unix epoch: 0 to 253402300799 (the end of the year 9999). */
  triggeredAt?: Int64;
}

/** A user was created. */
export interface UserCreated {
  /** The user who was created. */
  user?: UserCreatedProfile;
}

/** A user with free-form properties in addition to the documented fields. */
export interface UserCreatedProfile {
  /** Free-form properties. */
  properties?: Record<string, unknown>;
  /** The free-form properties as JSON text (RFC 8259), instead of `properties`. */
  propertiesJson?: string;
  /** The user's id in the caller's system. */
  id?: Id;
  /** The e-mail address, as the caller has it. */
  email?: string;
}

/** A user's properties or tags changed. */
export interface UserUpdated {
  /** The user who changed. */
  user?: User;
  /** The id of the user again. */
  id?: string;
  /** The e-mail address of the user again. */
  email?: string;
  /** The changes, free-form. */
  changes?: Record<string, unknown>;
  /** The changes as JSON text, instead of `changes`; see UserCreated.Profile.properties_json. */
  changesJson?: string;
}

/** The event types that a webhook can subscribe to. */
export type EventType =
  | 'EVENT_TYPE_UNSPECIFIED'
  | 'EVENT_TYPE_SENT'
  | 'EVENT_TYPE_DELIVERED'
  | 'EVENT_TYPE_OPENED'
  | 'EVENT_TYPE_CLICKED'
  | 'EVENT_TYPE_FAILED'
  | 'EVENT_TYPE_BOUNCED'
  | 'EVENT_TYPE_CONVERTED'
  | 'EVENT_TYPE_UNSUBSCRIBED'
  | 'EVENT_TYPE_RESUBSCRIBED'
  | 'EVENT_TYPE_COMPLAINED'
  | 'EVENT_TYPE_USER_CREATED'
  | 'EVENT_TYPE_USER_UPDATED';

/** Which fields of an event a response contains (AIP-157). */
export type EventView = 'EVENT_VIEW_UNSPECIFIED' | 'EVENT_VIEW_BASIC' | 'EVENT_VIEW_DOCUMENT';

/** Whether a bounce is permanent. */
export type BounceType = 'BOUNCE_TYPE_UNSPECIFIED' | 'BOUNCE_TYPE_HARD' | 'BOUNCE_TYPE_SOFT';

/** When hookd retries a failed attempt: exponential backoff with full jitter. */
export interface RetryPolicy {
  /** The maximum number of attempts, including the first. */
  maxAttempts?: number;
  /** The upper bound of the first pause. */
  minBackoff?: Duration;
  /** The upper bound of every pause. */
  maxBackoff?: Duration;
  /** The factor by which the upper bound grows from pause to pause. */
  multiplier?: number;
}

/** How many attempts of a webhook, or requests with a token, may start per second (a token bucket). */
export interface RateLimit {
  /** The average number per second. */
  perSecond?: number;
  /** How many may start at once after an idle period. */
  burst?: number;
}

/** Credentials for HTTP Basic authentication (RFC 7617). */
export interface BasicAuth {
  /** The username: 1 to 256 bytes of visible ASCII and spaces, without a colon. */
  username?: string;
  /** The password: at most 256 bytes of visible ASCII and spaces. */
  password?: string;
}

/** The certificate with which hookd authenticates to an endpoint that asks for one (mutual TLS). */
export interface ClientCertificate {
  /** The certificate and the intermediate certificates, as PEM. */
  certificateChain?: string;
  /** The private key of the certificate, as PEM, not encrypted. */
  privateKey?: string;
}

/** A subscription: a URL to which hookd sends some types of events of a project. */
export interface Webhook {
  /** Resource name, `projects/{project}/webhooks/{webhook}`. */
  name?: string;
  /** The URL to which hookd POSTs events. */
  url?: string;
  /** The event types that the webhook subscribes to: at least one. */
  eventTypes?: EventType[];
  /** Whether the webhook is disabled. */
  disabled?: boolean;
  /** A name for people. */
  displayName?: string;
  /** The timeout of an attempt, from the name lookup to the end of the response. */
  timeout?: Duration;
  /** When the webhook was created. */
  createTime?: Timestamp;
  /** When the webhook was last changed. */
  updateTime?: Timestamp;
  /** A value that changes with every change of the webhook (AIP-154). */
  etag?: string;
  /** Whether to send events in the order in which they were accepted, one at a time. */
  ordered?: boolean;
  /** The maximum number of attempts in flight. */
  maxConcurrency?: number;
  /** The rate limit for attempts. */
  rateLimit?: RateLimit;
  /** Whether and when hookd retries failed attempts. */
  retryPolicy?: RetryPolicy;
  /** Why the webhook is disabled. */
  disableReason?: DisableReason;
  /** When the webhook was disabled. */
  disableTime?: Timestamp;
  /** How hookd signs the requests. */
  signingAlgorithm?: SigningAlgorithm;
  /** The secret that signs the requests. */
  signingSecret?: string;
  /** The key with which receivers verify signatures: `whpk_` and 32 bytes in base64. */
  signingPublicKey?: string;
  /** When the previous secrets expire. */
  previousSecretsExpireTime?: Timestamp;
  /** Custom headers, sent with every request: at most 32, with at most 8 KiB in total. */
  headers?: Record<string, string>;
  /** Credentials that are sent as `Authorization: Basic`. */
  basicAuth?: BasicAuth;
  /** The client certificate for an endpoint that asks for one. */
  clientCertificate?: ClientCertificate;
  /** The CA certificates to trust for the endpoint, as PEM, instead of those that the server trusts. */
  tlsCa?: string;
  /** Whether the webhook subscribes to all event types, including those that later versions of hookd add. */
  allEventTypes?: boolean;
  /** How its deliveries fare. */
  health?: WebhookHealth;
}

/** How the deliveries of a webhook fare. */
export interface WebhookHealth {
  /** The health in one word. */
  state?: HealthState;
  /** When an attempt last succeeded. */
  lastSuccessTime?: Timestamp;
  /** When an attempt last failed. */
  lastFailureTime?: Timestamp;
  /** Why it failed: a sentence for people, as in Attempt.error, at most 400 bytes. */
  lastError?: string;
  /** Since when every attempt has failed: the time of the first of them. */
  failingSince?: Timestamp;
  /** How many attempts have failed since the last success. */
  consecutiveFailures?: Int64;
  /** The state of the circuit breaker. */
  circuit?: CircuitState;
  /** Until when the circuit is open. */
  circuitOpenUntil?: Timestamp;
  /** How many deliveries are pending. */
  pendingDeliveries?: Int64;
  /** When the event of the oldest pending delivery was accepted. */
  oldestPendingTime?: Timestamp;
}

/** Why a webhook is disabled. */
export type DisableReason =
  | 'DISABLE_REASON_UNSPECIFIED'
  | 'DISABLE_REASON_REQUESTED'
  | 'DISABLE_REASON_GONE'
  | 'DISABLE_REASON_FAILING';

/** How hookd signs the requests of a webhook, following Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks, spec). */
export type SigningAlgorithm =
  | 'SIGNING_ALGORITHM_UNSPECIFIED'
  | 'SIGNING_ALGORITHM_HMAC_SHA256'
  | 'SIGNING_ALGORITHM_ED25519';

/** The state of a webhook's circuit breaker, which stops calling an endpoint that does not answer. */
export type CircuitState =
  | 'CIRCUIT_STATE_UNSPECIFIED'
  | 'CIRCUIT_STATE_CLOSED'
  | 'CIRCUIT_STATE_OPEN'
  | 'CIRCUIT_STATE_HALF_OPEN';

/** The health of a webhook, in one word. */
export type HealthState = 'HEALTH_STATE_UNSPECIFIED' | 'HEALTH_STATE_HEALTHY' | 'HEALTH_STATE_FAILING';

/** One event on its way to one webhook. */
export interface Delivery {
  /** Resource name, `projects/{project}/deliveries/{delivery}`. */
  name?: string;
  /** The event, `projects/{project}/events/{event}`. */
  event?: string;
  /** The webhook, `projects/{project}/webhooks/{webhook}`. */
  webhook?: string;
  /** The type of the event. */
  eventType?: EventType;
  /** The state of the delivery. */
  state?: DeliveryState;
  /** When the event was accepted, to the millisecond. */
  createTime?: Timestamp;
  /** How many attempts were made and recorded. */
  attemptCount?: number;
  /** The HTTP status of the last attempt. */
  responseStatus?: number;
  /** Why the delivery or its last attempt failed, or why the delivery was canceled: a sentence for people, such as `could not connect: connection refused`. */
  error?: string;
  /** The attempts, first to last. */
  attempts?: Attempt[];
  /** When the next attempt is due, for a pending delivery that was attempted before or was redelivered. */
  nextAttemptTime?: Timestamp;
  /** Why the last attempt failed. */
  errorClass?: ErrorClass;
  /** The body that is sent, or was sent: the event as its documented JSON. */
  requestBody?: string;
}

/** One HTTP request to an endpoint, and its result. */
export interface Attempt {
  /** The number of the attempt. */
  number?: number;
  /** When the attempt started. */
  startTime?: Timestamp;
  /** How long the name lookup took. */
  nameLookupDuration?: Duration;
  /** From the end of the name lookup to the TCP connection. */
  connectDuration?: Duration;
  /** From the TCP connection to the end of the TLS handshake. */
  tlsDuration?: Duration;
  /** From the established connection to the first byte of the response. */
  firstByteDuration?: Duration;
  /** From the start of the attempt to the end of the response, or to the failure. */
  totalDuration?: Duration;
  /** The HTTP status of the response. */
  responseStatus?: number;
  /** Why the attempt failed: a sentence for people. */
  error?: string;
  /** The first 4,096 bytes of the response body, unchanged. */
  responseBody?: Bytes;
  /** Whether the response body was longer than `response_body`. */
  responseBodyTruncated?: boolean;
  /** The headers that hookd sent, in order, without those that HTTP itself needs (Host, Content-Length). */
  requestHeaders?: HttpHeader[];
  /** The response headers, in order, as many as fit into 4,096 bytes. */
  responseHeaders?: HttpHeader[];
  /** The URL that the request was sent to: that of the webhook when the attempt was made. */
  url?: string;
  /** The IP address and port that hookd connected to, such as `203.0.113.7:443` or `[2001:db8::1]:443`; with `--egress_proxy`, those of the proxy. */
  remoteAddress?: string;
  /** The HTTP version of the response, such as `1.1` or `2`. */
  httpVersion?: string;
  /** What caused the attempt. */
  trigger?: AttemptTrigger;
  /** The hookd process that made the attempt, `nodes/{node}`; see AdminService.ListNodes. */
  node?: string;
  /** How long the endpoint asked hookd to wait before the next attempt, by a Retry-After header. */
  retryAfter?: Duration;
  /** Why the attempt failed. */
  errorClass?: ErrorClass;
}

/** A header of an HTTP message. */
export interface HttpHeader {
  /** The name, as it was sent. */
  name?: string;
  /** The value. */
  value?: string;
}

/** The state of a delivery. */
export type DeliveryState =
  | 'DELIVERY_STATE_UNSPECIFIED'
  | 'DELIVERY_STATE_PENDING'
  | 'DELIVERY_STATE_DELIVERED'
  | 'DELIVERY_STATE_FAILED'
  | 'DELIVERY_STATE_CANCELED';

/** Why an attempt failed, in kinds that can be counted. */
export type ErrorClass =
  | 'ERROR_CLASS_UNSPECIFIED'
  | 'ERROR_CLASS_STATUS'
  | 'ERROR_CLASS_TIMEOUT'
  | 'ERROR_CLASS_CONNECTION'
  | 'ERROR_CLASS_TLS'
  | 'ERROR_CLASS_BLOCKED'
  | 'ERROR_CLASS_INTERNAL';

/** What caused an attempt. */
export type AttemptTrigger =
  | 'ATTEMPT_TRIGGER_UNSPECIFIED'
  | 'ATTEMPT_TRIGGER_AUTOMATIC'
  | 'ATTEMPT_TRIGGER_MANUAL'
  | 'ATTEMPT_TRIGGER_TEST';

/** Credentials of a caller. */
export interface Token {
  /** Resource name, `tokens/{token}`. */
  name?: string;
  /** A name for people. */
  displayName?: string;
  /** The projects that the token grants access to: 1 to 100 names of the form `projects/{project}`, or only `projects/-` for all projects, including future ones. */
  projects?: string[];
  /** What the caller may do in these projects: at least one role. */
  roles?: Role[];
  /** When the token expires. */
  expireTime?: Timestamp;
  /** The rate limit for requests. */
  rateLimit?: RateLimit;
  /** The name in a client certificate that authenticates as this token: a DNS name, URI or IP address among its subject alternative names, or its common name. */
  clientIdentity?: string;
  /** The secret: `hookd_` and 43 characters. */
  secret?: string;
  /** When the token was created. */
  createTime?: Timestamp;
  /** When the token was last used; accurate to the minute after a crash. */
  lastUsedTime?: Timestamp;
}

/** What a caller may do in the projects of its token. */
export type Role = 'ROLE_UNSPECIFIED' | 'ROLE_EMIT' | 'ROLE_READ' | 'ROLE_MANAGE' | 'ROLE_ADMIN';

/** A project: the scope of webhooks, events and tokens. */
export interface Project {
  /** Resource name, `projects/{project}`. */
  name?: string;
  /** A name for people. */
  displayName?: string;
  /** Labels for the caller's own use: at most 64. */
  labels?: Record<string, string>;
  /** When the project was first used. */
  createTime?: Timestamp;
  /** A value that changes with every change of the display name or the labels (AIP-154). */
  etag?: string;
  /** How many webhooks the project has, disabled ones included. */
  webhookCount?: Int64;
  /** How many of its deliveries are pending. */
  pendingDeliveryCount?: Int64;
  /** How many events were accepted in the project in the last 24 hours. */
  events24h?: Int64;
}

/** Statistics of a webhook or a project over time. */
export interface Stats {
  /** The points, oldest first, without gaps: a point in which nothing happened has zeros. */
  points?: StatsPoint[];
  /** The sum of all points. */
  total?: StatsPoint;
  /** The length of a point. */
  step?: Duration;
  /** Spans of time of which some counts are missing: a process crashed, and hookd has not counted again yet what it had recorded, which takes seconds to minutes; or it cannot, as the events have been deleted or a record is damaged. */
  gaps?: StatsGap[];
}

/** Counts of one span of time. */
export interface StatsPoint {
  /** The start of the span. */
  startTime?: Timestamp;
  /** Events that were sent to the webhook or, of a project, to at least one webhook. */
  eventsMatched?: Int64;
  /** Deliveries that ended with a 2xx response. */
  deliveriesDelivered?: Int64;
  /** Deliveries that ended as failed. */
  deliveriesFailed?: Int64;
  /** Deliveries that were canceled. */
  deliveriesCanceled?: Int64;
  /** Attempts by result. */
  attempts?: AttemptCounts;
  /** How long attempts took, from their start to the end of the response, or to the failure. */
  latency?: Latency;
}

/** Attempts by result. */
export interface AttemptCounts {
  /** Responses with a 2xx status. */
  status2xx?: Int64;
  /** Responses with a 3xx status. */
  status3xx?: Int64;
  /** Responses with a 4xx status. */
  status4xx?: Int64;
  /** Responses with a 5xx status, or one outside 200 to 599. */
  status5xx?: Int64;
  /** ERROR_CLASS_TIMEOUT. */
  timeout?: Int64;
  /** ERROR_CLASS_CONNECTION. */
  connection?: Int64;
  /** ERROR_CLASS_TLS. */
  tls?: Int64;
  /** ERROR_CLASS_BLOCKED. */
  blocked?: Int64;
}

/** A distribution of durations. */
export interface Latency {
  /** The median. */
  p50?: Duration;
  /** The 95th percentile. */
  p95?: Duration;
  /** The 99th percentile. */
  p99?: Duration;
  /** The greatest. */
  max?: Duration;
}

/** A span of time of which counts are missing. */
export interface StatsGap {
  /** The start of the span. */
  startTime?: Timestamp;
  /** The end of the span. */
  endTime?: Timestamp;
}

/** A hookd process: the one that answers the call. */
export interface Server {
  /** Its version, such as `0.1.0`. */
  version?: string;
  /** When the process started. */
  startTime?: Timestamp;
  /** The process among those that share the store, `nodes/{node}`; see AdminService.ListNodes. */
  node?: string;
  /** Whether it serves: its health check (grpc.health.v1, `/healthz`) reports SERVING. */
  serving?: boolean;
  /** Its store, and the room that is left in it. */
  store?: ServerStore;
  /** What it does, and what waits to be done, at this moment. */
  load?: ServerLoad;
  /** Its settings, in the order of `hookd --help`. */
  settings?: Setting[];
}

/** The store of a hookd process, and the room that is left in it. */
export interface ServerStore {
  /** The database. */
  engine?: StoreEngine;
  /** Where the store is: the data directory, or the PostgreSQL server and its database, without a password. */
  location?: string;
  /** The bytes of the store on its disk: of the SQLite file with its log, or of the PostgreSQL database, which is measured every minute. */
  bytes?: Int64;
  /** The free bytes of its disk. */
  freeBytes?: Int64;
  /** The free bytes inside the SQLite file, which are used before it grows. */
  reusableBytes?: Int64;
  /** The maximum size of the store (`--max_store_bytes`), above which events are refused. */
  maxBytes?: Int64;
  /** The minimum of free bytes on the disk (`--min_free_bytes`), below which events are refused. */
  minFreeBytes?: Int64;
  /** Whether the store has room for events. */
  hasRoom?: boolean;
  /** Whether the last write succeeded. */
  writable?: boolean;
}

/** What a hookd process does, and what waits to be done, at one moment. */
export interface ServerLoad {
  /** How many deliveries are pending. */
  pendingDeliveryCount?: Int64;
  /** The delivery lag: the time since the oldest pending delivery could have been attempted. */
  oldestWaiting?: Duration;
  /** How many attempts are in flight. */
  attemptCount?: number;
  /** How many attempts can be in flight. */
  maxAttemptCount?: number;
  /** How many webhooks with pending deliveries have a circuit that is open or half open; see ListWebhooksRequest.filter. */
  openCircuitCount?: number;
  /** How many webhooks wait because hookd itself cannot send to them. */
  heldWebhookCount?: number;
  /** How many of the 128 shards of webhooks the process holds. */
  shardCount?: number;
  /** How many writes wait to be committed to the store. */
  queuedWriteCount?: Int64;
  /** How many callers watch deliveries or events. */
  watcherCount?: number;
  /** How many connections to endpoints are open, in use or idle. */
  endpointConnectionCount?: Int64;
  /** How many connections of callers over gRPC are open. */
  grpcConnectionCount?: Int64;
  /** How many connections of callers over HTTP are open. */
  httpConnectionCount?: Int64;
}

/** A setting of hookd: a flag, an environment variable or a line of the configuration file. */
export interface Setting {
  /** The name in the configuration file, such as `data_dir`. */
  name?: string;
  /** The value in effect, as a flag has it. */
  value?: string;
  /** The value that it has unless the operator sets another. */
  defaultValue?: string;
  /** Whether the value differs from the default. */
  customized?: boolean;
  /** What the setting is for. */
  description?: string;
}

/** The database that a hookd process uses as its store. */
export type StoreEngine = 'STORE_ENGINE_UNSPECIFIED' | 'STORE_ENGINE_SQLITE' | 'STORE_ENGINE_POSTGRESQL';

/** Request message for EventService.EmitEvent. */
export interface EmitEventRequest {
  /** The project in which the event happened: `projects/{project}`. */
  parent?: string;
  /** What happened. */
  event?: Event;
  /** Makes the call idempotent (AIP-155): a later call in the same project with the same id returns the response of the first one, also after a restart, and emits nothing. */
  requestId?: string;
  /** Checks the request and counts the webhooks, but emits nothing (AIP-163). */
  validateOnly?: boolean;
  /** The event as its documented JSON, such as `{"type": "converted", "user": {"id": 123}}`. */
  document?: string;
}

/** Response message for EventService.EmitEvent. */
export interface EmitEventResponse {
  /** The name of the accepted event, `projects/{project}/events/{event}`. */
  event?: string;
  /** How many webhooks the event is delivered to. */
  webhookCount?: number;
  /** When the event was accepted. */
  emitTime?: Timestamp;
}

/** Request message for EventService.BatchEmitEvents. */
export interface BatchEmitEventsRequest {
  /** The project in which all of the events happened: `projects/{project}`. */
  parent?: string;
  /** The events, 1 to 1,000. */
  requests?: EmitEventRequest[];
  /** Makes the whole batch idempotent; see EmitEventRequest.request_id. */
  requestId?: string;
  /** Checks the requests and counts the webhooks, but emits nothing (AIP-163). */
  validateOnly?: boolean;
}

/** Response message for EventService.BatchEmitEvents. */
export interface BatchEmitEventsResponse {
  /** One response for each request, in the same order. */
  responses?: EmitEventResponse[];
}

/** Request message for EventService.StreamEvents. */
export interface StreamEventsRequest {
  /** The project in which the event happened: `projects/{project}`. */
  parent?: string;
  /** A number with which the caller identifies the response. */
  sequenceNumber?: Int64;
  /** What happened. */
  event?: Event;
  /** Makes the message idempotent, in this stream and in other calls; see EmitEventRequest.request_id. */
  requestId?: string;
  /** The event as its documented JSON; see EmitEventRequest.document. */
  document?: string;
}

/** Response message for EventService.StreamEvents. */
export interface StreamEventsResponse {
  /** The sequence number of the message. */
  sequenceNumber?: Int64;
  /** The event was accepted. */
  accepted?: EmitEventResponse;
  /** The event was not accepted. */
  error?: Status;
}

/** The `Status` type defines a logical error model that is suitable for different programming environments, including REST APIs and RPC APIs. */
export interface Status {
  /** The status code, which should be an enum value of [google.rpc.Code][google.rpc.Code]. */
  code?: number;
  /** A developer-facing error message, which should be in English. */
  message?: string;
  /** A list of messages that carry the error details. */
  details?: Record<string, unknown>[];
}

/** Request message for EventService.GetEvent. */
export interface GetEventRequest {
  /** The event's name, `projects/{project}/events/{event}`. */
  name?: string;
  /** Which fields to return. */
  view?: EventView;
}

/** Request message for EventService.ListEvents. */
export interface ListEventsRequest {
  /** The project: `projects/{project}`. */
  parent?: string;
  /** The maximum number of events to return. */
  pageSize?: number;
  /** `next_page_token` of the previous page. */
  pageToken?: string;
  /** Which events to return: a subset of AIP-160. */
  filter?: string;
  /** Which fields of the events to return. */
  view?: EventView;
}

/** Response message for EventService.ListEvents. */
export interface ListEventsResponse {
  /** A page of events, newest first. */
  events?: Event[];
  /** The token of the next page. */
  nextPageToken?: string;
}

/** Request message for EventService.WatchEvents. */
export interface WatchEventsRequest {
  /** The project: `projects/{project}`. */
  parent?: string;
  /** Which events to send: `event_type`, `webhook` and the content fields of ListEventsRequest.filter. */
  filter?: string;
  /** Sends the stored events that were accepted at this time or later first, and then continues with new ones, without a gap. */
  startTime?: Timestamp;
  /** The `cursor` of the last message that the caller has processed: the stream continues with the event after it. */
  cursor?: string;
  /** Which fields of the events to send. */
  view?: EventView;
  /** Ends the stream with OK once every event is sent that was accepted before the call, instead of waiting for new ones: for an export. */
  untilNow?: boolean;
}

/** Response message for EventService.WatchEvents. */
export interface WatchEventsResponse {
  /** The event. */
  event?: Event;
  /** The place after this event; see WatchEventsRequest.cursor. */
  cursor?: string;
}

/** Request message for WebhookService.CreateWebhook. */
export interface CreateWebhookRequest {
  /** The project in which to create the webhook: `projects/{project}`. */
  parent?: string;
  /** The webhook to create. */
  webhook?: Webhook;
  /** The last segment of the new name: 1 to 63 lower-case letters, digits and hyphens, starting and ending with a letter or digit. */
  webhookId?: string;
  /** Checks the request and returns the webhook that would be created, but does not create it (AIP-163). */
  validateOnly?: boolean;
  /** Makes the call idempotent; see EmitEventRequest.request_id. */
  requestId?: string;
}

/** Request message for WebhookService.GetWebhook. */
export interface GetWebhookRequest {
  /** The name of the webhook, `projects/{project}/webhooks/{webhook}`. */
  name?: string;
}

/** Request message for WebhookService.ListWebhooks. */
export interface ListWebhooksRequest {
  /** The project: `projects/{project}`. */
  parent?: string;
  /** The maximum number of webhooks to return. */
  pageSize?: number;
  /** `next_page_token` of the previous page. */
  pageToken?: string;
  /** Which webhooks to return: a subset of AIP-160. */
  filter?: string;
  /** The order (AIP-132): one of `id`, `display_name`, `create_time`, `last_failure_time`, `failing_since`, `consecutive_failures`, `pending_deliveries`, optionally followed by ` desc`. */
  orderBy?: string;
}

/** Response message for WebhookService.ListWebhooks. */
export interface ListWebhooksResponse {
  /** A page of webhooks. */
  webhooks?: Webhook[];
  /** The token of the next page. */
  nextPageToken?: string;
}

/** Request message for WebhookService.UpdateWebhook. */
export interface UpdateWebhookRequest {
  /** The new values. */
  webhook?: Webhook;
  /** The fields to change: `url`, `event_types`, `disabled`, `display_name`, `timeout`, `ordered`, `max_concurrency`, `rate_limit`, `retry_policy`, `headers`, `basic_auth`, `client_certificate`, `tls_ca`, `all_event_types`, or `*` for all of these. */
  updateMask?: FieldMask;
  /** Checks the request and returns the webhook as it would be, but does not change it. */
  validateOnly?: boolean;
}

/** Request message for WebhookService.DeleteWebhook. */
export interface DeleteWebhookRequest {
  /** The name of the webhook, `projects/{project}/webhooks/{webhook}`. */
  name?: string;
  /** If set, the call fails with ABORTED unless the webhook has this etag. */
  etag?: string;
  /** Checks the request, but does not delete the webhook. */
  validateOnly?: boolean;
}

/** Request message for WebhookService.EnableWebhook. */
export interface EnableWebhookRequest {
  /** The name of the webhook, `projects/{project}/webhooks/{webhook}`. */
  name?: string;
  /** If set, the call fails with ABORTED unless the webhook has this etag. */
  etag?: string;
}

/** Request message for WebhookService.DisableWebhook. */
export interface DisableWebhookRequest {
  /** The name of the webhook, `projects/{project}/webhooks/{webhook}`. */
  name?: string;
  /** If set, the call fails with ABORTED unless the webhook has this etag. */
  etag?: string;
}

/** Request message for WebhookService.RotateSigningSecret. */
export interface RotateSigningSecretRequest {
  /** The name of the webhook, `projects/{project}/webhooks/{webhook}`. */
  name?: string;
  /** If set, the call fails with ABORTED unless the webhook has this etag. */
  etag?: string;
  /** The new secret, if the caller provides it; see Webhook.signing_secret. */
  signingSecret?: string;
  /** The new signing algorithm. */
  signingAlgorithm?: SigningAlgorithm;
  /** How long requests are still signed with the replaced secret. */
  gracePeriod?: Duration;
}

/** Request message for WebhookService.TestWebhook. */
export interface TestWebhookRequest {
  /** The name of the webhook, `projects/{project}/webhooks/{webhook}`. */
  name?: string;
  /** The event type of the sample to send. */
  eventType?: EventType;
  /** The project, `projects/{project}`: required for a webhook that is not stored, and must not be set with `name`. */
  parent?: string;
  /** Without `name`: the webhook to test, with its credentials, as CreateWebhook takes it. */
  webhook?: Webhook;
  /** The fields of `webhook` to change; see UpdateWebhookRequest.update_mask. */
  updateMask?: FieldMask;
  /** The event to send instead of a sample, as EmitEvent takes it. */
  event?: Event;
  /** The event to send instead of a sample, as its documented JSON; see EmitEventRequest.document. */
  document?: string;
}

/** Request message for WebhookService.GetWebhookStats. */
export interface GetWebhookStatsRequest {
  /** The name of the webhook, `projects/{project}/webhooks/{webhook}`. */
  name?: string;
  /** The start, inclusive. */
  startTime?: Timestamp;
  /** The end, exclusive. */
  endTime?: Timestamp;
  /** The length of a point: 1 minute to 1 day, in whole minutes that divide a day. */
  step?: Duration;
}

/** Response message for WebhookService.TestWebhook. */
export interface TestWebhookResponse {
  /** Whether the endpoint responded with a 2xx status in time. */
  success?: boolean;
  /** What happened and, if the test failed, what to check: a sentence for people. */
  message?: string;
  /** The event type of what was sent. */
  eventType?: EventType;
  /** The request that was sent. */
  request?: TestWebhookResponseSentRequest;
  /** The result: status, timings, and the beginning of the response. */
  attempt?: Attempt;
}

/** An HTTP request as it was sent. */
export interface TestWebhookResponseSentRequest {
  /** The URL. */
  url?: string;
  /** Every header that hookd added, by name. */
  headers?: Record<string, string>;
  /** The JSON body. */
  body?: string;
}

/** Request message for DeliveryService.GetDelivery. */
export interface GetDeliveryRequest {
  /** The delivery's name, `projects/{project}/deliveries/{delivery}`. */
  name?: string;
}

/** Request message for DeliveryService.ListDeliveries. */
export interface ListDeliveriesRequest {
  /** The project: `projects/{project}`. */
  parent?: string;
  /** The maximum number of deliveries to return. */
  pageSize?: number;
  /** `next_page_token` of the previous page. */
  pageToken?: string;
  /** Which deliveries to return: a subset of AIP-160. */
  filter?: string;
}

/** Response message for DeliveryService.ListDeliveries. */
export interface ListDeliveriesResponse {
  /** A page of deliveries, newest first, without their attempts. */
  deliveries?: Delivery[];
  /** The token of the next page. */
  nextPageToken?: string;
}

/** Request message for DeliveryService.ListAttempts. */
export interface ListAttemptsRequest {
  /** The delivery: `projects/{project}/deliveries/{delivery}`. */
  parent?: string;
  /** The maximum number of attempts to return. */
  pageSize?: number;
  /** `next_page_token` of the previous page. */
  pageToken?: string;
}

/** Response message for DeliveryService.ListAttempts. */
export interface ListAttemptsResponse {
  /** A page of attempts, first to last. */
  attempts?: Attempt[];
  /** The token of the next page. */
  nextPageToken?: string;
}

/** Request message for DeliveryService.RetryDelivery. */
export interface RetryDeliveryRequest {
  /** The delivery's name, `projects/{project}/deliveries/{delivery}`. */
  name?: string;
}

/** Request message for DeliveryService.RetryDeliveries. */
export interface RetryDeliveriesRequest {
  /** The project: `projects/{project}`. */
  parent?: string;
  /** The webhook, which must belong to the project: `projects/{project}/webhooks/{webhook}`. */
  webhook?: string;
  /** Only deliveries of events accepted at this time or later. */
  startTime?: Timestamp;
  /** Only deliveries of events accepted before this time. */
  endTime?: Timestamp;
  /** Only deliveries of events of these types. */
  eventTypes?: EventType[];
  /** Counts the deliveries, but does not redeliver them (AIP-163). */
  validateOnly?: boolean;
  /** Only deliveries that match; see ListDeliveriesRequest.filter. */
  filter?: string;
}

/** Response message for DeliveryService.RetryDeliveries. */
export interface RetryDeliveriesResponse {
  /** How many deliveries were redelivered or, with `validate_only`, how many would be. */
  deliveryCount?: Int64;
  /** How many further deliveries matched, but were skipped, or would be, because their webhooks are disabled or have been deleted. */
  skippedCount?: Int64;
}

/** Request message for DeliveryService.WatchDeliveries. */
export interface WatchDeliveriesRequest {
  /** The project: `projects/{project}`. */
  parent?: string;
  /** Which deliveries to report; see ListDeliveriesRequest.filter. */
  filter?: string;
  /** Streams the stored outcomes since this time first, as far as the store still has them, and then continues with new outcomes, without a gap. */
  startTime?: Timestamp;
}

/** Response message for DeliveryService.WatchDeliveries. */
export interface WatchDeliveriesResponse {
  /** The delivery after the outcome, without its attempts. */
  delivery?: Delivery;
  /** When the outcome was recorded, to the millisecond. */
  outcomeTime?: Timestamp;
}

/** Request message for ProjectService.GetProject. */
export interface GetProjectRequest {
  /** The name of the project, `projects/{project}`. */
  name?: string;
}

/** Request message for ProjectService.ListProjects. */
export interface ListProjectsRequest {
  /** The maximum number of projects to return. */
  pageSize?: number;
  /** `next_page_token` of the previous page. */
  pageToken?: string;
}

/** Response message for ProjectService.ListProjects. */
export interface ListProjectsResponse {
  /** A page of projects, by id. */
  projects?: Project[];
  /** The token of the next page. */
  nextPageToken?: string;
}

/** Request message for ProjectService.UpdateProject. */
export interface UpdateProjectRequest {
  /** The new values. */
  project?: Project;
  /** The fields to change: `display_name`, `labels`, a single label such as `labels.team`, or `*` for all of these. */
  updateMask?: FieldMask;
  /** Creates the project if it does not exist. */
  allowMissing?: boolean;
  /** Checks the request and returns the project as it would be, but does not change it (AIP-163). */
  validateOnly?: boolean;
}

/** Request message for ProjectService.DeleteProject. */
export interface DeleteProjectRequest {
  /** The name of the project, `projects/{project}`. */
  name?: string;
  /** If set, the call fails with ABORTED unless the project has this etag. */
  etag?: string;
  /** Deletes the project although it has webhooks. */
  force?: boolean;
  /** Checks the request, but does not delete the project (AIP-163). */
  validateOnly?: boolean;
}

/** Request message for ProjectService.GetProjectStats. */
export interface GetProjectStatsRequest {
  /** The name of the project, `projects/{project}`. */
  name?: string;
  /** The start, inclusive; see GetWebhookStatsRequest.start_time. */
  startTime?: Timestamp;
  /** The end, exclusive; see GetWebhookStatsRequest.end_time. */
  endTime?: Timestamp;
  /** The length of a point; see GetWebhookStatsRequest.step. */
  step?: Duration;
}

/** Request message for TokenService.CreateToken. */
export interface CreateTokenRequest {
  /** The token to create. */
  token?: Token;
  /** The last segment of the new name: 1 to 63 lower-case letters, digits and hyphens, starting and ending with a letter or digit. */
  tokenId?: string;
}

/** Request message for TokenService.GetToken. */
export interface GetTokenRequest {
  /** The token's name, `tokens/{token}`. */
  name?: string;
}

/** Request message for TokenService.GetCurrentToken. */
export interface GetCurrentTokenRequest {}

/** Request message for TokenService.ListTokens. */
export interface ListTokensRequest {
  /** The maximum number of tokens to return. */
  pageSize?: number;
  /** `next_page_token` of the previous page. */
  pageToken?: string;
}

/** Response message for TokenService.ListTokens. */
export interface ListTokensResponse {
  /** A page of tokens, by id. */
  tokens?: Token[];
  /** The token of the next page. */
  nextPageToken?: string;
}

/** Request message for TokenService.DeleteToken. */
export interface DeleteTokenRequest {
  /** The token's name, `tokens/{token}`. */
  name?: string;
}

/** Request message for AdminService.Backup. */
export interface BackupRequest {}

/** Response message for AdminService.Backup. */
export interface BackupResponse {
  /** The next bytes of the file, at most 256 KiB. */
  data?: Bytes;
  /** The size of the whole file in bytes. */
  totalBytes?: Int64;
}

/** Request message for AdminService.ListNodes. */
export interface ListNodesRequest {
  /** The maximum number of nodes to return. */
  pageSize?: number;
  /** `next_page_token` of the previous page. */
  pageToken?: string;
}

/** Response message for AdminService.ListNodes. */
export interface ListNodesResponse {
  /** A page of nodes, by name. */
  nodes?: Node[];
  /** The token of the next page. */
  nextPageToken?: string;
}

/** A hookd process, as it reported itself to the store with its last heartbeat. */
export interface Node {
  /** `nodes/{node}`. */
  name?: string;
  /** The host and port that the process listens on, as the process itself knows them. */
  address?: string;
  /** Its version, such as `0.1.0`. */
  version?: string;
  /** When the process started. */
  startTime?: Timestamp;
  /** When the process last renewed its lease. */
  heartbeatTime?: Timestamp;
  /** How many of the 128 shards of webhooks the process holds. */
  shardCount?: number;
  /** How many deliveries of its shards are pending. */
  waitingDeliveryCount?: Int64;
  /** The delivery lag: the time since the oldest pending delivery of its shards could have been attempted. */
  oldestWaiting?: Duration;
  /** How many attempts the process has in flight. */
  attemptsInFlight?: number;
}

/** Request message for AdminService.GetServer. */
export interface GetServerRequest {}
