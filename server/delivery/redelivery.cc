#include "delivery/redelivery.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/tuning.h"
#include "delivery/dispatcher.h"
#include "delivery/scheduling/pending_counts.h"
#include "delivery/webhooks.h"
#include "store/store_errors.h"

namespace hookd {
namespace {

absl::Status Disabled(absl::string_view webhook_id) {
  return absl::FailedPreconditionError(
      absl::StrCat("webhook ", webhook_id, " is disabled: enable it, then try again"));
}

absl::Status Deleted(absl::string_view webhook_id) {
  return absl::FailedPreconditionError(
      absl::StrCat("webhook ", webhook_id, " of this delivery has been deleted"));
}

// The least key at or after the time. The time of a key is in whole milliseconds, so that a time between two
// of them belongs to the next.
int64_t FirstKeyFrom(absl::Time time) {
  return FirstKeyAt(absl::UnixEpoch() + absl::Ceil(time - absl::UnixEpoch(), absl::Milliseconds(1)));
}

// Restricts a condition of a filter to these alternatives; none stand for all. Returns whether a value is
// left.
template <typename T>
bool Restrict(std::vector<T>& condition, std::vector<T> alternatives) {
  if (alternatives.empty()) return true;
  if (condition.empty()) {
    condition = std::move(alternatives);
    return true;
  }
  std::erase_if(condition, [&](const T& value) { return !HasOrIsEmpty(alternatives, value); });
  return !condition.empty();
}

// What to list for a selection; nothing if no delivery can match it.
std::optional<DeliveryQuery> QueryOf(Redelivery::Selection selection) {
  DeliveryQuery query{.project = std::move(selection.project),
                      .filter = std::move(selection.filter),
                      .content = std::move(selection.content),
                      .limit = tuning::kRetrySliceSize};
  DeliveryFilter& filter = query.filter;
  std::vector<std::string> webhook_ids;
  if (!selection.webhook_id.empty()) webhook_ids.push_back(std::move(selection.webhook_id));
  if (!Restrict(filter.webhook_ids, std::move(webhook_ids)) ||
      !Restrict(filter.event_types, std::move(selection.event_types)) ||
      !Restrict(filter.states, {DeliveryState::kFailed, DeliveryState::kCanceled})) {
    return std::nullopt;
  }
  const int64_t first = FirstKeyFrom(selection.start);
  filter.min_key = std::max(filter.min_key.value_or(first), first);
  if (selection.end != absl::InfiniteFuture()) {
    const int64_t last = FirstKeyFrom(selection.end) - 1;
    filter.max_key = std::min(filter.max_key.value_or(last), last);
  }
  return query;
}

}  // namespace

void Redelivery::Retry(const std::string& project, std::vector<int64_t> keys,
                       std::function<void(absl::StatusOr<std::vector<Delivery>>)> done) {
  const auto count = static_cast<int64_t>(keys.size());
  const absl::Status counted = counts_->Add(project, count);
  if (!counted.ok()) return done(counted);
  const absl::Time now = clock_->Steady();
  store_->RetryDeliveries(
      project, std::move(keys), now,
      [this, project, count, now, done = std::move(done)](absl::StatusOr<std::vector<Delivery>> retried) {
        std::map<int64_t, int64_t> waiting;  // by webhook
        int64_t total = 0;
        if (retried.ok()) {
          total = static_cast<int64_t>(retried->size());
          for (const Delivery& delivery : *retried) ++waiting[delivery.webhook_key];
        }
        counts_->Remove(project, count - total);
        for (const auto& [webhook_key, number] : waiting) {
          dispatcher_->EnqueueRedeliveries(project, webhook_key, number, now);
        }
        done(std::move(retried));
      });
}

void Redelivery::RetryOne(const std::string& project, int64_t key,
                          std::function<void(absl::StatusOr<Delivery>)> done) {
  store_->GetDelivery(project, key, [this, key, done = std::move(done)](absl::StatusOr<Delivery> found) {
    if (!found.ok()) return done(found.status());
    const auto webhook = table_->Find(found->webhook_key);
    if (webhook == nullptr) return done(Deleted(found->webhook_id));
    if (webhook->disabled) return done(Disabled(webhook->id));
    Retry(webhook->project, {key}, [this, webhook, done](absl::StatusOr<std::vector<Delivery>> retried) {
      if (!retried.ok()) return done(retried.status());
      if (retried->empty()) {
        if (table_->Find(webhook->key) == nullptr) return done(Deleted(webhook->id));  // since it was found
        return done(absl::FailedPreconditionError("the delivery is pending already: it has yet to be sent"));
      }
      done(std::move(retried->front()));
    });
  });
}

// One RetryAll as it goes through the deliveries: it reads a page, redelivers a slice of it, and reads the
// next page. Its callbacks keep it alive. The store may call back within a call or later; a loop handles
// both, so that the stack does not grow.
class Redelivery::Walk : public std::enable_shared_from_this<Walk> {
 public:
  // `webhook` is the only one that is meant; null: all of them.
  Walk(Redelivery* redelivery, DeliveryQuery query, std::shared_ptr<const Webhook> webhook,
       bool validate_only, std::function<bool()> canceled, std::function<void(absl::StatusOr<Result>)> done)
      : redelivery_(redelivery),
        webhook_(std::move(webhook)),
        validate_only_(validate_only),
        canceled_(std::move(canceled)),
        done_(std::move(done)),
        query_(std::move(query)) {}

