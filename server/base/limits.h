// Every limit and default of hookd, once, with its reason. The table of limits in server/README.md agrees
// with this file.
#ifndef HOOKD_BASE_LIMITS_H_
#define HOOKD_BASE_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace hookd::limits {

// --- Requests ---

// A project's or webhook's id: what fits a DNS label (RFC 1035), the usual bound of AIP-122.
inline constexpr size_t kMaxIdBytes = 63;
// What browsers and proxies take for granted of a URL.
inline constexpr size_t kMaxUrlBytes = 2048;
// A name for people; longer ones break tables.
inline constexpr size_t kMaxDisplayNameBytes = 256;
// Room for a UUID or a key of the caller's own, not for content.
inline constexpr size_t kMaxRequestIdBytes = 128;
// How long a request id is remembered: a day covers a caller that is redeployed before it tries again.
inline constexpr absl::Duration kRequestIdLifetime = absl::Hours(24);
// A webhook's own headers, in number and in bytes of names and values: what servers take beside hookd's.
inline constexpr int kMaxHeaders = 32;
inline constexpr size_t kMaxHeaderBytes = size_t{8} * 1024;
inline constexpr size_t kMaxHeaderNameBytes = 128;
inline constexpr size_t kMaxBasicAuthBytes = 256;
// Certificates as PEM: a chain of a few, the greatest of keys, and a company's authorities.
inline constexpr size_t kMaxCertificateChainBytes = size_t{32} * 1024;
inline constexpr size_t kMaxPrivateKeyBytes = size_t{16} * 1024;
// Of an RSA key: a handshake with one of 16,384 bits keeps the thread of many webhooks for a quarter of a
// second.
inline constexpr int kMaxPrivateKeyBits = 4096;
inline constexpr size_t kMaxTlsCaBytes = size_t{64} * 1024;
// A caller's own signing secret (Standard Webhooks).
inline constexpr size_t kMinSigningKeyBytes = 24;
inline constexpr size_t kMaxSigningKeyBytes = 64;
// Projects that a token can name, and how often its last use is noted, and whether it has expired under a
// call that waits.
inline constexpr int kMaxTokenProjects = 100;
inline constexpr absl::Duration kTokensLookedAt = absl::Minutes(1);
// A name in a client's certificate.
inline constexpr size_t kMaxClientIdentityBytes = 256;
// How long a signing secret that was replaced goes on signing: a day covers a receiver's next deployment.
inline constexpr absl::Duration kDefaultSecretGracePeriod = absl::Hours(24);
inline constexpr absl::Duration kMaxSecretGracePeriod = absl::Hours(30 * 24);
// Signing secrets at a time: each is a signature in every request.
inline constexpr size_t kMaxSigningSecrets = 5;
// Filters are a few comparisons.
inline constexpr size_t kMaxFilterBytes = 2048;
// Pages: enough for a screen, and what still answers at once.
inline constexpr int kDefaultPageSize = 50;
inline constexpr int kMaxPageSize = 1000;
// Bytes of a page: gRPC clients take messages of 4 MiB by default, and a page of webhooks with certificates
// could have more.
inline constexpr size_t kMaxPageBytes = size_t{3} * 1024 * 1024;
// Deliveries that a page looks at to find those asked for, where no index is of them alone: some 80 ms.
inline constexpr int kMaxDeliveriesLookedAt = 50'000;
// One transaction of a batch stays short beside everyone else's.
inline constexpr int kMaxBatchSize = 1000;
// A gRPC message: a full batch of usual events (1 KiB) several times over.
inline constexpr int kMaxRequestBytes = 16 * 1024 * 1024;
// An error as it travels: gRPC clients take 8 KiB of metadata by default, in which the message stands
// percent-encoded (up to three times as long), and once more with the details in base64 (a third longer).
inline constexpr size_t kMaxErrorMessageBytes = 400;
inline constexpr size_t kMaxErrorDetailsBytes = 4096;
// Lines about refused callers a second, after as many at once: whoever may not call may not fill the disk
// either.
inline constexpr int kRefusalsLoggedPerSecond = 10;

