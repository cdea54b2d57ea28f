#include "delivery/webhook_listing.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/status.h"
#include "base/tuning.h"
#include "store/store_errors.h"

namespace hookd {
namespace {

bool MatchesWebhook(const WebhookQuery& query, const Webhook& webhook) {
  if (query.event_types.any() && (query.event_types & webhook.event_types).none()) return false;
  return query.enabled.value_or(!webhook.disabled) != webhook.disabled;
}

bool MatchesHealth(const WebhookQuery& query, const WebhookHealth& health) {
  return (query.states.none() || query.states[static_cast<size_t>(StateOf(health))]) &&
         (query.circuits.none() || query.circuits[static_cast<size_t>(CircuitOf(health, query.now))]);
}

void SetTime(std::optional<absl::Time> time, WebhookPosition& position) {
  position.has_value = time.has_value();
  position.number = time.has_value() ? absl::ToUnixMicros(*time) : 0;
}

WebhookPosition PositionOf(const WebhookQuery& query, const Webhook& webhook, const WebhookHealth& health) {
  WebhookPosition position{.has_value = true, .id = webhook.id};
  if (query.all_projects) position.project = webhook.project;
  switch (query.order) {
    case WebhookOrder::kId:
      break;
    case WebhookOrder::kDisplayName:
      position.has_value = !webhook.display_name.empty();
      position.text = webhook.display_name;
      break;
    case WebhookOrder::kCreateTime:
      SetTime(webhook.create_time, position);
      break;
    case WebhookOrder::kLastFailureTime:
      SetTime(health.last_failure_time, position);
      break;
    case WebhookOrder::kFailingSince:
      SetTime(health.failing_since, position);
      break;
    case WebhookOrder::kConsecutiveFailures:
      position.number = health.consecutive_failures;
      break;
    case WebhookOrder::kPendingDeliveries:
      position.number = health.pending;
      break;
  }
  return position;
}

// Whether `a` comes before `b`.
bool IsBefore(const WebhookQuery& query, const WebhookPosition& a, const WebhookPosition& b) {
  if (a.has_value != b.has_value) return a.has_value;
  const auto value = [](const WebhookPosition& position) { return std::tie(position.number, position.text); };
  if (value(a) != value(b)) return query.descending ? value(b) < value(a) : value(a) < value(b);
  // Of the order kId, it is the value itself.
  const bool reversed = query.order == WebhookOrder::kId && query.descending;
  const auto name = [](const WebhookPosition& position) { return std::tie(position.project, position.id); };
  return reversed ? name(b) < name(a) : name(a) < name(b);
}

}  // namespace

HealthState StateOf(const WebhookHealth& health) {
  if (health.consecutive_failures > 0) return HealthState::kFailing;
  return health.last_success_time.has_value() ? HealthState::kHealthy : HealthState::kUnknown;
}

CircuitState CircuitOf(const WebhookHealth& health, absl::Time now) {
  if (!health.circuit_ready.has_value()) return CircuitState::kUnknown;
  const absl::Time ready = *health.circuit_ready;
  if (ready == absl::InfinitePast()) return CircuitState::kClosed;
  // The pause has passed: the next attempt is the probe, if it is not in flight.
  if (ready == absl::InfiniteFuture() || ready <= now) return CircuitState::kHalfOpen;
  return CircuitState::kOpen;
}

// A call of List. Examines the webhooks by id, a slice at a time, and keeps the first of those that match.
// Each step follows from the end of the one before, so that one thread at a time uses it.
class WebhookListing::Call : public std::enable_shared_from_this<Call> {
 public:
  Call(const WebhookListing* listing, WebhookQuery query, Done<absl::StatusOr<Page>> done)
      : listing_(*listing), query_(std::move(query)), done_(std::move(done)) {
    if (!InOrderOfExamination() || !query_.after.has_value()) return;
    examined_to_ = {.has_value = true, .id = query_.after->id, .project = query_.after->project};
  }

  void ExamineNext() {
    std::vector<std::shared_ptr<const Webhook>> slice =
        query_.all_projects
            ? listing_.table_->ListAll(examined_to_.project, examined_to_.id, tuning::kWebhooksPerSlice)
            : listing_.table_->List(query_.project, examined_to_.id, tuning::kWebhooksPerSlice);
    if (slice.empty()) return Finish(/*all_examined=*/true);
    examined_ += static_cast<int>(slice.size());
    examined_to_.id = slice.back()->id;
    if (query_.all_projects) examined_to_.project = slice.back()->project;
    std::erase_if(slice, [this](const auto& webhook) { return !MatchesWebhook(query_, *webhook); });
    if (!query_.needs_health()) {
      const std::vector<WebhookHealth> none(slice.size());
      return Take(slice, none);
    }
    std::vector<int64_t> keys;
    keys.reserve(slice.size());
    for (const auto& webhook : slice) keys.push_back(webhook->key);
    listing_.health_->Read(std::move(keys), /*with_errors=*/false,
                           [self = shared_from_this(), slice = std::move(slice)](
                               const absl::StatusOr<std::vector<WebhookHealth>>& health) {
                             if (!health.ok()) return self->done_(health.status());
                             self->Take(slice, *health);
                           });
  }

 private:
  struct Match {
    std::shared_ptr<const Webhook> webhook;
    WebhookPosition position;
  };

