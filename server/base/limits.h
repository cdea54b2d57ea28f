// Limits and defaults of hookd that callers, receivers and operators can notice and rely on. Each is defined
// once, here, with its reason. The tables in server/README.md list all of them; tests/limits_table compares
// the two. Figures that no user relies on are in base/tuning.h.
#ifndef HOOKD_BASE_LIMITS_H_
#define HOOKD_BASE_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace hookd::limits {

// --- Names, pages and requests of the API ---

// The maximum length of a project or webhook id: a DNS label (RFC 1035), which AIP-122 recommends.
inline constexpr size_t kMaxIdBytes = 63;
// The maximum length of a URL: browsers and proxies support this much.
inline constexpr size_t kMaxUrlBytes = 2048;
// The maximum length of a display name: longer names break the layout of tables.
inline constexpr size_t kMaxDisplayNameBytes = 256;
// The maximum number of labels of a project, and the maximum length of a key and of a value, as in Google
// Cloud.
inline constexpr int kMaxLabels = 64;
inline constexpr size_t kMaxLabelBytes = 63;
// The maximum length of a request id: enough for a UUID or a key of the caller's system.
inline constexpr size_t kMaxRequestIdBytes = 128;
// How long a request id is remembered: a caller can retry after it was redeployed.
inline constexpr absl::Duration kRequestIdLifetime = absl::Hours(24);
// The maximum length of a filter: filters are a few comparisons.
inline constexpr size_t kMaxFilterCharacters = 2048;
// The maximum number of values that OR joins in a filter: the store looks up each webhook and event of them.
inline constexpr size_t kMaxFilterValues = 20;
// The default and maximum number of resources in a page: one screen, and what hookd can answer at once.
inline constexpr int kDefaultPageSize = 50;
inline constexpr int kMaxPageSize = 1000;
// The maximum size of a page: gRPC clients accept messages of 4 MiB by default, and webhooks with
// certificates could exceed that.
inline constexpr size_t kMaxPageBytes = size_t{3} * 1024 * 1024;
// The maximum number of points of statistics in one response, and the number that a default step gives at
// most: a response stays below a megabyte, and a chart is as wide as a screen.
inline constexpr int kMaxStatsPoints = 1500;
inline constexpr int kDefaultStatsPoints = 200;
// The maximum number of reads of statistics in flight: long spans must not delay other reads of the store.
inline constexpr int kMaxStatsReads = 32;
// The maximum number of deliveries that a page scans for matches if no index selects them: about 80 ms.
inline constexpr int kMaxDeliveriesExamined = 50'000;
// The maximum number of events that a page compares with a filter if the search index does not select them:
// about 80 ms.
inline constexpr int kMaxEventsExamined = 20'000;
// The maximum number of webhooks that a page of ListWebhooks examines for matches with its filter (above it,
// the page is shorter), and that can be ordered by another field than their id (above it, INVALID_ARGUMENT):
// about 5 ms and 50 ms.
inline constexpr int kMaxWebhooksExamined = 10'000;
inline constexpr int kMaxWebhooksOrdered = 100'000;
// The maximum number of ListEvents calls in flight, and of ListDeliveries calls that may examine many
// deliveries together with RetryDeliveries calls with a filter, in total and of a project or token: the store
// does one search at a time, projects take turns, and each search may take half a second.
inline constexpr int kMaxSearches = 64;
inline constexpr int kMaxSearchesOfHolder = 16;
// The maximum number of attempts in one Delivery message. ListAttempts returns all attempts.
inline constexpr int kMaxAttemptsOfDelivery = 100;
// The maximum number of events in a batch: the transaction of a batch stays short for other callers.
inline constexpr int kMaxBatchSize = 1000;
// The maximum size of a gRPC request: several times a full batch of events of 1 KiB.
inline constexpr int kMaxRequestBytes = 16 * 1024 * 1024;
// The maximum length of an error message, and size of its details. gRPC clients accept 8 KiB of metadata by
// default, which contain the message percent-encoded (up to 3 times as long), and again, with the details, in
// base64 (a third longer).
inline constexpr size_t kMaxErrorMessageBytes = 400;
inline constexpr size_t kMaxErrorDetailsBytes = 4096;
// The RetryInfo of a rejected call: a full queue or disk rarely recovers sooner.
inline constexpr absl::Duration kRetryDelay = absl::Seconds(1);
// The maximum size of a message of a backup: far below the 4 MiB that gRPC clients accept by default.
inline constexpr size_t kBackupChunkBytes = size_t{256} * 1024;