// A piece of a backup: few messages, each far below the 4 MiB that gRPC clients take by default.
inline constexpr size_t kBackupChunkBytes = size_t{256} * 1024;

// What a caller is told to wait before it tries again: a full queue or disk is seldom better sooner.
inline constexpr absl::Duration kRetryDelay = absl::Seconds(1);

// --- Connections ---

// Calls under way on one connection: far more than a busy client has, far less than what one could use to
// starve the others (HTTP/2, RFC 9113, 5.1.2). What is over waits at the client.
inline constexpr int kMaxConcurrentCalls = 1000;
// Bytes of a call that are taken in before somebody reads them (HTTP/2's flow control): its default, as a
// caller can have many calls under way.
inline constexpr int kStreamWindowBytes = 64 * 1024;
// Bytes of requests, whole or not, that callers of all connections have hookd hold: several of the longest at
// a time. Past it gRPC ends calls (RESOURCE_EXHAUSTED), as it is before it is known who calls.
inline constexpr size_t kMaxCallersBytes = size_t{256} * 1024 * 1024;
// A call's metadata. Past it the call is answered RESOURCE_EXHAUSTED; gRPC may end its connection too.
inline constexpr int kMaxMetadataBytes = 16 * 1024;
// A client may ping once in so long; one that does so more often is sent away (ENHANCE_YOUR_CALM). What
// gRPC's own clients keep to.
inline constexpr absl::Duration kMinPingInterval = absl::Seconds(10);
// A connection that is silent for so long is asked whether anybody is there, and closed if nobody answers.
inline constexpr absl::Duration kKeepalive = absl::Minutes(1);
inline constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(20);
// Connections of callers at a time, in all: each takes two descriptors. Where the system gives fewer
// descriptors it is fewer (grpc/caller_connections.h). One address may have this part of them; an address is
// an IPv4 address, an IPv6 network of 64 bits, or all of a socket's file. A proxy in front is one address.
inline constexpr int kMaxConnections = 2000;
inline constexpr double kConnectionsPerAddress = 0.5;
// Descriptors that are neither callers' nor kept for deliveries: the store, logs, loops, name servers.
inline constexpr int kOtherDescriptors = 64;
// Connections that wait to be accepted, in the system.
inline constexpr int kListenBacklog = 1024;
// How long the listener pauses after the system had no descriptor or memory for a connection.
inline constexpr absl::Duration kAcceptPause = absl::Milliseconds(100);
// A connection's time to finish TLS and HTTP/2's preface.
inline constexpr absl::Duration kHandshakeTimeout = absl::Seconds(10);
// A call's metadata as they travel (HEADERS and CONTINUATION frames): four times kMaxMetadataBytes, so that a
// caller that sends somewhat too much gets an answer. Past it the connection is closed.
inline constexpr size_t kMaxHeaderBlockBytes = size_t{64} * 1024;
// Calls that one connection may reset: all that it can have in flight, at once, as happens when they time out
// together; then so many a second. Past it the connection is closed (rapid reset, CVE-2023-44487).
inline constexpr int kMaxResets = 1000;
inline constexpr int kResetsPerSecond = 100;
// Likewise, frames that carry nothing: SETTINGS, PRIORITY, empty DATA and frames of unknown types.
inline constexpr int kMaxEmptyFrames = 1000;
inline constexpr int kEmptyFramesPerSecond = 100;
// All connections of one address may reset and send empty frames so many times as much as one may.
inline constexpr int kAddressAllowance = 2;
// Bytes of messages that have not arrived completely, on all connections, and calls whose first message has
// not. Past either, the connection that has held the most for the longest is closed.
inline constexpr int64_t kMaxIncompleteBytes = int64_t{48} * 1024 * 1024;
inline constexpr int kMaxIncompleteCalls = 3000;
// A message's time to arrive: so long, and a second for each so many bytes of it. Then the connection is
// closed, if half of kMaxIncompleteBytes are taken.
inline constexpr absl::Duration kMessageTimeout = absl::Seconds(30);
inline constexpr int64_t kMessageBytesPerSecond = 64 * 1024;
// An address of which so many connections were closed for one of these reasons within so long is refused for
// as long.
inline constexpr int kCutsBeforeRefusal = 3;
inline constexpr absl::Duration kAddressRefused = absl::Seconds(10);
// Log lines a second about connections that were closed for one of these reasons, and about the listener.
inline constexpr int kConnectionLinesPerSecond = 5;
// How often one of gRPC's threads is kept from sleeping, which it would a second after it had something to do
// (grpc_wake.h).
inline constexpr absl::Duration kGrpcWake = absl::Milliseconds(500);
// Log lines a second of each kind that gRPC reports, and the bytes of each that are kept: a caller can cause
// thousands, and writes much of their text.
inline constexpr int kGrpcLogLinesPerSecond = 1;
inline constexpr size_t kMaxGrpcLogBytes = 512;
// Connections to the metrics endpoint at a time; past it the oldest unfinished request is dropped. And how
// long a scrape may take, from its connection to the last byte of its answer: Prometheus's default timeout.
inline constexpr size_t kMaxMetricsConnections = 64;
inline constexpr absl::Duration kMetricsTimeout = absl::Seconds(10);
// How often TLS files are looked at.
inline constexpr absl::Duration kTlsReload = absl::Seconds(5);

