// Figures that tune hookd: pauses, batch sizes, log line rates and internal budgets. No user relies on them,
// and they can change in any version. Limits that users rely on are in base/limits.h.
#ifndef HOOKD_BASE_TUNING_H_
#define HOOKD_BASE_TUNING_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace hookd::tuning {

// --- Log lines: the maximum per second of each kind, so that frequent events do not fill the disk ---

// Lines about refused callers: callers without access must not fill the disk, either.
inline constexpr int kRefusalsLoggedPerSecond = 10;
// Lines about connections of callers that were cut, and about the listener.
inline constexpr int kConnectionLinesPerSecond = 5;
// Lines about connections of callers that were refused: an attack causes many.
inline constexpr int kRefusedConnectionLinesPerSecond = 1;
// Lines of each kind that gRPC reports: a caller can cause thousands.
inline constexpr int kGrpcLogLinesPerSecond = 1;
// The number of bytes of such a line that are kept: callers write much of the text.
inline constexpr size_t kMaxGrpcLogBytes = 512;
// Lines about webhooks that become held, and as many about those that resume: if a proxy fails, all webhooks
// become held at once.
inline constexpr int kHoldLinesPerSecond = 5;

// --- Connections of callers ---

// The number of file descriptors that are reserved neither for callers nor for deliveries: the store, logs,
// HTTP loops and name servers use them.
inline constexpr int kOtherDescriptors = 64;
// The number of connections that wait in the kernel to be accepted: a burst of clients that reconnect fits.
inline constexpr int kListenBacklog = 1024;
// The pause of a listener after the system had no file descriptor or memory for a connection: trying at once
// would use a whole core.
inline constexpr absl::Duration kAcceptPause = absl::Milliseconds(100);
// How often one of gRPC's threads is kept awake: it would sleep after a second without work (grpc_wake.h).
inline constexpr absl::Duration kGrpcWake = absl::Milliseconds(500);
// How often hookd checks whether its TLS files changed: a check costs a few system calls.
inline constexpr absl::Duration kTlsReload = absl::Seconds(5);

// --- Intake of events (grpc/intake_pace.h) ---

// The number of events, one per message, within kBusyIntakeSpan after which a thread of gRPC pauses: waking
// it for each message would cost more than the event itself.
inline constexpr int kBusyIntakeEvents = 16;
// The time within which these events arrive: a busy caller, not an occasional one.
inline constexpr absl::Duration kBusyIntakeSpan = absl::Milliseconds(5);
// How long the thread pauses: it then finds several messages at once.
inline constexpr absl::Duration kIntakeRest = absl::Milliseconds(1);

// --- HTTP loops ---

// The number of threads that make attempts; a webhook always uses the same one. A peer that keeps one busy
// leaves the other free. More threads would use more CPU for each event, because each wake-up does less.
inline constexpr int kHttpLoops = 2;
// The niceness of the additional loop for endpoints whose last attempt did not succeed: with competition from
// the other loops, it gets a third of a core.
inline constexpr int kUnprovenNiceness = 5;
// How long that loop runs before it yields its core to another thread that waits.
inline constexpr absl::Duration kUnprovenSlice = absl::Microseconds(200);
// How long a loop works before it checks the clock and its inbox again: enough for many requests.
inline constexpr absl::Duration kLoopTurn = absl::Milliseconds(10);
// How often the watchdog checks the loops while they have requests: soon after limits::kMaxCallCpu.
inline constexpr absl::Duration kWatchdogTick = absl::Milliseconds(20);
// How often the watchdog checks the loops while they have no requests: an idle process uses little CPU.
inline constexpr absl::Duration kWatchdogRest = absl::Seconds(1);
// How often a connection may be ready to read for one request before its overhead is checked: a check after
// every read would cost CPU time.
inline constexpr int kUncheckedEvents = 8;
// The duration of one read after which the overhead is checked at once.
inline constexpr absl::Duration kUncheckedCall = absl::Milliseconds(2);

// --- Connections to endpoints ---

// The number of endpoints that are kept in memory in addition to those with connections: their TLS sessions
// make the next handshake cheaper.
inline constexpr size_t kMaxKnownEndpoints = 4096;
// How often connections that are too old are searched for.
inline constexpr absl::Duration kConnectionSweep = absl::Seconds(1);
// How long a connection that has ended waits for the next connection to its endpoint, which closes it; then
// it is closed on its own.
inline constexpr absl::Duration kEndedConnection = absl::Milliseconds(100);
// How long one request that reached an endpoint proves to the others that the network works.
inline constexpr absl::Duration kNetworkEvidence = absl::Minutes(1);
// How long one request that passed the proxy proves to the others that the proxy works: a proxy fails as a
// whole, and soon.
inline constexpr absl::Duration kProxyEvidence = absl::Seconds(5);

