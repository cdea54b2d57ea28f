// The part of the store that accepts and lists events. See store.h for what holds for every part.
#ifndef HOOKD_STORE_EVENT_STORE_H_
#define HOOKD_STORE_EVENT_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "store/commit/commit_batch.h"
#include "store/done.h"
#include "store/event_query.h"
#include "store/records.h"

namespace hookd {

class EventStore {
 public:
  struct Accepted {
    std::vector<AcceptedEvent> events;  // in the order of the call
    bool repeated = false;    // true: the answer to an earlier call with the same request id; deliver nothing
    int64_t project_key = 0;  // Project::key; not of a repeated answer
    // The batch of the transaction that stored them; exists until `done` returns. Null if there is none.
    CommitBatch* batch = nullptr;
  };

  // Stores the events and one pending delivery for each of their webhooks, all or none. Keys are in the order
  // of commit and of the call. A known request id gets the first answer again, or FieldError("request_id") if
  // its fingerprint differs. RESOURCE_EXHAUSTED when the store has reached its maximum size, or its disk the
  // reserve; other writes are accepted then.
  virtual void AcceptEvents(std::string project, std::vector<NewEvent> events,
                            std::optional<RequestId> request_id, Done<absl::StatusOr<Accepted>> done) = 0;

  // The first answer to that request id, as AcceptEvents returns it again. NOT_FOUND if the request id is not
  // known, FieldError("request_id") if its fingerprint differs. A read: it works while writes are refused.
  virtual void FindAccepted(std::string project, RequestId request_id,
                            Done<absl::StatusOr<Accepted>> done) = 0;

  // NOT_FOUND if the project has no event with that key.
  virtual void GetEvent(std::string project, int64_t key, Done<absl::StatusOr<Event>> done) = 0;

  // Events of a project, newest first. Includes every event whose `done` was called before this call.
  virtual void ListEvents(EventQuery query, Done<absl::StatusOr<EventPage>> done) = 0;

  // A page of the log of events, in the order of their keys. No event with a key up to `last_key` appears
  // later: with several processes on one store, a page ends before the first event that one of them may
  // still be storing. Reads at most `limit` rows, whatever share of them is the project's. With `from_end`,
  // `last_key` is below the keys of all events that are accepted after the call.
  virtual void ReadEventLog(EventLogQuery query, Done<absl::StatusOr<EventLogPage>> done) = 0;

 protected:
  virtual ~EventStore() = default;
};

}  // namespace hookd

#endif  // HOOKD_STORE_EVENT_STORE_H_
