#include "base/ids.h"

#include <algorithm>

namespace hookd {
namespace {

constexpr int kCounterBits = 20;
constexpr int kSlotShift = 14;                                  // of the counter, its upper bits are the slot
static_assert(limits::kMaxWebhooksPerEvent == kMaxKeyRun - 1);  // an event takes one of its run
static_assert(kKeySlots << kSlotShift == 1 << kCounterBits && kMaxKeyRun == int64_t{1} << kSlotShift);
constexpr int kIdLength = 13;  // 13 * 5 = 65 bits hold 64
constexpr absl::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

}  // namespace

int64_t KeyGenerator::Take(absl::Time now, int64_t count) {
  int64_t first = std::max(last_key_ + 1, FirstKeyAt(now));
  if (slot_.has_value()) {
    // Use the slot's keys of that millisecond, or of the next if there are not enough left.
    const int64_t millisecond = first >> kCounterBits << kCounterBits;
    const int64_t begin = millisecond + (int64_t{*slot_} << kSlotShift);
    first = std::max(first, begin);
    if (first + count > begin + kMaxKeyRun) first = begin + (int64_t{1} << kCounterBits);
  }
  last_key_ = first + count - 1;
  return first;
}

void KeyGenerator::SkipTo(int64_t key) { last_key_ = std::max(last_key_, key); }

int SlotOfKey(int64_t key) { return static_cast<int>(key >> kSlotShift) & (kKeySlots - 1); }

int64_t FirstKeyAt(absl::Time time) {
  constexpr int64_t kLastMillisecond = (int64_t{1} << (63 - kCounterBits)) - 1;
  return std::clamp<int64_t>(absl::ToUnixMillis(time), 0, kLastMillisecond) << kCounterBits;
}

absl::Time TimeOfKey(int64_t key) { return absl::FromUnixMillis(key >> kCounterBits); }

std::string EncodeId(int64_t key) {
  std::string id(kIdLength, '0');
  auto rest = static_cast<uint64_t>(key);
  for (int i = kIdLength - 1; i >= 0; --i, rest >>= 5) id[i] = kAlphabet[rest & 31];
  return id;
}

std::optional<int64_t> DecodeId(absl::string_view id) {
  // A first character past '7' would not fit 63 bits.
  if (id.size() != kIdLength || id[0] > '7') return std::nullopt;
  uint64_t key = 0;
  for (char c : id) {
    const size_t digit = kAlphabet.find(c);
    if (digit == absl::string_view::npos) return std::nullopt;
    key = key << 5 | digit;
  }
  return static_cast<int64_t>(key);
}

}  // namespace hookd
