#include "api/handlers/test_explanation.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace hookd {
namespace {

// What to do about a failed test, after its error.
absl::string_view Advice(absl::string_view error) {
  if (absl::StrContains(error, "--egress_allow")) return "";  // the error says what to do
  if (absl::StartsWith(error, "could not resolve")) return " Is the host name in the URL right?";
  if (absl::StartsWith(error, "could not connect"))
    return " Is a server listening there, and can hookd reach it?";
  if (absl::StartsWith(error, "timed out"))
    return " Respond first, with a 2xx status, and process the event afterwards.";
  if (absl::StartsWith(error, "TLS")) return " Check the endpoint's certificate.";
  if (absl::StrContains(error, "redirects are not followed"))
    return " Use the final URL as the webhook's URL.";
  if (absl::StrContains(error, "status")) return " Respond with a 2xx status once the event is accepted.";
  return "";
}

}  // namespace

std::string ExplainTest(const Attempt& attempt) {
  const std::string took = absl::FormatDuration(absl::Floor(
      attempt.total, attempt.total < absl::Milliseconds(10) ? absl::Microseconds(1) : absl::Milliseconds(1)));
  if (attempt.error.empty()) {
    return absl::StrCat("The test succeeded: the endpoint responded with status ", attempt.response_status,
                        " after ", took, ".");
  }
  return absl::StrCat("The test failed after ", took, ": ", attempt.error, ".", Advice(attempt.error));
}

}  // namespace hookd