// --- Events ---

// An event as JSON: what receivers' frameworks take by default with room to spare (Standard Webhooks asks for
// small).
inline constexpr size_t kMaxPayloadBytes = size_t{256} * 1024;
// One documented string.
inline constexpr size_t kMaxStringBytes = size_t{16} * 1024;
// An id of the caller's, and a name of a free-form property.
inline constexpr size_t kMaxCallerIdBytes = 1024;
inline constexpr size_t kMaxPropertyNameBytes = 1024;
// A caller's tracestate, as the W3C has it passed on at least.
inline constexpr size_t kMaxTraceStateBytes = 512;
// Free-form nesting: far above real data, far below what exhausts a receiver's parser.
inline constexpr int kMaxNesting = 16;
// The last second of the year 9999, where four-digit years end (RFC 3339).
inline constexpr int64_t kMaxUnixSeconds = 253402300799;
// A thread of gRPC's that took so many events, one a message, within so long rests for this long where it has
// to wait for the next: waking it for each would cost more than to take it (rpc/intake_pace.h).
inline constexpr int kBusyIntakeEvents = 16;
inline constexpr absl::Duration kBusyIntakeSpan = absl::Milliseconds(5);
inline constexpr absl::Duration kIntakeRest = absl::Milliseconds(1);

// --- Delivery ---

