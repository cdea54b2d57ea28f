// A URL that is taken is http or https, without user info and fragment, and its own normalised form; and what
// the egress guard says of it does not depend on how it was written.
#include <curl/curl.h>

#include <memory>

#include "absl/strings/match.h"
#include "base/limits.h"
#include "http/egress_guard.h"
#include "http/url.h"
#include "tests/fuzz/fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto url = hookd::NormalizeUrl(FuzzText(data, size));
  if (!url.ok()) {
    HOOKD_PROMISE(!url.status().message().empty());
    return 0;
  }
  HOOKD_PROMISE(url->size() <= hookd::limits::kMaxUrlBytes);
  HOOKD_PROMISE(absl::StartsWith(*url, "http://") || absl::StartsWith(*url, "https://"));
  const auto again = hookd::NormalizeUrl(*url);
  HOOKD_PROMISE(again.ok() && *again == *url);
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  HOOKD_PROMISE(curl_url_set(parsed.get(), CURLUPART_URL, url->c_str(), 0) == CURLUE_OK);
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT}) {
    char* text = nullptr;
    HOOKD_PROMISE(curl_url_get(parsed.get(), part, &text, 0) != CURLUE_OK);
  }
  static const hookd::EgressGuard guard;
  const absl::Status allowed = guard.CheckUrl(*url);
  HOOKD_PROMISE(allowed.ok() || absl::IsInvalidArgument(allowed));
  HOOKD_PROMISE(!hookd::OriginOf(*url).empty());
  return 0;
}