// --- Webhooks: headers and secrets ---

// The maximum number of custom headers of a webhook, their total size (names and values), and the length of a
// name: servers accept this much in addition to hookd's own headers.
inline constexpr int kMaxHeaders = 32;
inline constexpr size_t kMaxHeaderBytes = size_t{8} * 1024;
inline constexpr size_t kMaxHeaderNameBytes = 128;
// The maximum length of a username, and of a password, of Basic authentication: enough for a long token.
inline constexpr size_t kMaxBasicAuthBytes = 256;
// The maximum size of a client certificate as PEM: a chain of several certificates.
inline constexpr size_t kMaxCertificateChainBytes = size_t{32} * 1024;
// The maximum size of a private key as PEM, which has room for the largest keys, and of an RSA key: a
// handshake with 16,384 bits blocks an HTTP loop for 250 ms.
inline constexpr size_t kMaxPrivateKeyBytes = size_t{16} * 1024;
inline constexpr int kMaxPrivateKeyBits = 4096;
// The maximum size of a webhook's CA certificates as PEM: the authorities of a company fit.
inline constexpr size_t kMaxTlsCaBytes = size_t{64} * 1024;
// The length of a signing secret that the caller provides (Standard Webhooks).
inline constexpr size_t kMinSigningKeyBytes = 24;
inline constexpr size_t kMaxSigningKeyBytes = 64;
// The maximum number of signing secrets of a webhook at a time: each adds a signature to every request.
inline constexpr size_t kMaxSigningSecrets = 5;
// How long a replaced signing secret still signs, by default (receivers can follow in a day) and at most.
inline constexpr absl::Duration kDefaultSecretGracePeriod = absl::Hours(24);
inline constexpr absl::Duration kMaxSecretGracePeriod = absl::Hours(30 * 24);

// --- Tokens ---

// The maximum number of projects that a token names: authorization compares them one by one.
inline constexpr int kMaxTokenProjects = 100;
// The maximum length of the name in a client certificate: longer than names in use.
inline constexpr size_t kMaxClientIdentityBytes = 256;
// The minimum length of a secret in --tokens_file: shorter ones can be guessed.
inline constexpr size_t kMinTokenSecretBytes = 20;
// How often hookd records when tokens were last used, and checks whether a token has expired during a stream:
// recording every use would cost a write for each call.
inline constexpr absl::Duration kTokensLookedAt = absl::Minutes(1);

// --- Connections of callers ---

// The maximum number of calls in flight on one connection: more than a busy client needs, and too few to
// starve other clients (RFC 9113, section 5.1.2). Further calls wait at the client.
inline constexpr int kMaxConcurrentCalls = 1000;
// The maximum number of bytes of a call that wait to be read (the HTTP/2 flow-control window): HTTP/2's
// default, because a caller can have many calls in flight.
inline constexpr int kStreamWindowBytes = 64 * 1024;
// The maximum size of requests in memory, complete or not, of all connections. Above it, gRPC ends calls
// with RESOURCE_EXHAUSTED, because their callers are not authenticated yet.
inline constexpr size_t kMaxCallersBytes = size_t{256} * 1024 * 1024;
// The maximum size of a call's metadata: several times what clients send. Above it, gRPC answers
// RESOURCE_EXHAUSTED, and may close the connection.
inline constexpr int kMaxMetadataBytes = 16 * 1024;
// The minimum interval between pings of a client: gRPC's own clients comply with it. hookd disconnects a
// client that pings more often (ENHANCE_YOUR_CALM).
inline constexpr absl::Duration kMinPingInterval = absl::Seconds(10);
// How long a connection is idle until hookd pings it, and how long hookd then waits for the response before
// it closes the connection.
inline constexpr absl::Duration kKeepalive = absl::Minutes(1);
inline constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(20);
// The maximum number of connections of callers. Each uses two file descriptors, so the limit is lower if the
// process may open few (grpc/limits/caller_connections.h).
inline constexpr int kMaxConnections = 2000;
// The fraction of kMaxConnections that one address may have. An address is an IPv4 address, an IPv6 /64
// network, or all callers of a Unix socket. A proxy is one address, so the fraction is large.
inline constexpr double kConnectionsPerAddress = 0.5;
// The time in which a connection must complete TLS and the HTTP/2 preface: slow networks need seconds.
inline constexpr absl::Duration kHandshakeTimeout = absl::Seconds(10);
// The maximum number of connections to the metrics endpoint (above it, the oldest unfinished request is
// closed), and the maximum duration of a scrape, from the connection to the last byte: Prometheus's default.
inline constexpr size_t kMaxMetricsConnections = 64;
inline constexpr absl::Duration kMetricsTimeout = absl::Seconds(10);

