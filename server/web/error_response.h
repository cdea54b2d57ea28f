// Errors as the body of a response. Thread-safe; no state.
#ifndef HOOKD_WEB_ERROR_RESPONSE_H_
#define HOOKD_WEB_ERROR_RESPONSE_H_

#include "absl/status/status.h"
#include "web/routes/http_status.h"
#include "web/web_request.h"

namespace hookd {

// The error as a google.rpc.Status in JSON, with its details (AIP-193).
std::string ErrorJson(const absl::Status& error);

// The error with the paths of its violations as they are in the caller's body, which is a documented event or
// a list of them: `document.user.id` is `user.id`, and `requests[3].document.user.id` is `[3].user.id`.
absl::Status InWordsOfDocuments(const absl::Status& error);

// The response for an error.
WebResponse ErrorResponse(HttpError error);

}  // namespace hookd

#endif  // HOOKD_WEB_ERROR_RESPONSE_H_