// A receiver's time to answer, in all.
inline constexpr absl::Duration kDefaultTimeout = absl::Seconds(5);
inline constexpr absl::Duration kMinTimeout = absl::Milliseconds(100);
inline constexpr absl::Duration kMaxTimeout = absl::Seconds(30);
// Of that, until the connection stands: a host that drops packets is told from a slow one.
inline constexpr absl::Duration kConnectTimeout = absl::Seconds(5);
// Of that, from the connection to the first byte of the answer.
inline constexpr absl::Duration kFirstByteTimeout = absl::Seconds(20);
// Attempts under way to one webhook at a time: quick for a sound endpoint, bearable for a weak one.
inline constexpr int kDefaultMaxConcurrency = 16;
inline constexpr int kMaxMaxConcurrency = 256;
// A webhook's rate limit, per second and at once. The least is an attempt in 100 seconds.
inline constexpr double kMinRatePerSecond = 0.01;
inline constexpr double kMaxRatePerSecond = 100'000;
inline constexpr int kMaxRateBurst = 100'000;
// A retry policy: attempts in all, and the pauses between them. The defaults are those of a policy that is
// given without them; without a policy there is one attempt.
inline constexpr int kMaxAttempts = 1000;
inline constexpr absl::Duration kDefaultMinBackoff = absl::Seconds(5);
inline constexpr absl::Duration kDefaultMaxBackoff = absl::Hours(1);
inline constexpr absl::Duration kMinBackoff = absl::Milliseconds(100);
inline constexpr absl::Duration kMaxBackoff = absl::Hours(24);
inline constexpr double kDefaultBackoffMultiplier = 2;
inline constexpr double kMaxBackoffMultiplier = 10;
// A webhook of which this many attempts in a row failed, over this stretch at least, is probed: one attempt
// after a pause, which doubles from the first to the last with every probe that fails.
inline constexpr int kCircuitFailures = 5;
inline constexpr absl::Duration kCircuitStretch = absl::Seconds(10);
inline constexpr absl::Duration kCircuitMinPause = absl::Seconds(1);
inline constexpr absl::Duration kCircuitMaxPause = absl::Minutes(1);
// How long a delivery without retries waits for such a webhook. Then it fails without an attempt, so that an
// endpoint nobody looks after does not fill the store.
inline constexpr absl::Duration kMaxCircuitWait = absl::Hours(1);
// A webhook whose deliveries hookd itself could not send is probed: one attempt after a pause, which doubles
// from the first to the last. The first is short, as a full table of descriptors soon has room; the last lets
// deliveries go on soon after a proxy or a name server is back, and costs 10,000 held webhooks some 450
// attempts a second.
inline constexpr absl::Duration kHoldMinPause = absl::Seconds(1);
inline constexpr absl::Duration kHoldMaxPause = absl::Seconds(30);
// How long a delivery waits while hookd cannot send it. Then it fails without an attempt: a day is enough to
// repair a proxy, and older news than that surprises a receiver.
inline constexpr absl::Duration kMaxHoldWait = absl::Hours(24);
// Log lines a second about webhooks that become held, and as many about those that resume: all webhooks
// become held at once when a proxy goes.
inline constexpr int kHoldLinesPerSecond = 5;
// Attempts under way to a webhook that has not shown yet that it answers: doubled with every round of
// successes, halved with every failure.
inline constexpr int kFirstConcurrency = 2;
// Attempts under way to all webhooks whose last attempt did not succeed, as a part of those in all: what
// hangs leaves room for what does not.
inline constexpr double kUnprovenShare = 0.5;
// Of those in all, the part for webhooks alone whose last attempt succeeded within so long: many times what
// most endpoints take, and what is slower holds its slot for as long as a thousand of the others.
inline constexpr double kPromptShare = 0.125;
inline constexpr absl::Duration kPromptAnswer = absl::Seconds(1);
// With n attempts under way, a webhook begins another while more than so many times n slots are free: one
// alone can have its greatest max_concurrency, and 500 that come to hang all at once leave eight slots.
inline constexpr int kFreeSlotsPerAttempt = 2;
// Nothing but failures for so long disables a webhook that has retries on: long enough for a weekend.
inline constexpr absl::Duration kAutoDisableAfter = absl::Hours(5 * 24);
// What has to be seen of them: so many failed attempts, of so many deliveries, so that neither one event that
// the endpoint cannot take nor a few unlucky moments disable a webhook.
inline constexpr int kAutoDisableFailures = 10;
inline constexpr int kAutoDisableDeliveries = 3;
// They are spread over this part of the time at least, and no two of them are further apart than that part:
// while nothing is attempted, nothing is known of the endpoint.
inline constexpr double kAutoDisableSpread = 0.1;
inline constexpr double kAutoDisableMaxGap = 0.25;
// A stretch of failures is noted in the store once it is so long: short ones come and go.
inline constexpr absl::Duration kFailingNoted = absl::Minutes(1);
// Attempts under way in all: each is a socket, and a process usually has 4,096 descriptors or more.
inline constexpr int kMaxConcurrency = 2048;
// What is kept of a response's body.
inline constexpr size_t kMaxResponseBodyBytes = size_t{4} * 1024;
// What is read beyond it and dropped, to keep the connection; a new one costs less than reading more.
inline constexpr size_t kMaxDroppedResponseBodyBytes = size_t{64} * 1024;
// A response's headers in all, interim ones included: several times what servers send by default (8 KiB).
inline constexpr size_t kMaxResponseHeaderBytes = size_t{64} * 1024;
// What is kept of the headers of a response, names and values.
inline constexpr size_t kMaxRecordedHeaderBytes = size_t{4} * 1024;
// How long a connection is kept that nothing uses: what servers usually allow.
inline constexpr absl::Duration kIdleConnection = absl::Seconds(60);
// Lookups of names under way: each is two small questions. Names that failed before have a half of them, so
// that names that never resolve keep no other waiting.
inline constexpr size_t kMaxLookups = 1024;
// A lookup's time, whatever the attempt that asked has: what a name server takes that answers at all.
inline constexpr absl::Duration kLookupTimeout = absl::Seconds(5);
// A question is asked again after so long, then after twice that; a packet that was lost costs no attempt.
inline constexpr absl::Duration kQuestionTimeout = absl::Seconds(1);
inline constexpr int kQuestionTries = 3;
// How long the answer for one address family waits for that of the other (RFC 8305, 3).
inline constexpr absl::Duration kResolutionDelay = absl::Milliseconds(50);
// How long an answer is believed: its TTL, within these; that there is no such name; that nobody answers for
// it, at first, then twice as long each time up to the one before.
inline constexpr absl::Duration kMinNameAge = absl::Seconds(1);
inline constexpr absl::Duration kMaxNameAge = absl::Minutes(5);
inline constexpr absl::Duration kNoSuchNameAge = absl::Seconds(30);
inline constexpr absl::Duration kFailedNameAge = absl::Seconds(2);
// Names that are remembered: some megabytes.
inline constexpr size_t kMaxCachedNames = 20'000;
// Whether name servers answer at all is asked anew after so long without an answer, and believed for so long.
inline constexpr absl::Duration kNameServerSilence = absl::Seconds(1);
inline constexpr absl::Duration kNameServerEvidence = absl::Seconds(10);
// How often /etc/resolv.conf is looked at, while there are lookups.
inline constexpr absl::Duration kNameServersReload = absl::Seconds(5);
// Addresses of a name that are tried, and the pause before the next is tried beside those before it (RFC
// 8305, 5): less if the time is short, none if one has failed.
inline constexpr size_t kMaxAddresses = 8;
inline constexpr absl::Duration kConnectDelay = absl::Milliseconds(250);
// Of these, the sockets that connect at a time, so that an attempt takes few descriptors.
inline constexpr size_t kMaxConnecting = 3;
// Requests at a time on one connection that takes several (HTTP/2): what servers usually allow.
inline constexpr int kMaxStreamsPerConnection = 100;
// Endpoints that are remembered, beyond those that have connections: for their TLS sessions.
inline constexpr size_t kMaxKnownEndpoints = 4096;
// How long a connection is used: so long a host that moved by DNS may get requests where it was.
inline constexpr absl::Duration kConnectionLifetime = absl::Minutes(2);
// How often connections are looked through for those that are too old.
inline constexpr absl::Duration kConnectionSweep = absl::Seconds(1);
// How long a connection that has ended waits to be closed by the next one to its endpoint, before it is
// closed by itself.
inline constexpr absl::Duration kEndedConnection = absl::Milliseconds(100);
// What an HTTP loop does before it looks at the clock and its inbox again: many requests' worth.
inline constexpr absl::Duration kLoopTurn = absl::Milliseconds(10);
// How often the loops are looked at while they have requests, and while they have none. One that is within a
// call of libcurl's is looked at again after kMaxCallCpu.
inline constexpr absl::Duration kWatchdogTick = absl::Milliseconds(20);
inline constexpr absl::Duration kWatchdogRest = absl::Seconds(1);
// CPU that one call of libcurl's may take, twice: more than a handshake. Then the connection that it reads
// from is cut.
inline constexpr absl::Duration kMaxCallCpu = absl::Milliseconds(10);
// What a connection may receive that is no answer's head or body: handshakes, frames, the sizes of chunks. So
// much, and so much more with each request; what sends more is cut. A packet that has nothing to say costs a
// hundred times its bytes: 48 KiB of TLS key updates take 50 ms of CPU.
inline constexpr int64_t kMaxOverheadBytes = 32 << 10;
inline constexpr int64_t kMaxRequestOverheadBytes = 16 << 10;
// A connection is looked at when it has been ready to read so often for one request, or has taken so long.
inline constexpr int kUncheckedEvents = 8;
inline constexpr absl::Duration kUncheckedCall = absl::Milliseconds(2);
// A loop that is so late, or a request that outlives its timeout by so much, makes the client unable to send.
inline constexpr absl::Duration kLoopDead = absl::Seconds(10);
// How long what the network, and the proxy, did for one request is held to be true for others.
inline constexpr absl::Duration kNetworkEvidence = absl::Minutes(1);
inline constexpr absl::Duration kProxyEvidence = absl::Seconds(5);
// Threads that attempts are made on; a webhook is always on the same one. A peer that keeps one busy leaves
// the other to the rest; more would take more CPU for each event, as less is done with each wake-up.
inline constexpr int kHttpLoops = 2;
// Beside them, one for endpoints that have not answered their last request: so much nicer (nice(2)) than the
// others, it has a third of a core that they want too.
inline constexpr int kUnprovenNiceness = 5;
// After so long it asks the system whether another thread waits for its core.
inline constexpr absl::Duration kUnprovenSlice = absl::Microseconds(200);
// The least and the greatest lifetime of a connection that can be set: below it most requests would open one,
// above it a move by DNS would go unnoticed for longer than anybody waits.
inline constexpr absl::Duration kMinConnectionLifetime = absl::Seconds(1);
inline constexpr absl::Duration kMaxConnectionLifetime = absl::Hours(24);
// Tests (TestWebhook) under way in all, so that they cannot crowd out deliveries.
inline constexpr int kMaxConcurrentTests = 64;
// Deliveries of one webhook held in memory; the rest stays in the store and is read back in order as room
// comes.
inline constexpr int kMaxQueuedPerWebhook = 1000;
// Bytes of waiting bodies held in memory in all. Past it a webhook holds no more than it may have under way.
inline constexpr size_t kMaxQueuedBytes = size_t{64} * 1024 * 1024;
// Deliveries read back from the store at once, in number and in bytes of their events, and reads at a time.
inline constexpr int kQueueReadSize = 256;
inline constexpr size_t kQueueReadBytes = size_t{4} * 1024 * 1024;
inline constexpr int kMaxConcurrentQueueReads = 4;
// How long after the moment of its key a record may become visible to others, where several processes write
// one store: far longer than a transaction takes.
inline constexpr absl::Duration kMaxCommitLag = absl::Minutes(1);
// How old what a process knows of webhooks and tokens may be while it begins attempts, where others can
// change them: so long after a webhook was disabled, it gets no new one.
inline constexpr absl::Duration kConfigurationLag = absl::Seconds(1);
// How long others are told, when a process ends, that it has gone; then they find out by its lease.
inline constexpr absl::Duration kLeaveTimeout = absl::Seconds(2);
// How long to wait before the store is read again after it could not be.
inline constexpr absl::Duration kQueueReadRetry = absl::Seconds(1);
// Deliveries that wait, in the store or in memory, of one project and in all. Past it events are refused with
// RESOURCE_EXHAUSTED: the delivery engine is hours behind, and more would only be later.
inline constexpr int64_t kMaxWaitingPerProject = 10'000'000;
inline constexpr int64_t kMaxWaiting = 20'000'000;
// Outcomes not yet on disk. Past it no attempt is begun: what a crash would repeat stays bounded.
inline constexpr int kMaxUnrecordedOutcomes = 10000;
// Rows of deliveries that the embedded store refuses are tried again so often, so many at a time.
inline constexpr absl::Duration kRefusedRowsRetry = absl::Seconds(10);
inline constexpr size_t kMaxRefusedRowsRetried = 100;
// How often a drain looks whether the store refuses what it still waits for.
inline constexpr absl::Duration kDrainLook = absl::Milliseconds(100);
// Of one webhook: outcomes that the store refuses leave room for those of others.
inline constexpr int kMaxUnrecordedPerWebhook = kMaxUnrecordedOutcomes / 4;