// --- DNS ---

// How long a query waits for its answer before it is sent again; the next one waits twice as long. A lost
// packet does not fail an attempt.
inline constexpr absl::Duration kQuestionTimeout = absl::Seconds(1);
// How often a query is sent: all of them fit into limits::kLookupTimeout.
inline constexpr int kQuestionTries = 3;
// How long the answer for one address family waits for that of the other (RFC 8305, section 3).
inline constexpr absl::Duration kResolutionDelay = absl::Milliseconds(50);
// How long name servers do not answer before hookd probes whether they answer at all.
inline constexpr absl::Duration kNameServerSilence = absl::Seconds(1);
// How long an answer proves that the name servers answer.
inline constexpr absl::Duration kNameServerEvidence = absl::Seconds(10);
// How often hookd checks whether /etc/resolv.conf changed, while there are lookups.
inline constexpr absl::Duration kNameServersReload = absl::Seconds(5);

// --- Deliveries in memory ---

// The maximum number of deliveries of a webhook in memory. The rest stays in the store, and is read back in
// order when there is room.
inline constexpr int kMaxQueuedPerWebhook = 1000;
// The maximum size of the bodies of pending deliveries in memory. Above it, a webhook holds only as many
// deliveries as it may have in flight.
inline constexpr size_t kMaxQueuedBytes = size_t{64} * 1024 * 1024;
// The maximum number of deliveries in one read from the store: a read stays short for others.
inline constexpr int kQueueReadSize = 256;
// The maximum size of the events in one read from the store: bodies of the maximum size need few reads.
inline constexpr size_t kQueueReadBytes = size_t{4} * 1024 * 1024;
// The maximum number of such reads at a time: other reads of the store are not delayed.
inline constexpr int kMaxConcurrentQueueReads = 4;
// The pause after a failed read of the store: the store rarely recovers sooner.
inline constexpr absl::Duration kQueueReadRetry = absl::Seconds(1);
// How long an endpoint fails before the store records since when: short failures are not worth a write.
inline constexpr absl::Duration kFailingNoted = absl::Minutes(1);
// How often a drain checks whether the store rejects the outcomes that the drain waits for.
inline constexpr absl::Duration kDrainLook = absl::Milliseconds(100);

// --- Slices of long operations, which keep transactions short for others ---

// The number of deliveries in one read of a watch that starts in the past.
inline constexpr int kWatchReadSize = 1000;
// The number of events that one read of a watch of events examines, and the size of those that it returns: a
// watch has at most so much in memory, and an event more.
inline constexpr int kEventWatchReadSize = 2000;
inline constexpr size_t kEventWatchReadBytes = size_t{512} * 1024;
// The pause between two wakes of watches of events: each reads the events of several transactions at once.
inline constexpr absl::Duration kEventWatchPace = absl::Milliseconds(10);
// How often watches read the events that other processes on the same store accepted.
inline constexpr absl::Duration kEventWatchPoll = absl::Milliseconds(100);
// How often the size of a store on another machine is measured: its server looks at every file of the
// database.
inline constexpr absl::Duration kStoreMeasured = absl::Minutes(1);
// The number of deliveries that one transaction of RetryDeliveries changes.
inline constexpr int kRetrySliceSize = 500;
// The number of webhooks that ListWebhooks examines at a time.
inline constexpr int kWebhooksPerSlice = 1000;
// The number of events that one transaction purges.
inline constexpr int kPurgeSliceSize = 200;
// The pause between two transactions of a purge: writes of callers go first.
inline constexpr absl::Duration kPurgePause = absl::Milliseconds(50);
// The pause after a purge that found nothing more: events expire slowly.
inline constexpr absl::Duration kPurgeInterval = absl::Minutes(1);

// The number of webhooks whose health one write stores: about 2 ms.
inline constexpr size_t kHealthRowsPerWrite = 250;

// --- Statistics ---

