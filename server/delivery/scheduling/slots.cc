#include "delivery/scheduling/slots.h"

#include <algorithm>
#include <cassert>
#include <tuple>

#include "base/limits.h"

namespace hookd {

Slots::Slots(int count)
    : count_(count),
      max_unproven_(std::max(1, static_cast<int>(count * limits::kUnprovenShare))),
      prompt_only_(static_cast<int>(count * limits::kPromptShare)) {
  assert(count > 0);
}

bool Slots::ByTurn::operator()(const Place& a, const Place& b) const {
  return std::tie(a.in_flight, a.ticket) < std::tie(b.in_flight, b.ticket);
}

Slots::Place Slots::Join(Kind kind, int in_flight, int64_t webhook_key) {
  const Place place{
      .kind = kind, .in_flight = in_flight, .ticket = ++last_ticket_, .webhook_key = webhook_key};
  lines_[kind].insert(place);
  return place;
}

void Slots::Leave(const Place& place) { lines_[place.kind].erase(place); }

bool Slots::HasTurn(Kind kind) const {
  if (lines_[kind].empty()) return false;
  if (kind == kNone) return true;
  if (kind == kUnproven && unproven_ >= max_unproven_) return false;
  const int kept_free = kind == kPrompt ? 0 : prompt_only_;
  return count_ - taken_ > kept_free + limits::kFreeSlotsPerAttempt * lines_[kind].begin()->in_flight;
}

std::optional<Slots::Place> Slots::Next() {
  const auto take_first = [this](Kind kind) {
    const auto first = lines_[kind].begin();
    const Place place = *first;
    lines_[kind].erase(first);
    return place;
  };
  if (HasTurn(kNone)) return take_first(kNone);
  for (int i = 1; i <= kSlotKinds; ++i) {
    const auto kind = static_cast<Kind>((last_kind_ + i) % kSlotKinds);
    if (!HasTurn(kind)) continue;
    last_kind_ = kind;
    return take_first(kind);
  }
  return std::nullopt;
}

void Slots::Take(Kind kind) {
  if (kind == kNone) return;
  ++taken_;
  if (kind == kUnproven) ++unproven_;
  assert(taken_ <= count_);
}

void Slots::Release(Kind kind) {
  if (kind == kNone) return;
  --taken_;
  if (kind == kUnproven) --unproven_;
  assert(taken_ >= 0 && unproven_ >= 0);
}

}  // namespace hookd