// --- Streams ---

// Of the watches, the tests and the streams in flight, the part that one project, and one token, may have:
// the other projects always find some left.
inline constexpr double kMaxShare = 0.25;
// StreamEvents under way in all: each holds what is unanswered.
inline constexpr size_t kMaxEventStreams = 1000;
// Messages of one StreamEvents call that were read and are not answered yet. Past it none is read, and
// HTTP/2's flow control holds the caller back.
inline constexpr int kMaxUnansweredPerStream = 256;
// Outcomes a watcher may be behind in memory; past it the watch is ended with RESOURCE_EXHAUSTED.
inline constexpr int kMaxWatcherLag = 10'000;
// Watchers at a time: each costs every outcome a look.
inline constexpr int kMaxWatchers = 64;
// A watch that has told nothing for so long is told a heartbeat, half of this later at most: proxies cut a
// stream that is silent (nginx after 60 s).
inline constexpr absl::Duration kWatchHeartbeat = absl::Seconds(20);
// Outcomes of the store a watch of the past looks at in one read.
inline constexpr int kWatchReadSize = 1000;
// Deliveries that one transaction of RetryDeliveries changes: short beside everyone else's.
inline constexpr int kRetrySliceSize = 500;

// --- Store ---

// The store's greatest size is the disk's by default, less this reserve: room for the outcomes of what was
// accepted, and for the operator.
inline constexpr int64_t kMinFreeBytes = int64_t{256} * 1024 * 1024;
// Events are kept for so long: what a month's report asks for.
inline constexpr absl::Duration kRetention = absl::Hours(30 * 24);
// Events purged in one transaction, the pause after it, and after a purge that found no more.
inline constexpr int kPurgeSliceSize = 200;
inline constexpr absl::Duration kPurgePause = absl::Milliseconds(50);
inline constexpr absl::Duration kPurgeInterval = absl::Minutes(1);

