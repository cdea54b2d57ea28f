// Reads the log of events from PostgreSQL, where several processes store events at a time.
#ifndef HOOKD_STORE_POSTGRES_EVENT_LOG_H_
#define HOOKD_STORE_POSTGRES_EVENT_LOG_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "store/event_query.h"
#include "store/postgres/connection.h"
#include "store/records.h"

namespace hookd::postgres {

// The key below which no more events appear. Processes commit their keys out of order: a transaction gets the
// keys of its time after it has locked the table `nodes`, and other transactions with greater keys may be
// committed before it. So a look reads the time first, and then the transactions that have the lock. Once
// all of these have ended, there are no more events of an earlier time. They usually take milliseconds, and
// seconds at most: PostgreSQL ends one whose process is gone.
//
// Thread-safe: several threads look, each with its connection.
class EventHorizon {
 public:
  // What a look found.
  struct Look {
    int64_t reach = 0;           // transactions that begin after the look have no keys below this one
    std::set<std::string> open;  // the transactions that had the lock
  };

  // Call it before a look, and pass the result to End.
  int64_t Begin() ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns the key below which no more events appear.
  int64_t End(int64_t begin, Look look) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Mutex mutex_;
  int64_t looks_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t safe_ ABSL_GUARDED_BY(mutex_) = 0;
  // A look whose transactions have not all ended yet, and how many looks had begun when it ended: only a
  // later one can find that they have ended.
  std::optional<Look> candidate_ ABSL_GUARDED_BY(mutex_);
  int64_t candidate_looks_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Looks for the key below which no more events appear. `after_key` is the last one that the caller knows.
absl::StatusOr<int64_t> FindEventHorizon(PostgresConnection& connection, int64_t after_key,
                                         EventHorizon& horizon, Clock* clock);

// `clock` is the one that keys are made with; null: the server's.
absl::StatusOr<EventLogPage> ReadEventLog(PostgresConnection& connection, const EventLogQuery& query,
                                          EventHorizon& horizon, Clock* clock);

// The SQL of such a query: for tests of its plan.
std::string ReadEventLogSql(bool of_webhooks);

}  // namespace hookd::postgres

#endif  // HOOKD_STORE_POSTGRES_EVENT_LOG_H_
