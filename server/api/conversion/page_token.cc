#include "api/conversion/page_token.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/fingerprint.h"

namespace hookd {
namespace {

constexpr size_t kFingerprintBytes = 16;

}  // namespace

std::string MakePageToken(absl::string_view query, absl::string_view cursor) {
  // The length distinguishes query "a" with cursor "bc" from query "ab" with cursor "c".
  const std::string fingerprint = Fingerprint(absl::StrCat("page token ", query.size(), " ", query, cursor));
  return absl::WebSafeBase64Escape(absl::StrCat(fingerprint, cursor));
}

std::optional<std::string> ReadPageToken(absl::string_view query, absl::string_view token) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes) || bytes.size() < kFingerprintBytes) return std::nullopt;
  std::string cursor = bytes.substr(kFingerprintBytes);
  // Several Base64 texts decode to the same bytes; only one of them is a token.
  if (MakePageToken(query, cursor) != token) return std::nullopt;
  return cursor;
}

}  // namespace hookd
