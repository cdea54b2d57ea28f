// A page token gives back its cursor, for its own query alone; and no bytes that are none do harm.
#include <string>

#include "api/conversion/page_token.h"
#include "tests/fuzz/fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = FuzzText(data, size);
  hookd::ReadPageToken("query", text);
  const absl::string_view query = text.substr(0, size / 2);
  const absl::string_view cursor = text.substr(size / 2);
  const std::string token = hookd::MakePageToken(query, cursor);
  HOOKD_PROMISE(hookd::ReadPageToken(query, token) == std::string(cursor));
  HOOKD_PROMISE(!hookd::ReadPageToken(std::string(query) + "x", token).has_value());
  return 0;
}
