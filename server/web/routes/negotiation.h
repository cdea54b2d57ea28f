// What a request says of representations (RFC 9110, sections 8 and 12): the one that it wants, and its own.
//
// Thread-safe; no state.
#ifndef HOOKD_WEB_ROUTES_NEGOTIATION_H_
#define HOOKD_WEB_ROUTES_NEGOTIATION_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "web/routes/http_status.h"
#include "web/web_request.h"

namespace hookd {

enum class Representation {
  kJson,         // application/json: one object
  kJsonLines,    // application/x-ndjson: a stream, one object a line
  kEventStream,  // text/event-stream: a stream of server-sent events
};

// The media type of a representation.
absl::string_view MediaType(Representation representation);

// Returns the offered representation that the request's Accept headers prefer, by their q-values; of several,
// the one that is offered first. Nothing if none fits: answer with NotAcceptable. Of the ranges that match a
// representation, the most specific one counts. Ignores parameters of media types and malformed elements;
// a request without any well-formed element accepts everything.
std::optional<Representation> Negotiate(const WebHeaders& headers, absl::Span<const Representation> offered);

// Whether the request's Accept headers prefer text/html to JSON, as those of a browser that opens a page do.
// False for a request that takes everything, such as curl's.
bool PrefersHtml(const WebHeaders& headers);

// The error 406, with the offered media types.
HttpError NotAcceptable(absl::Span<const Representation> offered);

// Whether the response may be compressed with gzip: the Accept-Encoding headers name gzip, x-gzip or *, with
// a q-value above zero and not below that of identity, if they name that. False without the header, because
// callers that do not send it do not decompress.
bool AcceptsGzip(const WebHeaders& headers);

// Checks that hookd can read the request's body: JSON in UTF-8, not compressed. Returns the error 415
// otherwise.
//
// * Content-Type must be application/json, and its charset, if any, utf-8. Other types ending in +json are
//   other formats (application/cloudevents+json, application/json-patch+json), so they are refused too.
// * A request without a body needs no Content-Type, but if it has one, it must be JSON, except that GET, HEAD
//   and OPTIONS are not checked: no form of a web page can then call a method, not even an empty one.
// * Content-Encoding must be absent or identity.
std::optional<HttpError> CheckContent(const WebRequest& request);

}  // namespace hookd

#endif  // HOOKD_WEB_ROUTES_NEGOTIATION_H_