// --- Protection against denial of service ---

// The maximum size of a call's metadata as sent (HEADERS and CONTINUATION frames): 4 times kMaxMetadataBytes,
// so that a caller that sends slightly too much gets an answer. Above it, hookd closes the connection.
inline constexpr size_t kMaxHeaderBlockBytes = size_t{64} * 1024;
// The number of calls that a connection may reset at once (all calls in flight, if they time out together),
// and per second after that. Above it, hookd closes the connection (rapid reset, CVE-2023-44487).
inline constexpr int kMaxResets = 1000;
inline constexpr int kResetsPerSecond = 100;
// The number of frames without content (SETTINGS, PRIORITY, empty DATA, unknown types) that a connection may
// send at once, and per second after that. Above it, hookd closes the connection.
inline constexpr int kMaxEmptyFrames = 1000;
inline constexpr int kEmptyFramesPerSecond = 100;
// How many times as many resets and frames without content all connections of an address may send: an
// attacker gains little from more connections.
inline constexpr int kAddressAllowance = 2;
// The maximum size of incomplete messages, and number of calls whose first message is incomplete, on all
// connections. Above either, hookd closes the connection that held the most for the longest time.
inline constexpr int64_t kMaxIncompleteBytes = int64_t{48} * 1024 * 1024;
inline constexpr int kMaxIncompleteCalls = 3000;
// The time in which a message must arrive: kMessageTimeout, and a second for each kMessageBytesPerSecond of
// it, which slow networks can do. The limit applies while half of kMaxIncompleteBytes is used.
inline constexpr absl::Duration kMessageTimeout = absl::Seconds(30);
inline constexpr int64_t kMessageBytesPerSecond = int64_t{64} * 1024;
// If hookd closes this many connections of an address for these reasons within kAddressRefused, it refuses
// the address for as long. The time is short, because others can share the address.
inline constexpr int kCutsBeforeRefusal = 3;
inline constexpr absl::Duration kAddressRefused = absl::Seconds(10);

// --- Events and payloads ---

// The maximum size of an event as JSON: receivers' frameworks accept it by default.
inline constexpr size_t kMaxPayloadBytes = size_t{256} * 1024;
// The maximum length of a documented string: far more than real data.
inline constexpr size_t kMaxStringBytes = size_t{16} * 1024;
// The maximum length of an id from the caller's system, and of the name of a free-form property.
inline constexpr size_t kMaxCallerIdBytes = 1024;
inline constexpr size_t kMaxPropertyNameBytes = 1024;
// The maximum length of a tracestate that is passed on: the W3C requires at least this much.
inline constexpr size_t kMaxTraceStateBytes = 512;
// The maximum nesting of free-form data: more than real data has, and safe for parsers of receivers.
inline constexpr int kMaxNesting = 16;
// The maximum time of an event: the end of the year 9999, because years of RFC 3339 have four digits.
inline constexpr int64_t kMaxUnixSeconds = 253402300799;

// --- Attempts ---

