#include "store/queued_store.h"

#include <utility>

namespace hookd {

void QueuedStore::StartWrites(StoreWrites* writes, size_t max_uncommitted_bytes,
                              std::function<void(const CommitQueue::Commit&)> on_commit) {
  writes_ = writes;
  commits_ = std::make_unique<CommitQueue>(
      CommitQueue::Engine{.begin = [writes] { return writes->Begin(); },
                          .commit = [writes] { return writes->Commit(); },
                          .rollback = [writes] { writes->Rollback(); },
                          .try_write = [writes] { return writes->TryWrite(); },
                          .after_commit = [writes](bool idle) { writes->AfterCommit(idle); }},
      max_uncommitted_bytes, std::move(on_commit));
}

void QueuedStore::StopWrites() {
  if (commits_ != nullptr) commits_->Close();
}

void QueuedStore::CreateWebhook(Webhook webhook, std::optional<RequestId> request_id,
                                Done<absl::StatusOr<Created>> done) {
  const size_t bytes = kWriteOverhead + webhook.url.size();
  commits_->PushResult<Created>(
      bytes,
      [this, webhook = std::move(webhook), request_id = std::move(request_id)] {
        return writes_->CreateWebhook(webhook, request_id);
      },
      std::move(done));
}

void QueuedStore::UpdateWebhook(std::string project, std::string id, WebhookEdit edit,
                                Done<absl::StatusOr<Webhook>> done) {
  commits_->PushResult<Webhook>(
      kWriteOverhead,
      [this, project = std::move(project), id = std::move(id), edit = std::move(edit)] {
        return writes_->UpdateWebhook(project, id, edit);
      },
      std::move(done));
}

void QueuedStore::DeleteWebhook(std::string project, std::string id,
                                std::function<absl::Status(const Webhook&)> check,
                                Done<absl::StatusOr<Webhook>> done) {
  commits_->PushResult<Webhook>(
      kWriteOverhead,
      [this, project = std::move(project), id = std::move(id), check = std::move(check)] {
        return writes_->DeleteWebhook(project, id, check);
      },
      std::move(done));
}

void QueuedStore::SetFailingSince(int64_t webhook_key, std::optional<absl::Time> failing_since) {
  commits_->Push({.apply = [this, webhook_key,
                            failing_since] { return writes_->SetFailingSince(webhook_key, failing_since); },
                  .answer = [](const absl::Status&, CommitBatch&) {},
                  .bytes = kWriteOverhead});
}

void QueuedStore::UpdateProject(std::string id, ProjectEdit edit, bool allow_missing,
                                Done<absl::StatusOr<Project>> done) {
  commits_->PushResult<Project>(
      kWriteOverhead,
      [this, id = std::move(id), edit = std::move(edit), allow_missing] {
        return writes_->UpdateProject(id, edit, allow_missing);
      },
      std::move(done));
}

void QueuedStore::DeleteProject(std::string id, ProjectCheck check,
                                Done<absl::StatusOr<DeletedProject>> done) {
  commits_->PushResult<DeletedProject>(
      kWriteOverhead,
      [this, id = std::move(id), check = std::move(check)] { return writes_->DeleteProject(id, check); },
      std::move(done));
}

void QueuedStore::CreateToken(Token token, Done<absl::StatusOr<Token>> done) {
  commits_->PushResult<Token>(
      kWriteOverhead, [this, token = std::move(token)] { return writes_->CreateToken(token); },
      std::move(done));
}

void QueuedStore::DeleteToken(std::string id, Done<absl::StatusOr<Token>> done) {
  commits_->PushResult<Token>(
      kWriteOverhead, [this, id = std::move(id)] { return writes_->DeleteToken(id); }, std::move(done));
}

void QueuedStore::SetTokenUsed(int64_t key, absl::Time time) {
  commits_->Push({.apply = [this, key, time] { return writes_->SetTokenUsed(key, time); },
                  .answer = [](const absl::Status&, CommitBatch&) {},
                  .bytes = kWriteOverhead});
}

void QueuedStore::AcceptEvents(std::string project, std::vector<NewEvent> events,
                               std::optional<RequestId> request_id, Done<absl::StatusOr<Accepted>> done) {
  const size_t bytes = kWriteOverhead + BytesOf(events);
  auto accept = std::make_shared<StoreWrites::Accept>();
  accept->project = std::move(project);
  accept->events = std::move(events);
  accept->request_id = std::move(request_id);
  commits_->Push({.apply = [this, accept] { return writes_->AcceptEvents(accept.get()); },
                  .answer =
                      [done = std::move(done), accept](const absl::Status& committed, CommitBatch& batch) {
                        if (!committed.ok()) return done(committed);
                        if (accept->answer.ok()) accept->answer->batch = &batch;
                        done(std::move(accept->answer));
                      },
                  .bytes = bytes});
}

void QueuedStore::RecordOutcome(Outcome outcome, std::function<void(int64_t key)> done) {
  const size_t bytes =
      kWriteOverhead + (outcome.attempt.has_value() ? outcome.attempt->response_body.size() : 0);
  const bool urgent = outcome.urgent;
  auto record = std::make_shared<StoreWrites::Record>();
  record->outcome = std::move(outcome);
  commits_->Push(
      {.apply = [this, record] { return writes_->RecordOutcome(record.get()); },
       .answer = [done = std::move(done), record](const absl::Status& committed,
                                                  CommitBatch&) { done(committed.ok() ? record->key : 0); },
       .bytes = bytes,
       .repeated = true,
       .delivery_key = record->outcome.delivery_key,
       .urgent = urgent});
}

void QueuedStore::RetryDeliveries(std::string project, std::vector<int64_t> keys,
                                  absl::Time next_attempt_time,
                                  Done<absl::StatusOr<std::vector<Delivery>>> done) {
  const size_t bytes = kWriteOverhead + keys.size() * sizeof(int64_t);
  commits_->PushResult<std::vector<Delivery>>(
      bytes,
      [this, project = std::move(project), keys = std::move(keys), next_attempt_time] {
        return writes_->RetryDeliveries(project, keys, next_attempt_time);
      },
      std::move(done));
}

void QueuedStore::WriteStats(TakeStats take, Done<absl::StatusOr<StatsWritten>> done) {
  auto written = std::make_shared<StatsWritten>();
  commits_->Push(
      {.apply = [this, take = std::move(take), written] { return writes_->WriteStats(take, written.get()); },
       .answer =
           [done = std::move(done), written](const absl::Status& committed, CommitBatch&) {
             if (!committed.ok()) return done(committed);
             done(std::move(*written));
           },
       .bytes = kWriteOverhead,
       .urgent = false});
}

void QueuedStore::Ping(std::function<void()> done) {
  commits_->Ping([this, done = std::move(done)] { PingReaders(done); });
}

}  // namespace hookd
