// The part of FakeStore that is about what waits, what came of it, and what goes.
#include <algorithm>
#include <limits>

#include "tests/support/fake_store.h"

namespace hookd {
namespace {

constexpr int64_t kLastKey = std::numeric_limits<int64_t>::max();

}  // namespace

FakeStore::Place FakeStore::PlaceOf(const Delivery& delivery) {
  return {delivery.webhook_key, delivery.next_attempt_time.value_or(absl::InfinitePast()), delivery.key};
}

void FakeStore::SetState(Delivery& delivery, DeliveryState state,
                         std::optional<absl::Time> next_attempt_time) {
  waiting_.erase(PlaceOf(delivery));
  delivery.state = state;
  delivery.next_attempt_time = next_attempt_time;
  if (state == DeliveryState::kPending) waiting_.insert(PlaceOf(delivery));
}

void FakeStore::RecordOutcome(Outcome outcome, std::function<void(int64_t key)> done) {
  int64_t key = 0;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = deliveries_.find(outcome.delivery_key);
    const auto epoch = found == deliveries_.end() ? epochs_.end()
                                                  : epochs_.find(ShardOf(found->second.delivery.webhook_key));
    const bool refused = epoch != epochs_.end() && epoch->second != outcome.epoch;
    if (!refused) key = keys_.Take(clock_->Now(), 1);
    if (found != deliveries_.end() && !refused) {
      Delivery& delivery = found->second.delivery;
      SetState(delivery, outcome.state, outcome.next_attempt_time);
      delivery.error = std::move(outcome.error);
      if (outcome.attempt.has_value()) {
        delivery.attempt_count = outcome.attempt->number;
        delivery.response_status = outcome.attempt->response_status;
        delivery.error_class = outcome.attempt->error_class;
        delivery.attempts.push_back(*std::move(outcome.attempt));
      }
      RecordedOutcome& recorded = outcomes_[key] = {key, delivery};
      recorded.delivery.attempts.clear();
      found->second.outcomes.push_back(key);
    }
  }
  AnswerWrite([done = std::move(done), key] { done(key); });
}

void FakeStore::SetEpoch(int shard, int64_t epoch) {
  absl::MutexLock lock(&mutex_);
  epochs_[shard] = epoch;
}

void FakeStore::ReadOutcomes(OutcomeQuery query, Done<absl::StatusOr<OutcomePage>> done) {
  const auto read = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<OutcomePage> {
    if (!read_error_.ok()) return read_error_;
    OutcomePage page;
    page.last_key = query.after_key;
    int looked_at = 0;
    for (auto it = outcomes_.upper_bound(query.after_key); it != outcomes_.end(); ++it) {
      if (++looked_at > query.limit) {
        page.more = true;
        break;
      }
      page.last_key = it->first;
      const Delivery& delivery = it->second.delivery;
      if (!Matches(query, deliveries_.at(delivery.key).project, delivery)) continue;
      page.outcomes.push_back(it->second);
    }
    return page;
  };
  mutex_.Lock();
  auto page = read();
  mutex_.Unlock();
  done(std::move(page));
}

void FakeStore::RetryDeliveries(std::string project, std::vector<int64_t> keys, absl::Time next_attempt_time,
                                Done<absl::StatusOr<std::vector<Delivery>>> done) {
  const auto retry = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<std::vector<Delivery>> {
    if (!write_error_.ok()) return write_error_;
    std::vector<Delivery> changed;
    for (int64_t key : keys) {
      const auto found = deliveries_.find(key);
      if (found == deliveries_.end() || found->second.project != project) continue;
      Delivery& delivery = found->second.delivery;
      if (delivery.state == DeliveryState::kPending || !webhooks_.contains(delivery.webhook_key)) continue;
      SetState(delivery, DeliveryState::kPending, next_attempt_time);
      found->second.earlier_attempt_count = delivery.attempt_count;
      changed.push_back(delivery);
      changed.back().attempts.clear();
    }
    return changed;
  };
  mutex_.Lock();
  auto changed = retry();
  mutex_.Unlock();
  AnswerWrite([done = std::move(done), changed = std::move(changed)] { done(changed); });
}

std::vector<int64_t> FakeStore::NewKeys(int64_t webhook_key, int64_t after_key, size_t limit) const {
  std::vector<int64_t> keys;
  const auto end = waiting_.upper_bound({webhook_key, absl::InfinitePast(), kLastKey});
  for (auto it = waiting_.upper_bound({webhook_key, absl::InfinitePast(), after_key});
       it != end && keys.size() < limit; ++it) {
    keys.push_back(std::get<2>(*it));
  }
  return keys;
}

std::vector<int64_t> FakeStore::DueKeys(int64_t webhook_key, absl::Time until, size_t limit) const {
  std::vector<int64_t> keys;
  const auto end = waiting_.upper_bound({webhook_key, until, kLastKey});
  for (auto it = waiting_.upper_bound({webhook_key, absl::InfinitePast(), kLastKey});
       it != end && keys.size() < limit; ++it) {
    keys.push_back(std::get<2>(*it));
  }
  return keys;
}

