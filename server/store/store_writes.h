// An engine's writes: what a QueuedStore runs within the transactions of its commit queue.
//
// Not thread-safe: the commit queue's thread uses it. An absl::Status that is not OK is an error of the
// engine; see commit/write_result.h.
#ifndef HOOKD_STORE_STORE_WRITES_H_
#define HOOKD_STORE_STORE_WRITES_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/commit/write_result.h"
#include "store/store.h"

namespace hookd {

class StoreWrites {
 public:
  // Writes that an engine may gather until the commit. Their answers are valid once the transaction is
  // committed, and the objects live until it has ended.
  struct Accept {
    std::string project;
    std::vector<NewEvent> events;
    std::optional<RequestId> request_id;
    absl::StatusOr<Store::Accepted> answer = absl::UnknownError("not written");
  };
  struct Record {
    Outcome outcome;
    int64_t key = 0;  // of the outcome; 0 if it was refused
    // The key of an earlier try whose commit got no answer: the engine has to look up whether it was
    // recorded.
    int64_t maybe_key = 0;
  };

  virtual ~StoreWrites() = default;

  // The transaction; see CommitQueue::Engine.
  virtual absl::Status Begin() = 0;
  virtual absl::Status Commit() = 0;
  virtual void Rollback() = 0;
  virtual absl::Status TryWrite() = 0;
  virtual void AfterCommit(bool /*idle*/) {}

  // The methods of Store by the same names.
  virtual absl::Status AcceptEvents(Accept* accept) = 0;
  virtual absl::Status RecordOutcome(Record* record) = 0;
  virtual WriteResult<Store::Created> CreateWebhook(Webhook webhook,
                                                    const std::optional<RequestId>& request_id) = 0;
  virtual WriteResult<Webhook> UpdateWebhook(const std::string& project, const std::string& id,
                                             const Store::WebhookEdit& edit) = 0;
  virtual WriteResult<Webhook> DeleteWebhook(const std::string& project, const std::string& id,
                                             const std::function<absl::Status(const Webhook&)>& check) = 0;
  virtual absl::Status SetFailingSince(int64_t webhook_key, std::optional<absl::Time> failing_since) = 0;
  virtual WriteResult<Project> UpdateProject(const std::string& id, const Store::ProjectEdit& edit,
                                             bool allow_missing) = 0;
  virtual WriteResult<DeletedProject> DeleteProject(const std::string& id,
                                                    const Store::ProjectCheck& check) = 0;
  virtual WriteResult<Token> CreateToken(Token token) = 0;
  virtual WriteResult<Token> DeleteToken(const std::string& id) = 0;
  virtual absl::Status SetTokenUsed(int64_t key, absl::Time time) = 0;
  virtual WriteResult<std::vector<Delivery>> RetryDeliveries(const std::string& project,
                                                             const std::vector<int64_t>& keys,
                                                             absl::Time next_attempt_time) = 0;
  virtual absl::Status WriteStats(const Store::TakeStats& take, StatsWritten* written) = 0;
};

}  // namespace hookd

#endif  // HOOKD_STORE_STORE_WRITES_H_
