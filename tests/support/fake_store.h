// A Store in memory. It passes the conformance suite; beyond it, tests can hold its commits back and make it
// fail.
//
// Thread-safe. `done`s are called from within the call, or by ReleaseCommits, on the caller's thread.
#ifndef HOOKD_TESTS_SUPPORT_FAKE_STORE_H_
#define HOOKD_TESTS_SUPPORT_FAKE_STORE_H_

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/limits.h"
#include "store/project_purge.h"
#include "store/search/content.h"
#include "store/stats/stats_rows.h"
#include "store/store.h"

namespace hookd {

class FakeStore : public Store, public BackupSource {
 public:
  explicit FakeStore(Clock* clock) : clock_(clock) {}

  // From now on writes are done, but not answered, until they are released.
  void HoldCommits();
  void ReleaseCommits();

  // Waits until a write is held back.
  void WaitForHeldCommit();

  // Every write but those that are never refused, or every read, gets this error until it is set to OK.
  void FailWrites(absl::Status status);
  void FailReads(absl::Status status);

  // From now on pages of lists look at no more deliveries than that.
  void LookAtMost(int deliveries) { look_at_ = deliveries; }

  // How it reads the content of events from now on; by default they have none.
  void SetContentReader(search::ContentReader read_content) { read_content_ = std::move(read_content); }

  // The cluster it says it has from now on; null for none.
  void SetCluster(Cluster* cluster) { cluster_ = cluster; }
  Cluster* cluster() override { return cluster_; }

  // From now on outcomes of the shard are refused that have another epoch.
  void SetEpoch(int shard, int64_t epoch);

  // What it says of the time when it was opened, from now on.
  void SetOpenedAtLeast(absl::Time time) { opened_at_least_ = time; }
  absl::Time opened_at_least() const override { return opened_at_least_; }

  // Every hour of statistics that it has now is damaged.
  void DamageStats();

  // How many rows of statistics were written.
  int64_t stats_rows_written() const;

  // How many records of all kinds there are: what a refused call must not change.
  size_t size() const;

