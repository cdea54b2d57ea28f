#include "base/sip_hash.h"

#include <bit>
#include <cassert>

namespace hookd {
namespace {

// Up to 8 bytes, the lowest first.
uint64_t ReadWord(absl::string_view bytes) {
  uint64_t word = 0;
  for (size_t i = 0; i < bytes.size(); ++i) word |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return word;
}

class State {
 public:
  explicit State(const SipKey& key)
      : a_(key.first ^ 0x736f6d6570736575),
        b_(key.second ^ 0x646f72616e646f6d),
        c_(key.first ^ 0x6c7967656e657261),
        d_(key.second ^ 0x7465646279746573) {}

  void Add(uint64_t word) {
    d_ ^= word;
    Round();
    Round();
    a_ ^= word;
  }

  uint64_t Finish() {
    c_ ^= 0xff;
    for (int i = 0; i < 4; ++i) Round();
    return a_ ^ b_ ^ c_ ^ d_;
  }

 private:
  void Round() {
    a_ += b_;
    b_ = std::rotl(b_, 13) ^ a_;
    a_ = std::rotl(a_, 32);
    c_ += d_;
    d_ = std::rotl(d_, 16) ^ c_;
    a_ += d_;
    d_ = std::rotl(d_, 21) ^ a_;
    c_ += b_;
    b_ = std::rotl(b_, 17) ^ c_;
    c_ = std::rotl(c_, 32);
  }

  uint64_t a_, b_, c_, d_;
};

}  // namespace

SipKey ReadSipKey(absl::string_view bytes) {
  assert(bytes.size() == kSipKeyBytes);
  return {.first = ReadWord(bytes.substr(0, 8)), .second = ReadWord(bytes.substr(8, 8))};
}

uint64_t SipHash(const SipKey& key, uint64_t prefix, absl::string_view text) {
  State state(key);
  state.Add(prefix);
  const uint64_t length = sizeof(prefix) + text.size();
  while (text.size() >= 8) {
    state.Add(ReadWord(text.substr(0, 8)));
    text.remove_prefix(8);
  }
  state.Add(ReadWord(text) | length << 56);
  return state.Finish();
}

}  // namespace hookd
