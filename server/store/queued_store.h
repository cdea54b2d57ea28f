// A store whose writes go through a commit queue: what all engines share. An engine derives from it, gives it
// its StoreWrites, and adds its reads.
//
// Thread-safe, as every Store.
#ifndef HOOKD_STORE_QUEUED_STORE_H_
#define HOOKD_STORE_QUEUED_STORE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/commit/commit_queue.h"
#include "store/store.h"
#include "store/store_writes.h"

namespace hookd {

class QueuedStore : public Store {
 public:
  void CreateWebhook(Webhook webhook, std::optional<RequestId> request_id,
                     Done<absl::StatusOr<Created>> done) final;
  void UpdateWebhook(std::string project, std::string id, WebhookEdit edit,
                     Done<absl::StatusOr<Webhook>> done) final;
  void DeleteWebhook(std::string project, std::string id, std::function<absl::Status(const Webhook&)> check,
                     Done<absl::StatusOr<Webhook>> done) final;
  void SetFailingSince(int64_t webhook_key, std::optional<absl::Time> failing_since) final;
  void UpdateProject(std::string id, ProjectEdit edit, bool allow_missing,
                     Done<absl::StatusOr<Project>> done) final;
  void DeleteProject(std::string id, ProjectCheck check, Done<absl::StatusOr<DeletedProject>> done) final;
  void CreateToken(Token token, Done<absl::StatusOr<Token>> done) final;
  void DeleteToken(std::string id, Done<absl::StatusOr<Token>> done) final;
  void SetTokenUsed(int64_t key, absl::Time time) final;
  void AcceptEvents(std::string project, std::vector<NewEvent> events, std::optional<RequestId> request_id,
                    Done<absl::StatusOr<Accepted>> done) final;
  void RecordOutcome(Outcome outcome, std::function<void(int64_t key)> done) final;
  void RetryDeliveries(std::string project, std::vector<int64_t> keys, absl::Time next_attempt_time,
                       Done<absl::StatusOr<std::vector<Delivery>>> done) final;
  void RecordHealth(std::vector<WebhookHealth> health, std::vector<int64_t> deleted,
                    Done<absl::Status> done) final;
  void WriteStats(TakeStats take, Done<absl::StatusOr<StatsWritten>> done) final;
  void Ping(std::function<void()> done) final;
  size_t waiting_writes() const final { return commits_->waiting(); }

 protected:
  // What a write holds in memory in addition to its contents, roughly.
  static constexpr size_t kWriteOverhead = 256;

  // Starts the queue, before any write. `writes` must live until StopWrites returns.
  void StartWrites(StoreWrites* writes, size_t max_uncommitted_bytes,
                   std::function<void(const CommitQueue::Commit&)> on_commit);

  // Does the writes that are pending, and ends the queue, if it was started. An engine's destructor calls it,
  // while what the writes and their answers use is still there.
  void StopWrites();

  // Calls `done` on a thread that reads, once one is free.
  virtual void PingReaders(std::function<void()> done) = 0;

  // For the engine's own writes, while the queue runs.
  CommitQueue& commits() { return *commits_; }

 private:
  StoreWrites* writes_ = nullptr;
  std::unique_ptr<CommitQueue> commits_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_QUEUED_STORE_H_
