#include "delivery/auto_disable.h"

#include <algorithm>

#include "base/limits.h"
#include "delivery/backoff.h"
#include "store/cluster.h"

namespace hookd {

void AutoDisable::TakeUp(const std::vector<std::pair<int64_t, absl::Time>>& failing_since) {
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, since] : failing_since) failing_[key] = {.since = since, .noted = true};
}

void AutoDisable::LetGo(const std::vector<int>& shards) {
  absl::MutexLock lock(&mutex_);
  absl::erase_if(failing_, [&](const auto& each) {
    return std::find(shards.begin(), shards.end(), ShardOf(each.first)) != shards.end();
  });
}

void AutoDisable::OnFailure(const Webhook& webhook, int response_status) {
  if (response_status == kHttpGone) return Disable(webhook, DisableReason::kGone);
  if (after_ == absl::ZeroDuration() || webhook.retry_policy.max_attempts <= 1) return;
  const absl::Time now = clock_->Steady();
  bool note = false;
  absl::Time since;
  {
    absl::MutexLock lock(&mutex_);
    Stretch& stretch = failing_.try_emplace(webhook.key, Stretch{.since = now}).first->second;
    since = stretch.since;
    note = !stretch.noted && now - since >= limits::kFailingNoted;
    stretch.noted |= note;
  }
  if (now - since >= after_) return Disable(webhook, DisableReason::kFailing);
  if (note) store_->SetFailingSince(webhook.key, since);
}

void AutoDisable::OnSuccess(const Webhook& webhook) { Forget(webhook.key); }

void AutoDisable::Forget(int64_t webhook_key) {
  bool noted = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto stretch = failing_.find(webhook_key);
    if (stretch == failing_.end()) return;
    noted = stretch->second.noted;
    failing_.erase(stretch);
  }
  if (noted) store_->SetFailingSince(webhook_key, std::nullopt);
}

void AutoDisable::Disable(const Webhook& webhook, DisableReason reason) {
  // Enabled again, it begins anew.
  Forget(webhook.key);
  webhooks_->Update(
      webhook.project, webhook.id, /*etag=*/"",
      [key = webhook.key, reason, now = clock_->Now()](Webhook& stands) {
        // It may have been disabled already, or deleted and made anew.
        if (stands.key != key || stands.disabled) return absl::AbortedError("nothing to disable");
        SetDisabled(stands, true, reason, now);
        return absl::OkStatus();
      },
      /*validate_only=*/false,
      [this, reason](const absl::StatusOr<Webhook>& disabled) {
        if (!disabled.ok()) return;
        (reason == DisableReason::kGone ? metrics_->disabled_gone : metrics_->disabled_failing).Increment();
      });
}

}  // namespace hookd