// The default timeout of an attempt: the documented time in which a receiver must answer.
inline constexpr absl::Duration kDefaultTimeout = absl::Seconds(5);
// The timeouts that a webhook can set: shorter ones fail because of the network, longer ones occupy slots.
inline constexpr absl::Duration kMinTimeout = absl::Milliseconds(100);
inline constexpr absl::Duration kMaxTimeout = absl::Seconds(30);
// The timeout for establishing the connection, as part of an attempt: it distinguishes a host that drops
// packets from a slow one.
inline constexpr absl::Duration kConnectTimeout = absl::Seconds(5);
// The timeout from the connection to the first byte of the response, as part of an attempt: an endpoint that
// does not respond at all occupies a slot for less time.
inline constexpr absl::Duration kFirstByteTimeout = absl::Seconds(20);
// The maximum number of attempts in flight of all webhooks: each uses a socket, and a process can usually
// open at least 4,096 file descriptors.
inline constexpr int kMaxConcurrency = 2048;
// The maximum number of attempts in flight of a webhook, by default (fast for a healthy endpoint, bearable
// for a weak one), and the highest that a webhook can set.
inline constexpr int kDefaultMaxConcurrency = 16;
inline constexpr int kMaxMaxConcurrency = 256;
// The number of attempts in flight to an endpoint that has not succeeded yet. It doubles when all of them
// succeed, and halves with every failure, so that a new or failing endpoint is not overloaded.
inline constexpr int kFirstConcurrency = 2;
// The fraction of kMaxConcurrency for all webhooks whose last attempt did not succeed: endpoints that hang
// leave slots free for others.
inline constexpr double kUnprovenShare = 0.5;
// The fraction of kMaxConcurrency that is reserved for endpoints whose last attempt succeeded within
// kPromptAnswer, many times what most endpoints need: slow endpoints cannot occupy all slots.
inline constexpr double kPromptShare = 0.125;
inline constexpr absl::Duration kPromptAnswer = absl::Seconds(1);
// How many free slots there must be for each attempt in flight of a webhook before it starts another one. A
// single webhook can reach its maximum, and 500 webhooks that hang at once leave eight slots free.
inline constexpr int kFreeSlotsPerAttempt = 2;
// The rate limits, in attempts per second, and the maximum burst, in attempts, that a webhook can set. The
// minimum is one attempt in 100 seconds.
inline constexpr double kMinRatePerSecond = 0.01;
inline constexpr double kMaxRatePerSecond = 100'000;
inline constexpr int kMaxRateBurst = 100'000;
// The maximum number of tests (TestWebhook) in flight: tests must not displace deliveries.
inline constexpr int kMaxConcurrentTests = 64;

// --- Retries, circuits and held webhooks ---

// The maximum number of attempts of a delivery with a retry policy. Without a policy there is one attempt.
inline constexpr int kMaxAttempts = 1000;
// The default upper bounds of the first pause and of every pause of a retry policy.
inline constexpr absl::Duration kDefaultMinBackoff = absl::Seconds(5);
inline constexpr absl::Duration kDefaultMaxBackoff = absl::Hours(1);
// The upper bounds that a policy can set: shorter pauses would only repeat the failure.
inline constexpr absl::Duration kMinBackoff = absl::Milliseconds(100);
inline constexpr absl::Duration kMaxBackoff = absl::Hours(24);
// The factor by which the upper bound grows from pause to pause, by default and at most.
inline constexpr double kDefaultBackoffMultiplier = 2;
inline constexpr double kMaxBackoffMultiplier = 10;
// How many attempts in a row must fail, over this time at least, to open a webhook's circuit.
inline constexpr int kCircuitFailures = 5;
inline constexpr absl::Duration kCircuitStretch = absl::Seconds(10);
// The first and the longest pause before an open circuit is probed. It doubles with every failed probe.
inline constexpr absl::Duration kCircuitMinPause = absl::Seconds(1);
inline constexpr absl::Duration kCircuitMaxPause = absl::Minutes(1);
// How long a delivery without retries waits behind an open circuit. It then fails without an attempt, so that
// an abandoned endpoint does not fill the store.
inline constexpr absl::Duration kMaxCircuitWait = absl::Hours(1);
// The first and the longest pause before a held webhook (one that hookd itself cannot send to) is probed. The
// pause doubles with every probe that cannot be sent. The first is short, because file descriptors are soon
// free again. With the longest, deliveries resume soon after a proxy or name server recovers, and 10,000 held
// webhooks cost about 450 attempts per second.
inline constexpr absl::Duration kHoldMinPause = absl::Seconds(1);
inline constexpr absl::Duration kHoldMaxPause = absl::Seconds(30);
// How long a delivery waits that hookd cannot send, until it fails without an attempt: a day is enough to
// repair a proxy, and older events surprise a receiver.
inline constexpr absl::Duration kMaxHoldWait = absl::Hours(24);
// How long a webhook with retries fails, by default, until it is disabled: longer than a weekend.
inline constexpr absl::Duration kAutoDisableAfter = absl::Hours(5 * 24);
// The minimum number of failed attempts in that time, and of their deliveries: neither a few unlucky moments
// nor a single event that an endpoint rejects disable a webhook.
inline constexpr int kAutoDisableFailures = 10;
inline constexpr int kAutoDisableDeliveries = 3;
// The minimum fraction of that time over which these attempts are spread, and the maximum fraction between
// two of them: without attempts, the state of the endpoint is unknown.
inline constexpr double kAutoDisableSpread = 0.1;
inline constexpr double kAutoDisableMaxGap = 0.25;