// After two transactions in a row of so many writes, the next begins no sooner than this after the last
// began: under load more writes share one, which costs less CPU (store/commit_pace.h).
inline constexpr size_t kBusyCommitWrites = 16;
inline constexpr absl::Duration kBusyCommitInterval = absl::Milliseconds(3);
// Deliveries in SQLite that wait for their first outcome without a row (store/sqlite/unwritten_deliveries.h),
// and for how long: as most endpoints take to answer, and twice what is under way at a time. Both are little
// to hold, and to go through when a store is opened. A hookd with a shorter time would not find all that one
// with this time left: it can only grow.
inline constexpr size_t kMaxUnwrittenDeliveries = 4096;
inline constexpr absl::Duration kUnwrittenDeliveryAge = absl::Seconds(1);

// How long a write that nobody waits for, such as the outcome of an attempt, waits for one to share a
// transaction with: an event costs about one transaction then, not two, where events come one at a time.
inline constexpr absl::Duration kUnurgentWritePatience = absl::Milliseconds(5);

// How long a process that is not heard of keeps its place, and its shards, on a store that many share: longer
// than a failover or a hiccup, shorter than anybody waits for an e-mail.
inline constexpr absl::Duration kClusterLease = absl::Seconds(10);

// How long PostgreSQL may take to answer before its connection is given up: longer than any of hookd's
// statements, shorter than callers wait.
inline constexpr absl::Duration kPostgresPatience = absl::Seconds(5);

// How long it may take to bring its tables to a newer version, or to wait for the process that does.
inline constexpr absl::Duration kMigrationPatience = absl::Minutes(10);

// Partitions of its tables, one a day, are made so many days ahead of need.
inline constexpr int kPartitionDaysAhead = 2;

// Webhooks that one event can go to in a store that many processes share: the keys of its deliveries follow
// its own (see base/ids.h).
inline constexpr int64_t kMaxWebhooksPerEvent = (int64_t{1} << 14) - 1;

// Bytes of writes that wait for their commit. Past it they are answered RESOURCE_EXHAUSTED.
inline constexpr size_t kMaxUncommittedBytes = size_t{64} * 1024 * 1024;

}  // namespace hookd::limits

#endif  // HOOKD_BASE_LIMITS_H_
