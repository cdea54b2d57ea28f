// A Store's methods as calls that wait for their answer: for tests. Thread-safe; does not own the store.
#ifndef HOOKD_TESTS_UNIT_STORE_BLOCKING_STORE_H_
#define HOOKD_TESTS_UNIT_STORE_BLOCKING_STORE_H_

#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"

namespace hookd {

class BlockingStore {
 public:
  explicit BlockingStore(Store* store) : store_(store) {}

  absl::StatusOr<Store::Created> CreateWebhook(Webhook webhook,
                                               std::optional<RequestId> request_id = std::nullopt) {
    return Wait<absl::StatusOr<Store::Created>>(
        [&](auto done) { store_->CreateWebhook(webhook, request_id, done); });
  }
  absl::StatusOr<Webhook> UpdateWebhook(std::string project, std::string id, Store::WebhookEdit edit) {
    return Wait<absl::StatusOr<Webhook>>([&](auto done) { store_->UpdateWebhook(project, id, edit, done); });
  }
  absl::StatusOr<Webhook> DeleteWebhook(
      std::string project, std::string id,
      std::function<absl::Status(const Webhook&)> check = [](const Webhook&) { return absl::OkStatus(); }) {
    return Wait<absl::StatusOr<Webhook>>([&](auto done) { store_->DeleteWebhook(project, id, check, done); });
  }
  absl::StatusOr<Project> GetProject(std::string id) {
    return Wait<absl::StatusOr<Project>>([&](auto done) { store_->GetProject(id, done); });
  }
  absl::StatusOr<std::vector<Project>> ListProjects(ProjectQuery query) {
    return Wait<absl::StatusOr<std::vector<Project>>>([&](auto done) { store_->ListProjects(query, done); });
  }
  absl::StatusOr<Project> UpdateProject(std::string id, Store::ProjectEdit edit, bool allow_missing = false) {
    return Wait<absl::StatusOr<Project>>(
        [&](auto done) { store_->UpdateProject(id, edit, allow_missing, done); });
  }
  absl::StatusOr<DeletedProject> DeleteProject(
      std::string id, Store::ProjectCheck check = [](const Project&, int64_t) { return absl::OkStatus(); }) {
    return Wait<absl::StatusOr<DeletedProject>>([&](auto done) { store_->DeleteProject(id, check, done); });
  }
  absl::StatusOr<Purged> PurgeProjects(int limit) {
    return Wait<absl::StatusOr<Purged>>([&](auto done) { store_->PurgeProjects(limit, done); });
  }
  absl::StatusOr<Store::Accepted> AcceptEvents(std::string project, std::vector<NewEvent> events,
                                               std::optional<RequestId> request_id = std::nullopt) {
    return Wait<absl::StatusOr<Store::Accepted>>(
        [&](auto done) { store_->AcceptEvents(project, events, request_id, done); });
  }
  absl::StatusOr<Store::Accepted> FindAccepted(std::string project, RequestId request_id) {
    return Wait<absl::StatusOr<Store::Accepted>>(
        [&](auto done) { store_->FindAccepted(project, request_id, done); });
  }
  absl::StatusOr<Event> GetEvent(std::string project, int64_t key) {
    return Wait<absl::StatusOr<Event>>([&](auto done) { store_->GetEvent(project, key, done); });
  }
  absl::StatusOr<EventLogPage> ReadEventLog(EventLogQuery query) {
    return Wait<absl::StatusOr<EventLogPage>>([&](auto done) { store_->ReadEventLog(query, done); });
  }
  absl::StatusOr<EventPage> ListEvents(EventQuery query) {
    return Wait<absl::StatusOr<EventPage>>([&](auto done) { store_->ListEvents(query, done); });
  }
  absl::StatusOr<bool> IndexEvents() {
    return Wait<absl::StatusOr<bool>>([&](auto done) { store_->IndexEvents(done); });
  }
  int64_t RecordOutcome(Outcome outcome) {
    return Wait<int64_t>([&](auto done) { store_->RecordOutcome(outcome, done); });
  }
  absl::StatusOr<OutcomePage> ReadOutcomes(OutcomeQuery query) {
    return Wait<absl::StatusOr<OutcomePage>>([&](auto done) { store_->ReadOutcomes(query, done); });
  }
  absl::StatusOr<std::vector<Delivery>> RetryDeliveries(std::string project, std::vector<int64_t> keys,
                                                        absl::Time next_attempt_time) {
    return Wait<absl::StatusOr<std::vector<Delivery>>>(
        [&](auto done) { store_->RetryDeliveries(project, keys, next_attempt_time, done); });
  }
  absl::StatusOr<int64_t> MeasureBytes() {
    return Wait<absl::StatusOr<int64_t>>([&](auto done) { store_->MeasureBytes(done); });
  }
  absl::StatusOr<Delivery> GetDelivery(std::string project, int64_t key) {
    return Wait<absl::StatusOr<Delivery>>([&](auto done) { store_->GetDelivery(project, key, done); });
  }
  absl::StatusOr<DeliveryPage> ListPage(DeliveryQuery query) {
    return Wait<absl::StatusOr<DeliveryPage>>([&](auto done) { store_->ListDeliveries(query, done); });
  }
  absl::StatusOr<std::vector<Delivery>> ListDeliveries(DeliveryQuery query) {
    absl::StatusOr<DeliveryPage> page = ListPage(query);
    if (!page.ok()) return page.status();
    return std::move(page->deliveries);
  }
  absl::StatusOr<PendingPage> ReadPending(PendingQuery query) {
    return Wait<absl::StatusOr<PendingPage>>([&](auto done) { store_->ReadPending(query, done); });
  }
  absl::Status RecordHealth(std::vector<WebhookHealth> health, std::vector<int64_t> deleted = {}) {
    return Wait<absl::Status>([&](auto done) { store_->RecordHealth(health, deleted, done); });
  }
  absl::StatusOr<std::vector<WebhookHealth>> ReadHealth(std::vector<int64_t> keys, bool with_errors = true) {
    return Wait<absl::StatusOr<std::vector<WebhookHealth>>>(
        [&](auto done) { store_->ReadHealth(keys, with_errors, done); });
  }
  absl::StatusOr<std::vector<int64_t>> FindOldestPending(std::vector<int64_t> keys) {
    return Wait<absl::StatusOr<std::vector<int64_t>>>(
        [&](auto done) { store_->FindOldestPending(keys, done); });
  }
  absl::StatusOr<Purged> Purge(int64_t before_key, int64_t delivered_before_key, int limit) {
    return Wait<absl::StatusOr<Purged>>(
        [&](auto done) { store_->Purge(before_key, delivered_before_key, limit, done); });
  }
  absl::StatusOr<StatsWritten> WriteStats(Store::TakeStats take) {
    return Wait<absl::StatusOr<StatsWritten>>([&](auto done) { store_->WriteStats(take, done); });
  }
  absl::StatusOr<StatsPage> ReadStats(StatsQuery query) {
    return Wait<absl::StatusOr<StatsPage>>([&](auto done) { store_->ReadStats(query, done); });
  }
  absl::StatusOr<std::vector<StatsLog>> ReadStatsLogs() {
    return Wait<absl::StatusOr<std::vector<StatsLog>>>([&](auto done) { store_->ReadStatsLogs(done); });
  }
  absl::StatusOr<StatsRecords> ReadStatsRecords(StatsRecordsQuery query) {
    return Wait<absl::StatusOr<StatsRecords>>([&](auto done) { store_->ReadStatsRecords(query, done); });
  }

 private:
  template <typename T, typename Call>
  T Wait(Call call) {
    auto promise = std::make_shared<std::promise<T>>();
    auto answer = promise->get_future();
    call([promise](T value) { promise->set_value(std::move(value)); });
    return answer.get();
  }

  Store* const store_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_STORE_BLOCKING_STORE_H_
