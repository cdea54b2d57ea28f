// The records of the store: plain values, without proto or JSON.
#ifndef HOOKD_STORE_RECORDS_H_
#define HOOKD_STORE_RECORDS_H_

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/limits.h"
#include "base/rate_limiter.h"
#include "base/trace_context.h"

namespace hookd {

// Types of event by number (hookd.v1.EventType); bit 0 is never set.
using EventTypes = std::bitset<64>;

// The greatest number of an event type; api/ compares it with the API's.
inline constexpr int kLastEventType = 12;

// All types up to `last`.
inline EventTypes AllEventTypes(int last = kLastEventType) {
  EventTypes types;
  for (int type = 1; type <= last; ++type) types.set(static_cast<size_t>(type));
  return types;
}

// When a failed attempt is retried. By default it is not.
struct RetryPolicy {
  int max_attempts = 1;                     // in all, the first included
  absl::Duration min_backoff, max_backoff;  // whole milliseconds
  double multiplier = 1;
  bool operator==(const RetryPolicy&) const = default;
};

// How requests are signed. Numbers are those of hookd.v1.SigningAlgorithm.
enum class SigningAlgorithm { kHmacSha256 = 1, kEd25519 = 2 };

// A key that signs a webhook's requests.
struct SigningSecret {
  SigningAlgorithm algorithm = SigningAlgorithm::kHmacSha256;
  std::string key;  // raw: of HMAC as it is, of Ed25519 the seed of 32 bytes (RFC 8032)
  absl::Time expire_time = absl::InfiniteFuture();  // of a replaced secret: until when it still signs
  bool operator==(const SigningSecret&) const = default;
};

// RFC 7617.
struct BasicAuth {
  std::string username, password;
  bool operator==(const BasicAuth&) const = default;
};

// The certificate that hookd presents to endpoints that ask for one. PEM.
struct ClientCertificate {
  std::string certificate_chain;  // its own certificate first
  std::string private_key;
  bool operator==(const ClientCertificate&) const = default;
};

// Headers of HTTP in their order: names and values.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// Why a webhook is disabled. Numbers are those of hookd.v1.DisableReason.
enum class DisableReason { kNone = 0, kRequested = 1, kGone = 2, kFailing = 3 };

// A webhook as it is now.
struct Webhook {
  int64_t key = 0;       // unique: a webhook that is deleted and created again with the same id has another
  int64_t revision = 0;  // differs with every change; the etag
  std::string project;
  int64_t project_key = 0;  // Project::key; 0 if it is not known
  std::string id;           // unique among the project's webhooks
  std::string url;
  EventTypes event_types;
  bool all_event_types = false;  // it wants later types too; event_types then has all types of this version
  bool disabled = false;
  std::string display_name;
  absl::Duration timeout;  // whole milliseconds
  bool ordered = false;
  int max_concurrency = 0;  // at least 1 once it is valid
  std::optional<RateLimit> rate_limit;
  RetryPolicy retry_policy;
  // From here to tls_ca is kept encrypted; see store/codec/secret_box.h.
  std::vector<SigningSecret> signing_secrets;  // the newest first; expired ones may be among them
  HttpHeaders headers;                         // sent with every request, sorted by name
  std::optional<BasicAuth> basic_auth;
  std::optional<ClientCertificate> client_certificate;
  std::string tls_ca;  // PEM: authorities to trust for its endpoint, instead of the server's; or empty
  DisableReason disable_reason = DisableReason::kNone;  // kNone if, and only if, it is enabled
  absl::Time disable_time;                              // of a disabled one
  absl::Time create_time;                               // times are kept to the microsecond
  absl::Time update_time;
  // Since when every attempt has failed; see Store::SetFailingSince.
  std::optional<absl::Time> failing_since;
};

// A project: the scope of webhooks, events and request ids.
struct Project {
  int64_t key = 0;  // unique: a project that begins again with the id of a deleted one has another
  std::string id;
  std::string display_name;
  std::map<std::string, std::string> labels;
  int64_t revision = 0;                   // 0 at first; increases with every change of what is above
  std::optional<absl::Time> create_time;  // unset if an older hookd created it
  // Where several processes share the store: its pending deliveries in the shards of the other processes, as
  // of their last heartbeats. Only in answers to GetProject and ListProjects.
  int64_t pending_elsewhere = 0;
};

// Which projects to list: those with ids above `after_id`, by id.
struct ProjectQuery {
  std::string after_id;
  std::optional<std::vector<std::string>> ids;  // only these
  int limit = 0;                                // at most so many, at least 1
};

// A project that was deleted, and what was deleted with it at once.
struct DeletedProject {
  Project project;
  std::vector<int64_t> webhooks;  // their keys
  int64_t revision = 0;           // that all of these webhooks have since then
};

// What a caller with a token may do. Numbers are those of hookd.v1.Role.
enum class Role { kEmit = 1, kRead = 2, kManage = 3, kAdmin = 4 };
using Roles = std::bitset<8>;  // by number; bit 0 is never set

// What authenticates a caller.
struct Token {
  int64_t key = 0;
  std::string id;
  std::string display_name;
  std::string secret_hash;            // SHA-256 of the secret; empty: it has none
  std::string client_identity;        // of a client certificate that is accepted instead; or empty
  std::vector<std::string> projects;  // ids, or "*" alone for all of them
  Roles roles;
  std::optional<RateLimit> rate_limit;
  std::optional<absl::Time> expire_time;
  absl::Time create_time;  // times are kept to the microsecond
  std::optional<absl::Time> last_used_time;
};

// Makes a write idempotent. Scoped to a project; remembered for limits::kRequestIdLifetime at least.
struct RequestId {
  std::string id;
  std::string fingerprint;  // of the request's content; see base/fingerprint.h
};

// An event to be accepted, and the webhooks that it goes to.
struct NewEvent {
  int type = 0;
  std::string event;              // the serialised hookd.v1.Event, without name and emit_time; opaque here
  std::vector<int64_t> webhooks;  // keys; one delivery for each, in this order
  std::shared_ptr<const TraceContext> trace;  // the caller's; null for none
};

// The memory that they take.
inline size_t BytesOf(const std::vector<NewEvent>& events) {
  size_t bytes = 0;
  for (const NewEvent& event : events) {
    bytes += sizeof(NewEvent) + event.event.size() + event.webhooks.size() * sizeof(int64_t);
  }
  return bytes;
}

// An event that is on disk. Its deliveries, in the order of NewEvent::webhooks, have the keys that follow its
// own.
struct AcceptedEvent {
  int64_t key = 0;
  absl::Time emit_time;  // that of its key
  int webhook_count = 0;
};

// A stored event.
struct Event {
  int64_t key = 0;
  int type = 0;
  std::string event;  // as in NewEvent
  absl::Time emit_time;
  int webhook_count = 0;
};

// Numbers are those of hookd.v1.DeliveryState.
enum class DeliveryState { kPending = 1, kDelivered = 2, kFailed = 3, kCanceled = 4 };

// Why an attempt failed. Numbers are those of hookd.v1.ErrorClass.
enum class ErrorClass {
  kNone = 0,  // it did not fail, or an older version of hookd made it
  kStatus = 1,
  kTimeout = 2,
  kConnection = 3,
  kTls = 4,
  kBlocked = 5,
  kInternal = 6,
};
inline constexpr int kLastErrorClass = 6;

// What caused an attempt. Numbers are those of hookd.v1.AttemptTrigger.
enum class AttemptTrigger {
  kUnknown = 0,  // an older version of hookd made it
  kAutomatic = 1,
  kManual = 2,
  kTest = 3,
};

// One attempt; durations as in hookd.v1.Attempt, kept to the microsecond.
struct Attempt {
  int number = 1;
  absl::Time start_time;
  absl::Duration name_lookup, connect, tls, first_byte, total;
  int response_status = 0;
  std::string error;
  HttpHeaders request_headers;   // as sent, secrets redacted
  HttpHeaders response_headers;  // the first of them; see limits::kMaxRecordedHeaderBytes
  std::string response_body;     // the first bytes; see limits::kMaxResponseBodyBytes
  bool response_body_truncated = false;
  std::string url;             // empty if an older version of hookd made the attempt
  std::string remote_address;  // empty if there was no connection
  std::string http_version;    // of the response; empty if there was none
  AttemptTrigger trigger = AttemptTrigger::kUnknown;
  std::string node;            // the id of the hookd process
  absl::Duration retry_after;  // 0 if the endpoint did not ask for a pause
  ErrorClass error_class = ErrorClass::kNone;
};

// The result of a delivery's attempt: its new state, and the attempt unless there was none.
struct Outcome {
  int64_t delivery_key = 0;
  DeliveryState state = DeliveryState::kPending;
  std::optional<absl::Time> next_attempt_time;  // for kPending: when it is retried
  std::optional<Attempt> attempt;
  std::string error;  // why it failed, for kPending too, or was canceled
  // Whether something waits for the commit. If not, it may be committed a little later, which costs less.
  bool urgent = false;
  // The epoch with which the webhook's shard was held when the attempt began; 0 without a store/cluster.h.
  int64_t epoch = 0;
};

// A stored delivery.
struct Delivery {
  int64_t key = 0;
  int64_t event_key = 0;
  int64_t webhook_key = 0;
  std::string webhook_id;  // also of a webhook that has been deleted since
  int event_type = 0;
  DeliveryState state = DeliveryState::kPending;
  int attempt_count = 0;
  int response_status = 0;
  std::string error;
  std::optional<absl::Time> next_attempt_time;  // of a pending one that was attempted, or asked for, before
  std::vector<Attempt> attempts;                // only where asked for
  ErrorClass error_class = ErrorClass::kNone;   // of the last attempt
};

// A recorded outcome, and the delivery as it was then. Keys are in the order of commit and contain the time,
// as all keys do.
struct RecordedOutcome {
  int64_t key = 0;
  Delivery delivery;
  int64_t project_key = 0;  // of the webhook's project; 0 if it is not known
};

// A pending delivery, with all that an attempt needs.
struct PendingDelivery {
  int64_t key = 0;
  int64_t event_key = 0;
  int attempt_count = 0;
  int earlier_attempt_count = 0;                // of those, made before the last redelivery was requested
  std::optional<absl::Time> next_attempt_time;  // unset if it was neither attempted nor redelivered
  int event_type = 0;
  std::string event;                          // as in NewEvent
  std::shared_ptr<const TraceContext> trace;  // likewise
};

// Which pending deliveries of a webhook to read.
struct PendingQuery {
  enum class Which {
    kNew,    // without a next_attempt_time, keys above `after_key`, by key
    kDue,    // with a next_attempt_time up to `until`, by it and then by key
    kBoth,   // all with keys above `after_key`, by key
    kThese,  // without a next_attempt_time, those of `keys`, by key
  };
  int64_t webhook_key = 0;
  Which which = Which::kNew;
  int64_t after_key = 0;
  absl::Time until = absl::InfiniteFuture();
  std::vector<int64_t> keys;  // ascending
  int limit = 1;              // at most so many
  size_t max_bytes = 0;       // and fewer, but at least one, once their events reach this
};

struct PendingPage {
  std::vector<PendingDelivery> deliveries;
  bool more = false;  // whether more deliveries match the query
  // For kDue without more: the least next_attempt_time above `until`, or InfiniteFuture.
  absl::Time next_due = absl::InfiniteFuture();
};

// The pending deliveries of a webhook, which may be deleted.
struct Backlog {
  int64_t webhook_key = 0;
  std::string project;
  int64_t count = 0;
  absl::Time next_due = absl::InfiniteFuture();  // the least next_attempt_time
};

// The result of a purge.
struct Purged {
  int count = 0;      // events deleted
  bool more = false;  // there are events that it did not examine
  int projects = 0;   // deleted projects of which nothing is left now
};

// A field of an event's content that events and deliveries can be searched by.
enum class ContentField { kUserId, kUserEmail, kMessageId, kCampaignId, kCampaignName };

// A value of such a field to search for.
struct ContentKey {
  ContentField field = ContentField::kUserId;
  bool is_number = false;  // of an id: a number, `value` being its decimal digits; otherwise a string
  std::string value;       // not empty
  bool operator==(const ContentKey&) const = default;
};

}  // namespace hookd

#endif  // HOOKD_STORE_RECORDS_H_