// How often the health of webhooks is stored, and of how many at most: other processes, and a restart after a
// crash, see the health of this moment. If more webhooks have attempts, it is that of an earlier one.
inline constexpr absl::Duration kHealthWriteInterval = absl::Seconds(5);
inline constexpr int kHealthRowsPerInterval = 5000;
// The maximum length of the error in the health of a webhook: a sentence.
inline constexpr size_t kMaxHealthErrorBytes = 400;

// --- Responses and connections of endpoints ---

// The maximum size of the response body that is kept: enough for an error message.
inline constexpr size_t kMaxResponseBodyBytes = size_t{4} * 1024;
// The maximum size of its rest that is read and discarded to keep the connection: a new one costs less then.
inline constexpr size_t kMaxDroppedResponseBodyBytes = size_t{64} * 1024;
// The maximum size of all response headers, with interim responses: servers send at most 8 KiB by default.
inline constexpr size_t kMaxResponseHeaderBytes = size_t{64} * 1024;
// The maximum size of the response headers that are kept, names and values: what servers usually send.
inline constexpr size_t kMaxRecordedHeaderBytes = size_t{4} * 1024;
// How long an unused connection is kept: servers usually allow this much.
inline constexpr absl::Duration kIdleConnection = absl::Seconds(60);
// How long a connection is reused by default: a host that moves by DNS can get requests at its old address.
inline constexpr absl::Duration kConnectionLifetime = absl::Minutes(2);
// The range of --egress_connection_lifetime: below it, most requests would open a connection; above it, a
// move by DNS would be unnoticed for too long.
inline constexpr absl::Duration kMinConnectionLifetime = absl::Seconds(1);
inline constexpr absl::Duration kMaxConnectionLifetime = absl::Hours(24);
// The maximum number of requests at a time on one HTTP/2 connection: servers usually allow this many.
inline constexpr int kMaxStreamsPerConnection = 100;
// The CPU time that one call of libcurl may use before the watchdog looks at it; after twice as much, the
// watchdog cuts the connection that is being read. A TLS handshake needs less.
inline constexpr absl::Duration kMaxCallCpu = absl::Milliseconds(10);
// The maximum number of bytes that a connection may receive other than the heads and bodies of responses
// (handshakes, frames, chunk sizes), and in addition for each request. Above it, hookd closes the connection.
// Packets without content cost far more CPU time than their size suggests: 48 KiB of TLS key updates need
// 50 ms.
inline constexpr int64_t kMaxOverheadBytes = 32 << 10;
inline constexpr int64_t kMaxRequestOverheadBytes = 16 << 10;
// How late an HTTP loop may be, and by how much a request may exceed its timeout, before hookd reports that
// its HTTP client is unable to send: overload alone is shorter.
inline constexpr absl::Duration kLoopDead = absl::Seconds(10);

// --- DNS ---