void FakeStore::ReadPending(PendingQuery query, Done<absl::StatusOr<PendingPage>> done) {
  const auto read = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<PendingPage> {
    if (!read_error_.ok()) return read_error_;
    using Which = PendingQuery::Which;
    const size_t limit = query.limit;
    // One more than the page may have tells whether there is more.
    std::vector<int64_t> keys = query.which == Which::kDue
                                    ? DueKeys(query.webhook_key, query.until, limit + 1)
                                    : NewKeys(query.webhook_key, query.after_key, limit + 1);
    if (query.which == Which::kBoth) {
      // Few of an ordered webhook's deliveries wait for a time.
      for (int64_t key : DueKeys(query.webhook_key, absl::InfiniteFuture(), waiting_.size())) {
        if (key > query.after_key) keys.push_back(key);
      }
      std::sort(keys.begin(), keys.end());
    }
    if (query.which == Which::kThese) {
      keys = query.keys;
      std::erase_if(keys, [&](int64_t key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return !waiting_.contains({query.webhook_key, absl::InfinitePast(), key});
      });
    }
    PendingPage page;
    size_t bytes = 0;
    for (int64_t key : keys) {
      const size_t taken = page.deliveries.size();
      if (taken == limit || (taken > 0 && bytes >= query.max_bytes)) {
        page.more = true;
        break;
      }
      const StoredDelivery& stored = deliveries_[key];
      const StoredEvent& stored_event = events_[stored.delivery.event_key];
      const std::string& event = stored_event.event.event;
      bytes += event.size();
      page.deliveries.push_back({.key = key,
                                 .event_key = stored.delivery.event_key,
                                 .attempt_count = stored.delivery.attempt_count,
                                 .earlier_attempt_count = stored.earlier_attempt_count,
                                 .next_attempt_time = stored.delivery.next_attempt_time,
                                 .event_type = stored.delivery.event_type,
                                 .event = event,
                                 .trace = stored_event.trace});
    }
    if (query.which == Which::kDue && !page.more) {
      const auto next = waiting_.upper_bound({query.webhook_key, query.until, kLastKey});
      if (next != waiting_.end() && std::get<0>(*next) == query.webhook_key)
        page.next_due = std::get<1>(*next);
    }
    return page;
  };
  mutex_.Lock();
  auto page = read();
  mutex_.Unlock();
  done(std::move(page));
}

absl::StatusOr<std::vector<Backlog>> FakeStore::LoadBacklogs() {
  absl::MutexLock lock(&mutex_);
  if (!read_error_.ok()) return read_error_;
  std::vector<Backlog> backlogs;
  for (const auto& [webhook, due, key] : waiting_) {
    if (backlogs.empty() || backlogs.back().webhook_key != webhook) {
      backlogs.push_back({.webhook_key = webhook, .project = names_[webhook].first});
    }
    ++backlogs.back().count;
    if (due != absl::InfinitePast()) backlogs.back().next_due = std::min(backlogs.back().next_due, due);
  }
  return backlogs;
}

bool FakeStore::CanGo(const Event& event, bool delivered) {
  for (int64_t key = event.key + 1; key <= event.key + event.webhook_count; ++key) {
    const DeliveryState state = deliveries_[key].delivery.state;
    if (state == DeliveryState::kPending || (delivered && state != DeliveryState::kDelivered)) return false;
  }
  return true;
}

void FakeStore::Erase(int64_t event_key) {
  const int count = events_.at(event_key).event.webhook_count;
  for (int64_t key = event_key + 1; key <= event_key + count; ++key) {
    for (int64_t outcome : deliveries_[key].outcomes) outcomes_.erase(outcome);
    deliveries_.erase(key);
  }
  events_.erase(event_key);
}

void FakeStore::Purge(int64_t before_key, int64_t delivered_before_key, int limit,
                      Done<absl::StatusOr<Purged>> done) {
  const auto purge = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<Purged> {
    if (!write_error_.ok()) return write_error_;
    std::erase_if(stats_, [before_key](const auto& row) {
      return std::get<2>(row.first) / kHoursPerDay < HourOf(TimeOfKey(before_key)) / kHoursPerDay;
    });
    Purged purged;
    const auto end = events_.lower_bound(std::max(before_key, delivered_before_key));
    for (auto it = events_.begin(); it != end;) {
      if (purged.count == limit) {
        purged.more = true;
        break;
      }
      const Event& event = it->second.event;
      const bool old = event.key < before_key && CanGo(event, /*delivered=*/false);
      if (!old && !(event.key < delivered_before_key && CanGo(event, /*delivered=*/true))) {
        ++it;
        continue;
      }
      Erase((it++)->first);
      ++purged.count;
    }
    return purged;
  };
  mutex_.Lock();
  auto purged = purge();
  mutex_.Unlock();
  AnswerWrite([done = std::move(done), purged = std::move(purged)] { done(purged); });
}

}  // namespace hookd