  void CreateWebhook(Webhook webhook, std::optional<RequestId> request_id,
                     Done<absl::StatusOr<Created>> done) override;
  void UpdateWebhook(std::string project, std::string id, WebhookEdit edit,
                     Done<absl::StatusOr<Webhook>> done) override;
  void DeleteWebhook(std::string project, std::string id, std::function<absl::Status(const Webhook&)> check,
                     Done<absl::StatusOr<Webhook>> done) override;
  void SetFailingSince(int64_t webhook_key, std::optional<absl::Time> failing_since) override;
  absl::StatusOr<std::vector<Webhook>> LoadWebhooks() override;
  void GetProject(std::string id, Done<absl::StatusOr<Project>> done) override;
  void ListProjects(ProjectQuery query, Done<absl::StatusOr<std::vector<Project>>> done) override;
  void UpdateProject(std::string id, ProjectEdit edit, bool allow_missing,
                     Done<absl::StatusOr<Project>> done) override;
  void DeleteProject(std::string id, ProjectCheck check, Done<absl::StatusOr<DeletedProject>> done) override;
  void PurgeProjects(int limit, Done<absl::StatusOr<Purged>> done) override;
  void CreateToken(Token token, Done<absl::StatusOr<Token>> done) override;
  void DeleteToken(std::string id, Done<absl::StatusOr<Token>> done) override;
  void SetTokenUsed(int64_t key, absl::Time time) override;
  absl::StatusOr<std::vector<Token>> LoadTokens() override;
  void AcceptEvents(std::string project, std::vector<NewEvent> events, std::optional<RequestId> request_id,
                    Done<absl::StatusOr<Accepted>> done) override;
  void FindAccepted(std::string project, RequestId request_id, Done<absl::StatusOr<Accepted>> done) override;
  void GetEvent(std::string project, int64_t key, Done<absl::StatusOr<Event>> done) override;
  void ReadEventLog(EventLogQuery query, Done<absl::StatusOr<EventLogPage>> done) override;
  void ListEvents(EventQuery query, Done<absl::StatusOr<EventPage>> done) override;
  void RecordOutcome(Outcome outcome, std::function<void(int64_t key)> done) override;
  void ReadOutcomes(OutcomeQuery query, Done<absl::StatusOr<OutcomePage>> done) override;
  void RetryDeliveries(std::string project, std::vector<int64_t> keys, absl::Time next_attempt_time,
                       Done<absl::StatusOr<std::vector<Delivery>>> done) override;
  void GetDelivery(std::string project, int64_t key, Done<absl::StatusOr<Delivery>> done) override;
  void ListDeliveries(DeliveryQuery query, Done<absl::StatusOr<DeliveryPage>> done) override;
  void ReadPending(PendingQuery query, Done<absl::StatusOr<PendingPage>> done) override;
  absl::StatusOr<std::vector<Backlog>> LoadBacklogs() override;
  void RecordHealth(std::vector<WebhookHealth> health, std::vector<int64_t> deleted,
                    Done<absl::Status> done) override;
  void ReadHealth(std::vector<int64_t> webhook_keys, bool with_errors,
                  Done<absl::StatusOr<std::vector<WebhookHealth>>> done) override;
  void FindOldestPending(std::vector<int64_t> webhook_keys,
                         Done<absl::StatusOr<std::vector<int64_t>>> done) override;
  absl::StatusOr<std::vector<WebhookHealth>> LoadHealth() override;
  // The keys of the webhooks whose health was recorded, a write each.
  std::vector<std::vector<int64_t>> health_writes() const;
  void Purge(int64_t before_key, int64_t delivered_before_key, int limit,
             Done<absl::StatusOr<Purged>> done) override;
  // It searches without an index.
  void IndexEvents(Done<absl::StatusOr<bool>> done) override { done(false); }
  void WriteStats(TakeStats take, Done<absl::StatusOr<StatsWritten>> done) override;
  void ReadStats(StatsQuery query, Done<absl::StatusOr<StatsPage>> done) override;
  void ReadStatsLogs(Done<absl::StatusOr<std::vector<StatsLog>>> done) override;
  void ReadStatsRecords(StatsRecordsQuery query, Done<absl::StatusOr<StatsRecords>> done) override;
  void Ping(std::function<void()> done) override;
  // The bytes that SetBytes was given, or the error of FailReads.
  void MeasureBytes(Done<absl::StatusOr<int64_t>> done) override;
  void SetBytes(int64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  // Those that are held back.
  size_t waiting_writes() const override;
  // Gives the pieces that SetBackup was given; after the last, the error of FailReads.
  absl::Status Backup(const BackupSink& sink) override;
  BackupSource* backup() override { return this; }
  void SetBackup(std::vector<std::string> pieces);

 private:
  struct StoredEvent {
    std::string project;
    Event event;
    std::shared_ptr<const TraceContext> trace;
  };
  struct StoredDelivery {
    std::string project;
    Delivery delivery;
    int earlier_attempt_count = 0;
    std::vector<int64_t> outcomes;  // keys
  };
  // Its place among those that wait: webhook, next_attempt_time (InfinitePast for none), key.
  using Place = std::tuple<int64_t, absl::Time, int64_t>;
  struct Answer {
    std::string fingerprint;
    Webhook webhook;
    std::vector<AcceptedEvent> events;
  };

  class DeletedProjects;

  // The project of that id, which is created if it is new.
  Project& MakeProject(const std::string& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Deletes an event with its deliveries and their outcomes.
  void Erase(int64_t event_key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The answer to an earlier call of that id; an error if its content differed.
  absl::StatusOr<const Answer*> FindAnswer(const std::string& project,
                                           const std::optional<RequestId>& request_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Webhook* FindWebhook(const std::string& project, const std::string& id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Of statistics.
  void WriteBatch(const StatsBatch& batch, StatsWritten& written) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BeginStatsLog(StatsWritten& written) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The key of the project that has the id; 0 if there is none.
  int64_t ProjectKeyNow(const std::string& id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool KnowsOwner(const StatsOwner& owner) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  static Place PlaceOf(const Delivery& delivery);
  // Changes a delivery's state, and its place among those that wait.
  void SetState(Delivery& delivery, DeliveryState state, std::optional<absl::Time> next_attempt_time)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Those of a webhook that wait for their first attempt, keys above `after_key`; or for a time, by it.
  // `limit` of them at most.
  std::vector<int64_t> NewKeys(int64_t webhook_key, int64_t after_key, size_t limit) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<int64_t> DueKeys(int64_t webhook_key, absl::Time until, size_t limit) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether an event was sent to a webhook of one of the ids; true if there are none.
  bool IsSentTo(const Event& event, const std::vector<std::string>& webhook_ids)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether all its deliveries are `delivered` or, if false, whether none of them is pending.
  bool CanGo(const Event& event, bool delivered) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Calls `answer` now, or when commits are released.
  void AnswerWrite(std::function<void()> answer) ABSL_LOCKS_EXCLUDED(mutex_);

  Clock* const clock_;
  int look_at_ = limits::kMaxDeliveriesExamined;
  search::ContentReader read_content_ = [](absl::string_view, search::ContentSink) {};
  Cluster* cluster_ = nullptr;
  absl::Time opened_at_least_ = absl::InfinitePast();
  mutable absl::Mutex mutex_;
  KeyGenerator keys_ ABSL_GUARDED_BY(mutex_){0};
  std::map<int, int64_t> epochs_ ABSL_GUARDED_BY(mutex_);            // of the shards that have any
  std::map<std::string, Project> projects_ ABSL_GUARDED_BY(mutex_);  // of deleted ones, the id is ~key
  std::map<int64_t, absl::Time> deleted_ ABSL_GUARDED_BY(mutex_);    // when they were, by key
  int64_t last_project_ ABSL_GUARDED_BY(mutex_) = 0;
  ProjectPurge project_purge_ ABSL_GUARDED_BY(mutex_);
  std::map<int64_t, WebhookHealth> health_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::vector<int64_t>> health_writes_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Token> tokens_ ABSL_GUARDED_BY(mutex_);
  std::map<int64_t, Webhook> webhooks_ ABSL_GUARDED_BY(mutex_);
  std::map<int64_t, std::pair<std::string, std::string>> names_
      ABSL_GUARDED_BY(mutex_);  // also of deleted ones
  std::map<int64_t, StoredEvent> events_ ABSL_GUARDED_BY(mutex_);
  std::map<int64_t, StoredDelivery> deliveries_ ABSL_GUARDED_BY(mutex_);
  std::set<Place> waiting_ ABSL_GUARDED_BY(mutex_);
  std::map<int64_t, RecordedOutcome> outcomes_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, Answer> answers_ ABSL_GUARDED_BY(mutex_);
  // Statistics, by webhook, project and hour; logs by id.
  std::map<std::tuple<int64_t, std::string, int64_t>, StoredStats> stats_ ABSL_GUARDED_BY(mutex_);
  std::map<int64_t, StatsLog> stats_logs_ ABSL_GUARDED_BY(mutex_);
  std::vector<StatsGap> stats_gaps_ ABSL_GUARDED_BY(mutex_);
  int64_t last_stats_log_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t stats_rows_written_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status write_error_ ABSL_GUARDED_BY(mutex_);
  absl::Status read_error_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> backup_ ABSL_GUARDED_BY(mutex_);
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 1;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<std::function<void()>> held_answers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_FAKE_STORE_H_