// The maximum number of lookups in flight: each is two small queries. Names that failed before have at most
// half of them, so that they do not delay others.
inline constexpr size_t kMaxLookups = 1024;
// The timeout of a lookup, whatever the timeout of the attempt: name servers that work are faster.
inline constexpr absl::Duration kLookupTimeout = absl::Seconds(5);
// How long addresses are cached at least and at most, whatever their TTL: a TTL of 0 would cause a lookup for
// each connection, and a host that moves must be found soon.
inline constexpr absl::Duration kMinNameAge = absl::Seconds(1);
inline constexpr absl::Duration kMaxNameAge = absl::Minutes(5);
// How long hookd caches that a name does not exist, and, at first, that no name server answered. The latter
// time doubles with every failure, up to the former.
inline constexpr absl::Duration kNoSuchNameAge = absl::Seconds(30);
inline constexpr absl::Duration kFailedNameAge = absl::Seconds(2);
// The maximum number of names in the DNS cache: some megabytes.
inline constexpr size_t kMaxCachedNames = 20'000;
// The maximum number of addresses of a name that are tried, in total and at a time: each uses a descriptor.
inline constexpr size_t kMaxAddresses = 8;
inline constexpr size_t kMaxConnecting = 3;
// The pause before the next address is tried (RFC 8305, section 5). It is shorter if the timeout is near, and
// there is none after a failure.
inline constexpr absl::Duration kConnectDelay = absl::Milliseconds(250);

// --- Callers over HTTP ---

// The maximum size of the head of a request: the request line and the headers. Above it, 431.
inline constexpr size_t kMaxHttpHeadBytes = size_t{16} * 1024;
// The maximum size of the body of a request, as of a message in gRPC. Above it, 413.
inline constexpr size_t kMaxHttpBodyBytes = size_t{16} * 1024 * 1024;
// The maximum number of connections, in total; kConnectionsPerAddress of them from one address. Above it, the
// connection that has been idle for the longest is closed; without an idle one, the new connection is.
inline constexpr size_t kMaxHttpConnections = 12'000;
// The maximum number of requests in flight, streams included and complete. Above it, 503.
inline constexpr size_t kMaxHttpRequests = 10'000;
// The maximum size of the bodies of all requests in memory, complete or not. Above it, 503.
inline constexpr size_t kMaxHttpBodiesBytes = size_t{256} * 1024 * 1024;
// The maximum size of the responses in memory that their callers are slow to read. Above it, the connection
// whose caller has been slow for the longest is closed.
inline constexpr size_t kMaxHttpResponsesBytes = size_t{256} * 1024 * 1024;
// The time in which the head of a request must arrive, from its first byte or the start of the connection,
// TLS included; and its body, after the head, plus one second for each kMessageBytesPerSecond of it.
inline constexpr absl::Duration kHttpHeadTimeout = absl::Seconds(10);
inline constexpr absl::Duration kHttpBodyTimeout = absl::Seconds(30);
// The time in which a caller must read a response or, of a stream, each part of it; plus one second for each
// kMessageBytesPerSecond that it has read.
inline constexpr absl::Duration kHttpWriteTimeout = absl::Seconds(30);
// The maximum size of --console_theme and of --console_logo: hookd keeps both in memory, and they should not
// make the page slow.
inline constexpr size_t kMaxConsoleThemeBytes = size_t{64} * 1024;
inline constexpr size_t kMaxConsoleLogoBytes = size_t{256} * 1024;
// How long a connection is kept without a request: longer than the 60 s after which load balancers reuse
// none.
inline constexpr absl::Duration kHttpIdleTimeout = absl::Seconds(75);

// --- Backlog ---

// The default maximum number of pending deliveries, in the store or in memory, of a project and in total.
// Above it, hookd rejects events with RESOURCE_EXHAUSTED: the backlog is hours long.
inline constexpr int64_t kMaxPendingPerProject = 10'000'000;
inline constexpr int64_t kMaxPending = 20'000'000;
// The maximum number of projects whose pending deliveries a process reports to the other processes on its
// PostgreSQL, those with the most: a report takes about 30 bytes a project.
inline constexpr size_t kMaxProjectsReported = 10'000;
// The maximum number of outcomes that are not on disk yet, in total and of one webhook. Above it, hookd
// starts no attempt, so that a crash repeats a limited number of attempts. Outcomes of one webhook that the
// store rejects leave room for those of others.
inline constexpr int kMaxUnrecordedOutcomes = 10000;
inline constexpr int kMaxUnrecordedPerWebhook = kMaxUnrecordedOutcomes / 4;

