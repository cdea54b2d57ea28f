// Errors as the body of a response. Thread-safe; no state.
#ifndef HOOKD_WEB_ERROR_RESPONSE_H_
#define HOOKD_WEB_ERROR_RESPONSE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "web/routes/http_status.h"
#include "web/web_request.h"

namespace hookd {

// The error as a google.rpc.Status in JSON, with its details (AIP-193).
std::string ErrorJson(const absl::Status& error);

// The path of a violation in a body that is a documented event or a list of them: `document.user.id` is
// `user.id`, `requests[3].document.user.id` is `[3].user.id`, and the whole of it is `body`.
std::string PathInDocuments(absl::string_view path);

// The response for an error.
WebResponse ErrorResponse(HttpError error);

}  // namespace hookd

#endif  // HOOKD_WEB_ERROR_RESPONSE_H_