  // Does the next steps until one has to wait for the store.
  void Run() {
    // The caller and its callback both get here: the second to do so continues.
    do {
      pending_ = 2;
      Step();
    } while (pending_.fetch_sub(1) == 1);
  }

 private:
  // A callback of the store's has handled its answer.
  void Continue() {
    if (pending_.fetch_sub(1) == 1) Run();
  }

  void Finish(absl::StatusOr<Result> answer) { done_(std::move(answer)); }

  void Step() {
    if (finished_ || canceled_()) return Finish(result_);
    redelivery_->store_->ListDeliveries(query_,
                                        [self = shared_from_this()](absl::StatusOr<DeliveryPage> page) {
                                          if (!page.ok()) return self->Finish(page.status());
                                          self->OnPage(*page);
                                        });
  }

  void OnPage(const DeliveryPage& page) {
    if (page.examined_to.has_value()) {
      query_.filter.max_key = *page.examined_to - 1;
    } else if (page.deliveries.size() < static_cast<size_t>(query_.limit)) {
      finished_ = true;
    } else {
      query_.filter.max_key = page.deliveries.back().key - 1;
    }
    std::vector<int64_t> keys;
    for (const Delivery& delivery : page.deliveries) {
      if (webhook_ != nullptr) {
        // An earlier webhook may have had the same id.
        if (delivery.webhook_key == webhook_->key) keys.push_back(delivery.key);
        continue;
      }
      const auto webhook = redelivery_->table_->Find(delivery.webhook_key);
      if (webhook != nullptr && !webhook->disabled) {
        keys.push_back(delivery.key);
      } else {
        ++result_.skipped;
      }
    }
    if (validate_only_) result_.redelivered += static_cast<int64_t>(keys.size());
    if (validate_only_ || keys.empty()) return Continue();
    redelivery_->Retry(query_.project, std::move(keys),
                       [self = shared_from_this()](absl::StatusOr<std::vector<Delivery>> retried) {
                         if (!retried.ok()) return self->Finish(retried.status());
                         self->result_.redelivered += static_cast<int64_t>(retried->size());
                         self->Continue();
                       });
  }

  Redelivery* const redelivery_;
  const std::shared_ptr<const Webhook> webhook_;
  const bool validate_only_;
  const std::function<bool()> canceled_;
  const std::function<void(absl::StatusOr<Result>)> done_;
  DeliveryQuery query_;
  bool finished_ = false;  // the last page has been read
  Result result_;
  std::atomic<int> pending_ = 0;
};

void Redelivery::RetryAll(Selection selection, bool validate_only, std::function<bool()> canceled,
                          std::function<void(absl::StatusOr<Result>)> done) {
  std::shared_ptr<const Webhook> webhook;
  if (!selection.webhook_id.empty()) {
    webhook = table_->Find(selection.project, selection.webhook_id);
    if (webhook == nullptr) return done(WebhookNotFound(selection.project, selection.webhook_id));
    if (webhook->disabled) return done(Disabled(webhook->id));
  }
  std::optional<DeliveryQuery> query = QueryOf(std::move(selection));
  if (!query.has_value()) return done(Result());
  std::make_shared<Walk>(this, *std::move(query), std::move(webhook), validate_only, std::move(canceled),
                         std::move(done))
      ->Run();
}

}  // namespace hookd