// --- Streams ---

// The fraction of the watches, tests and streams in flight that stays free for others if one project or token
// uses the rest: every project can start one.
inline constexpr double kMaxShare = 0.25;
// The maximum number of StreamEvents calls in flight: each holds unanswered messages in memory.
inline constexpr size_t kMaxEventStreams = 1000;
// The maximum number of unanswered messages of a StreamEvents call. Above it, hookd does not read the next
// message, and HTTP/2 flow control stops the caller.
inline constexpr int kMaxUnansweredPerStream = 256;
// The maximum number of outcomes that a watcher may be behind in memory (above it, hookd ends the watch with
// RESOURCE_EXHAUSTED), and the maximum number of watchers: each is compared with every outcome.
inline constexpr int kMaxWatcherLag = 10'000;
inline constexpr int kMaxWatchers = 64;
// The maximum number of WatchEvents calls: each reads the store at the pace of its caller.
inline constexpr int kMaxEventWatches = 64;
// The time until a silent watch sends a heartbeat, at most half of it later. nginx closes streams after 60 s.
inline constexpr absl::Duration kWatchHeartbeat = absl::Seconds(20);

// --- Store ---

// The default minimum free space on the store's disk: outcomes of accepted events and operators need it.
inline constexpr int64_t kMinFreeBytes = int64_t{256} * 1024 * 1024;
// The maximum size of writes that wait for their commit. Above it, hookd answers RESOURCE_EXHAUSTED.
inline constexpr size_t kMaxUncommittedBytes = size_t{64} * 1024 * 1024;
// The default retention of events: a monthly report needs this much.
inline constexpr absl::Duration kRetention = absl::Hours(30 * 24);
// The range of --retention and --delivered_retention. --auto_disable_after has the same maximum, ten years.
inline constexpr absl::Duration kMinRetention = absl::Minutes(1);
inline constexpr absl::Duration kMaxRetention = absl::Hours(24 * 3650);

// --- Processes on one PostgreSQL, and shutdown ---

// The maximum number of processes on one PostgreSQL: the keys of a store have as many slots (base/ids.h).
inline constexpr int kMaxProcesses = 64;
// The default time after its last lease renewal in which a process keeps its shards: longer than a failover
// of PostgreSQL, and shorter than recipients wait for an e-mail.
inline constexpr absl::Duration kClusterLease = absl::Seconds(10);
// The range of --lease: several renewals must fit into a lease, and after a crash deliveries wait for it.
inline constexpr absl::Duration kMinLease = absl::Seconds(1);
inline constexpr absl::Duration kMaxLease = absl::Minutes(10);
// The maximum age of a process's view of webhooks and tokens while it starts attempts, if other processes can
// change them: a webhook that was disabled gets no new attempt after this time.
inline constexpr absl::Duration kConfigurationLag = absl::Seconds(1);
// The maximum time from the creation of a record's key until other processes see the record: far longer than
// a transaction takes.
inline constexpr absl::Duration kMaxCommitLag = absl::Minutes(1);
// How long a process that shuts down tries to notify the others. Without notice, its lease expires.
inline constexpr absl::Duration kLeaveTimeout = absl::Seconds(2);
// The response time of PostgreSQL after which hookd closes the connection (longer than any of hookd's
// statements needs, and shorter than callers wait), and that at startup or in a migration, where large tables
// need minutes.
inline constexpr absl::Duration kPostgresPatience = absl::Seconds(5);
inline constexpr absl::Duration kMigrationPatience = absl::Minutes(10);
// The maximum number of webhooks that an event is delivered to on PostgreSQL: the keys of its deliveries
// follow the event's key in one slot (base/ids.h).
inline constexpr int64_t kMaxWebhooksPerEvent = (int64_t{1} << 14) - 1;
// The default and the maximum of --drain_timeout. Kubernetes kills a process after 30 s by default.
inline constexpr absl::Duration kDefaultDrainTimeout = absl::Seconds(25);
inline constexpr absl::Duration kMaxDrainTimeout = absl::Hours(1);

}  // namespace hookd::limits

#endif  // HOOKD_BASE_LIMITS_H_
