// Errors as HTTP reports them: the status code and the headers that belong to it.
//
// Thread-safe; no state.
#ifndef HOOKD_WEB_ROUTES_HTTP_STATUS_H_
#define HOOKD_WEB_ROUTES_HTTP_STATUS_H_

#include "absl/status/status.h"
#include "web/web_request.h"

namespace hookd {

// An error that ends a request. The body of its response is `error` as a google.rpc.Status.
//
// The HTTP code says more than the code of `error` where google.rpc.Code has no equal, such as 405 and 415.
struct HttpError {
  int http_status = 500;
  absl::Status error;
  WebHeaders headers;  // in addition to those of every response
};

// Returns the HTTP code of a google.rpc.Code, as google/rpc/code.proto documents it.
int HttpStatusOf(absl::StatusCode code);

// Returns an error of the API as HTTP reports it:
// * with Retry-After, in whole seconds, if the error has a RetryInfo (api/status.h);
// * with WWW-Authenticate (RFC 6750) if it is UNAUTHENTICATED. `has_credentials` is whether the request has
//   an Authorization header, so that the challenge can say that its token was refused. Requires: the status
//   is not OK.
HttpError ToHttpError(const absl::Status& error, bool has_credentials);

}  // namespace hookd

#endif  // HOOKD_WEB_ROUTES_HTTP_STATUS_H_