// The maximum size of counts in memory that are not in the store: 100,000 webhooks with a count in every
// minute of half an hour. Above it, they are dropped, and counted again from the store. From half of it on,
// all of them are written at once.
inline constexpr size_t kMaxStatsBytes = size_t{64} * 1024 * 1024;
// How often hookd checks whether counts are due to be written, while there are any.
inline constexpr absl::Duration kStatsTick = absl::Seconds(1);
// How old counts are when they are written, if that is cheap: other processes can then read them.
inline constexpr absl::Duration kStatsMinInterval = absl::Seconds(10);
// How old counts are when they are written in any case. Rows cost as much as a few percent of an event, so
// that 100,000 webhooks with few events each are written rarely.
inline constexpr absl::Duration kStatsMaxInterval = absl::Minutes(5);
// When it is cheap: a partition has few owners, or many counts for each of them.
inline constexpr int64_t kStatsFewOwners = 4;
inline constexpr int64_t kStatsCountsPerRow = 16;
// The number of owners in one transaction, if no partition has more: about 5 ms.
inline constexpr size_t kStatsSliceOwners = 256;
// The pause after counts could not be written.
inline constexpr absl::Duration kStatsRetry = absl::Seconds(5);
// How long a process that shuts down writes counts, although its drain timeout has passed: what it does not
// write is counted again.
inline constexpr absl::Duration kStatsStopTimeout = absl::Seconds(1);
// The number of days that are read at a time, of all owners together: other reads of the store go between.
inline constexpr int64_t kStatsReadDays = 31;
// The number of records of each kind in one read of what is counted again, and the pause between two: at most
// a core's third.
inline constexpr int kRecountReadSize = 1000;
inline constexpr absl::Duration kRecountPause = absl::Milliseconds(5);
// The time after which what was counted again is written, in the time of the records: a transaction has few
// hours of each owner.
inline constexpr absl::Duration kRecountSpan = absl::Hours(3);
// How often one of several processes looks for something to count again; and the pause after a failure.
inline constexpr absl::Duration kRecountInterval = absl::Seconds(15);
// The maximum size of counts in memory of what is counted again; above it, they are written.
inline constexpr size_t kMaxRecountBytes = size_t{8} * 1024 * 1024;

// --- Store ---

// The number of writes in a transaction that is busy. After two busy transactions in a row, the next one
// starts kBusyCommitInterval after the last one started, so that more writes share it, which costs less CPU
// (store/commit/commit_pace.h).
inline constexpr size_t kBusyCommitWrites = 16;
// The minimum interval between the starts of two busy transactions: short for callers that wait.
inline constexpr absl::Duration kBusyCommitInterval = absl::Milliseconds(3);
// How long a write that no caller waits for, such as an outcome, waits for another write to share its
// transaction: if events come one at a time, each costs about one transaction instead of two.
inline constexpr absl::Duration kUnurgentWritePatience = absl::Milliseconds(5);
// The maximum number of deliveries in SQLite that have no row until their first outcome: twice what is in
// flight at a time, and few enough to scan when a store is opened.
inline constexpr size_t kMaxUnwrittenDeliveries = 4096;
// How long such a delivery has no row: most endpoints respond within it. The time must never be reduced: a
// hookd with a shorter time does not find all deliveries without a row that a crash left behind.
inline constexpr absl::Duration kUnwrittenDeliveryAge = absl::Seconds(1);
// How often the embedded store retries rows of deliveries that it rejected.
inline constexpr absl::Duration kRefusedRowsRetry = absl::Seconds(10);
// The maximum number of such rows in one retry: other writes are not delayed.
inline constexpr size_t kMaxRefusedRowsRetried = 100;
// The number of days in advance for which PostgreSQL's partitions, one per day, are created: a process that
// cannot create them for a day still works.
inline constexpr int kPartitionDaysAhead = 2;

// --- Search index (store/search) ---

// The number of events in a run of the search index: searches read as many events that are not indexed yet,
// which takes about 10 ms. It must divide kMaxSegmentEvents (store/search/segment_codec.h).
inline constexpr int kSearchRunEvents = 4096;
// The size of the blocks that one transaction of the indexer writes: callers wait for a few milliseconds.
inline constexpr size_t kSearchWriteBytes = size_t{256} * 1024;
// The pause between two slices of the indexer, and after one that found nothing more to do.
inline constexpr absl::Duration kSearchIndexPause = absl::Milliseconds(20);
inline constexpr absl::Duration kSearchIndexInterval = absl::Seconds(1);
// The number of blocks of the index that a search reads before it ends its page: about half a second from a
// disk that nothing was read from before.
inline constexpr int kSearchBlocks = 4096;
// How long a search takes before it ends its page: other searches wait for it.
inline constexpr absl::Duration kSearchTime = absl::Milliseconds(300);
// The size of the events that a search reads before it ends its page.
inline constexpr size_t kSearchBytes = size_t{64} * 1024 * 1024;
// The size of the directories of segments that are kept in memory: those of 100 million events.
inline constexpr size_t kSearchDirectoryBytes = size_t{16} * 1024 * 1024;

// --- Callers over HTTP ---

// The threads that serve HTTP. Parsing and writing take a fraction of a request's CPU.
inline constexpr int kWebThreads = 2;
// The size of a body above which a separate thread handles the request: parsing it takes about a millisecond.
inline constexpr size_t kLargeHttpBodyBytes = size_t{64} * 1024;
// The smallest response that is compressed: below it, compression saves no packet.
inline constexpr size_t kMinCompressedBytes = 1024;

}  // namespace hookd::tuning

#endif  // HOOKD_BASE_TUNING_H_
