// The name and value of a header that are taken can end neither the header nor the request, and are stored
// and read back as they are.
#include <string>

#include "http/header_rules.h"
#include "store/codec/header_codec.h"
#include "tests/fuzz/fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = FuzzText(data, size);
  const size_t end = text.find('\n');
  const absl::string_view name = text.substr(0, end);
  const absl::string_view value = end == absl::string_view::npos ? "" : text.substr(end + 1);
  const bool name_taken = hookd::CheckHeaderName(name).ok();
  const bool value_taken = hookd::CheckHeaderValue(value).ok();
  const auto has_none_of = [](absl::string_view part, absl::string_view characters) {
    return part.find_first_of(characters) == absl::string_view::npos;
  };
  if (name_taken) HOOKD_PROMISE(!name.empty() && has_none_of(name, absl::string_view(": \t\r\n\0", 6)));
  if (value_taken) HOOKD_PROMISE(has_none_of(value, absl::string_view("\r\n\0", 3)));
  if (name_taken && value_taken) {
    const hookd::HttpHeaders headers = {{std::string(name), std::string(value)}};
    HOOKD_PROMISE(hookd::DecodeHeaders(hookd::EncodeHeaders(headers)) == headers);
  }
  return 0;
}
