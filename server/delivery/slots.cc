#include "delivery/slots.h"

#include <algorithm>
#include <tuple>

#include "base/limits.h"

namespace hookd {

Slots::Slots(int count)
    : count_(count),
      max_unproven_(std::max(1, static_cast<int>(count * limits::kUnprovenShare))),
      for_prompt_(static_cast<int>(count * limits::kPromptShare)) {}

bool Slots::ByTurn::operator()(const Place& a, const Place& b) const {
  return std::tie(a.under_way, a.ticket) < std::tie(b.under_way, b.ticket);
}

Slots::Place Slots::Join(Kind kind, int under_way, int64_t webhook_key) {
  const Place place{
      .kind = kind, .under_way = under_way, .ticket = ++last_ticket_, .webhook_key = webhook_key};
  lines_[kind].insert(place);
  return place;
}

void Slots::Leave(const Place& place) { lines_[place.kind].erase(place); }

bool Slots::HasOneFor(Kind kind) const {
  if (lines_[kind].empty()) return false;
  if (kind == kNone) return true;
  if (kind == kUnproven && unproven_ >= max_unproven_) return false;
  const int kept_free = kind == kPrompt ? 0 : for_prompt_;
  return count_ - taken_ > kept_free + limits::kFreeSlotsPerAttempt * lines_[kind].begin()->under_way;
}

std::optional<Slots::Place> Slots::Next() {
  const auto take = [this](Kind kind) {
    const auto first = lines_[kind].begin();
    const Place place = *first;
    lines_[kind].erase(first);
    return place;
  };
  if (HasOneFor(kNone)) return take(kNone);
  for (int i = 1; i <= kSlotKinds; ++i) {
    const auto kind = static_cast<Kind>((last_kind_ + i) % kSlotKinds);
    if (!HasOneFor(kind)) continue;
    last_kind_ = kind;
    return take(kind);
  }
  return std::nullopt;
}

void Slots::Take(Kind kind) {
  if (kind == kNone) return;
  ++taken_;
  if (kind == kUnproven) ++unproven_;
}

void Slots::Release(Kind kind) {
  if (kind == kNone) return;
  --taken_;
  if (kind == kUnproven) --unproven_;
}

}  // namespace hookd
