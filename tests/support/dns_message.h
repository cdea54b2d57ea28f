// The part of DNS (RFC 1035) that DnsServer needs: reads a query and writes its answer. Plain functions.
#ifndef HOOKD_TESTS_SUPPORT_DNS_MESSAGE_H_
#define HOOKD_TESTS_SUPPORT_DNS_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace hookd::dns {

inline constexpr uint16_t kA = 1, kNs = 2, kAaaa = 28;
inline constexpr int kNoError = 0, kServerFailure = 2, kNoSuchName = 3, kRefused = 5;

struct Query {
  uint16_t id = 0;
  std::string name;  // in lower case, without the last dot; empty for the root
  uint16_t type = 0;
  std::string question;  // as it came
};

struct Answer {
  int code = kNoError;
  bool truncated = false;
  uint32_t ttl_seconds = 0;
  std::vector<std::string> data;  // of one record each: an address's bytes, or a name as DNS writes it
};

// Nothing if `message` is not a query with one question.
std::optional<Query> ParseQuery(absl::string_view message);

std::string Serialize(const Query& query, const Answer& answer);

// The bytes of an IPv4 or IPv6 address; empty if `text` is not one of that type (kA or kAaaa).
std::string AddressData(const std::string& text, uint16_t type);

}  // namespace hookd::dns

#endif  // HOOKD_TESTS_SUPPORT_DNS_MESSAGE_H_