  // Whether the webhooks are examined in the order of the query, so that the first matches are the page.
  bool InOrderOfExamination() const { return query_.order == WebhookOrder::kId && !query_.descending; }
  // One more than the page shows that there is another page.
  size_t wanted() const { return static_cast<size_t>(query_.limit) + 1; }

  void Take(const std::vector<std::shared_ptr<const Webhook>>& slice,
            const std::vector<WebhookHealth>& health) {
    for (size_t i = 0; i < slice.size(); ++i) {
      if (MatchesHealth(query_, health[i])) Add(slice[i], PositionOf(query_, *slice[i], health[i]));
    }
    if (InOrderOfExamination()) {
      if (matches_.size() >= wanted()) return Finish(/*all_examined=*/true);
      if (examined_ >= limits::kMaxWebhooksExamined) return Finish(/*all_examined=*/false);
    } else if (examined_ > limits::kMaxWebhooksOrdered) {
      return done_(FieldError("order_by", absl::StrCat("must be empty: there are more than ",
                                                       limits::kMaxWebhooksOrdered, " webhooks")));
    }
    ExamineNext();
  }

  void Add(const std::shared_ptr<const Webhook>& webhook, WebhookPosition position) {
    if (query_.after.has_value() && !IsBefore(query_, *query_.after, position)) return;
    const auto is_before = [this](const Match& a, const Match& b) {
      return IsBefore(query_, a.position, b.position);
    };
    // A heap: the last one of those that are kept is in front.
    if (matches_.size() == wanted()) {
      if (!IsBefore(query_, position, matches_.front().position)) return;
      std::pop_heap(matches_.begin(), matches_.end(), is_before);
      matches_.pop_back();
    }
    matches_.push_back({webhook, std::move(position)});
    std::push_heap(matches_.begin(), matches_.end(), is_before);
  }

  void Finish(bool all_examined) {
    std::sort_heap(matches_.begin(), matches_.end(), [this](const Match& a, const Match& b) {
      return IsBefore(query_, a.position, b.position);
    });
    auto page = std::make_shared<Page>();
    std::vector<ListedWebhook> webhooks;
    const size_t count = std::min(matches_.size(), static_cast<size_t>(query_.limit));
    for (size_t i = 0; i < count; ++i) {
      webhooks.push_back({.webhook = std::move(matches_[i].webhook)});
      page->positions.push_back(std::move(matches_[i].position));
    }
    if (matches_.size() > count) {
      page->next = page->positions.back();
    } else if (!all_examined) {
      page->next = examined_to_;
    }
    listing_.Complete(std::move(webhooks),
                      [done = std::move(done_), page](absl::StatusOr<std::vector<ListedWebhook>> completed) {
                        if (!completed.ok()) return done(completed.status());
                        page->webhooks = *std::move(completed);
                        done(std::move(*page));
                      });
  }

  const WebhookListing listing_;
  const WebhookQuery query_;
  Done<absl::StatusOr<Page>> done_;
  WebhookPosition examined_to_{.has_value = true};  // of the last webhook that was examined, in the order kId
  int examined_ = 0;
  std::vector<Match> matches_;
};

void WebhookListing::List(WebhookQuery query, Done<absl::StatusOr<Page>> done) const {
  std::make_shared<Call>(this, std::move(query), std::move(done))->ExamineNext();
}

void WebhookListing::Get(absl::string_view project, absl::string_view id,
                         Done<absl::StatusOr<ListedWebhook>> done) const {
  auto webhook = table_->Find(project, id);
  if (webhook == nullptr) return done(WebhookNotFound(project, id));
  std::vector<ListedWebhook> one;
  one.push_back({.webhook = std::move(webhook)});
  Complete(std::move(one), [done = std::move(done)](absl::StatusOr<std::vector<ListedWebhook>> completed) {
    if (!completed.ok()) return done(completed.status());
    done(std::move(completed->front()));
  });
}

void WebhookListing::Complete(std::vector<ListedWebhook> webhooks,
                              Done<absl::StatusOr<std::vector<ListedWebhook>>> done) const {
  std::vector<int64_t> keys;
  keys.reserve(webhooks.size());
  for (const ListedWebhook& each : webhooks) keys.push_back(each.webhook->key);
  auto listed = std::make_shared<std::vector<ListedWebhook>>(std::move(webhooks));
  health_->Read(
      std::move(keys), /*with_errors=*/true,
      [store = store_, listed, done = std::move(done)](absl::StatusOr<std::vector<WebhookHealth>> health) {
        if (!health.ok()) return done(health.status());
        std::vector<int64_t> pending;
        for (size_t i = 0; i < health->size(); ++i) {
          if ((*health)[i].pending > 0) pending.push_back((*health)[i].webhook_key);
          (*listed)[i].health = std::move((*health)[i]);
        }
        if (pending.empty()) return done(std::move(*listed));
        store->FindOldestPending(std::move(pending),
                                 [listed, done](const absl::StatusOr<std::vector<int64_t>>& oldest) {
                                   if (!oldest.ok()) return done(oldest.status());
                                   auto key = oldest->begin();
                                   for (ListedWebhook& each : *listed) {
                                     if (each.health.pending <= 0) continue;
                                     // The last one may have ended since.
                                     if (*key != 0) each.oldest_pending_time = TimeOfKey(*key);
                                     ++key;
                                   }
                                   done(std::move(*listed));
                                 });
      });
}

}  // namespace hookd
