#include "delivery/auto_disable.h"

#include <algorithm>

#include "base/limits.h"
#include "base/tuning.h"
#include "delivery/attempts/backoff.h"
#include "store/cluster.h"

namespace hookd {

void AutoDisable::Restore(const std::vector<std::pair<int64_t, absl::Time>>& failing_since) {
  const absl::Time now = clock_->Steady();
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, since] : failing_since) {
    failing_[key] = {.since = since, .last = now, .stored = true};
  }
}

void AutoDisable::ForgetShards(const std::vector<int>& shards) {
  absl::MutexLock lock(&mutex_);
  absl::erase_if(failing_, [&](const auto& each) {
    return std::find(shards.begin(), shards.end(), ShardOf(each.first)) != shards.end();
  });
}

void AutoDisable::CountFailure(Stretch& stretch, int64_t delivery_key, absl::Time now) {
  stretch.last = now;
  stretch.first_counted = std::min(stretch.first_counted, now);
  ++stretch.failures;
  std::vector<int64_t>& deliveries = stretch.deliveries;
  if (deliveries.size() < limits::kAutoDisableDeliveries &&
      std::find(deliveries.begin(), deliveries.end(), delivery_key) == deliveries.end()) {
    deliveries.push_back(delivery_key);
  }
}

bool AutoDisable::IsComplete(const Stretch& stretch) const {
  return stretch.last - stretch.since >= after_ && stretch.failures >= limits::kAutoDisableFailures &&
         stretch.deliveries.size() >= limits::kAutoDisableDeliveries &&
         stretch.last - stretch.first_counted >= after_ * limits::kAutoDisableSpread;
}

void AutoDisable::OnFailure(const Webhook& webhook, int64_t delivery_key, int response_status) {
  if (response_status == kHttpGone) return Disable(webhook, DisableReason::kGone);
  if (after_ == absl::ZeroDuration() || webhook.retry_policy.max_attempts <= 1) return;
  const absl::Time now = clock_->Steady();
  bool store = false;
  bool complete = false;
  absl::Time since;
  {
    absl::MutexLock lock(&mutex_);
    const Stretch begun{.since = now, .last = now};
    Stretch& stretch = failing_.try_emplace(webhook.key, begun).first->second;
    if (now - stretch.last > after_ * limits::kAutoDisableMaxGap) {
      // The store has the stretch before this one.
      store = stretch.stored;
      stretch = begun;
      stretch.stored = store;
    }
    CountFailure(stretch, delivery_key, now);
    complete = IsComplete(stretch);
    since = stretch.since;
    store |= !stretch.stored && now - since >= tuning::kFailingNoted;
    stretch.stored |= store;
  }
  if (complete) return Disable(webhook, DisableReason::kFailing);
  if (store) store_->SetFailingSince(webhook.key, since);
}

void AutoDisable::OnSuccess(const Webhook& webhook) { EndStretch(webhook.key); }

void AutoDisable::EndStretch(int64_t webhook_key) {
  bool stored = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto stretch = failing_.find(webhook_key);
    if (stretch == failing_.end()) return;
    stored = stretch->second.stored;
    failing_.erase(stretch);
  }
  if (stored) store_->SetFailingSince(webhook_key, std::nullopt);
}

void AutoDisable::Disable(const Webhook& webhook, DisableReason reason) {
  // If the webhook is enabled again, another stretch begins.
  EndStretch(webhook.key);
  webhooks_->Update(
      webhook.project, webhook.id, /*etag=*/"",
      [key = webhook.key, reason, now = clock_->Now()](Webhook& stored) {
        // It may have been disabled already, or deleted and created again under the same id.
        if (stored.key != key || stored.disabled) return absl::AbortedError("nothing to disable");
        SetDisabled(stored, true, reason, now);
        return absl::OkStatus();
      },
      /*validate_only=*/false,
      [this, reason](const absl::StatusOr<Webhook>& disabled) {
        if (!disabled.ok()) return;
        (reason == DisableReason::kGone ? metrics_->disabled_gone : metrics_->disabled_failing).Increment();
      });
}

}  // namespace hookd
