#include "tests/support/dns_message.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "absl/strings/ascii.h"

namespace hookd::dns {
namespace {

constexpr size_t kHeaderBytes = 12;
constexpr unsigned kResponse = 0x8000, kAuthoritative = 0x0400, kTruncated = 0x0200;
constexpr unsigned kRecursionDesired = 0x0100, kRecursionAvailable = 0x0080;

unsigned Number16(absl::string_view bytes, size_t at) {
  return static_cast<unsigned char>(bytes[at]) * 256U + static_cast<unsigned char>(bytes[at + 1]);
}

void Append16(std::string& out, size_t number) {
  out += static_cast<char>(number >> 8 & 255);
  out += static_cast<char>(number & 255);
}

}  // namespace

std::optional<Query> ParseQuery(absl::string_view message) {
  if (message.size() < kHeaderBytes) return std::nullopt;
  if ((Number16(message, 2) & kResponse) != 0 || Number16(message, 4) != 1) return std::nullopt;
  Query query = {.id = static_cast<uint16_t>(Number16(message, 0)), .name = {}, .question = {}};
  size_t at = kHeaderBytes;
  while (true) {
    if (at >= message.size()) return std::nullopt;
    const size_t length = static_cast<unsigned char>(message[at++]);
    if (length == 0) break;
    if (length > 63 || at + length > message.size()) return std::nullopt;
    if (!query.name.empty()) query.name += '.';
    query.name += absl::AsciiStrToLower(message.substr(at, length));
    at += length;
  }
  if (at + 4 > message.size()) return std::nullopt;
  query.type = static_cast<uint16_t>(Number16(message, at));
  query.question = std::string(message.substr(kHeaderBytes, at + 4 - kHeaderBytes));
  return query;
}

std::string Serialize(const Query& query, const Answer& answer) {
  std::string out;
  Append16(out, query.id);
  Append16(out, kResponse | kAuthoritative | kRecursionDesired | kRecursionAvailable |
                    (answer.truncated ? kTruncated : 0U) | static_cast<unsigned>(answer.code));
  Append16(out, 1);
  Append16(out, answer.data.size());
  Append16(out, 0);
  Append16(out, 0);
  out += query.question;
  for (const std::string& data : answer.data) {
    Append16(out, 0xC000 | kHeaderBytes);  // the name of the question
    Append16(out, query.type);
    Append16(out, 1);
    Append16(out, answer.ttl_seconds >> 16);
    Append16(out, answer.ttl_seconds & 0xFFFF);
    Append16(out, data.size());
    out += data;
  }
  return out;
}

std::string AddressData(const std::string& text, uint16_t type) {
  char bytes[sizeof(in6_addr)];
  if (inet_pton(type == kA ? AF_INET : AF_INET6, text.c_str(), bytes) != 1) return "";
  return {bytes, type == kA ? sizeof(in_addr) : sizeof(in6_addr)};
}

}  // namespace hookd::dns
