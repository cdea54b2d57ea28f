// The path of a request, checked and split into segments.
//
// A value that refers to the text that it was parsed from, which must outlive it. Not thread-safe.
#ifndef HOOKD_WEB_ROUTES_REQUEST_PATH_H_
#define HOOKD_WEB_ROUTES_REQUEST_PATH_H_

#include <cstddef>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hookd {

class RequestPath {
 public:
  // The maximum number of segments, of a path and of a template: several times that of the longest template
  // of hookd.v1. A path with more matches nothing.
  static constexpr size_t kMaxSegments = 32;

  // Parses a path as sent, percent-encoded and without the query. Returns OUT_OF_RANGE if it is longer than
  // limits::kMaxUrlBytes, and INVALID_ARGUMENT if it
  // * does not begin with "/";
  // * has a character that RFC 3986 does not allow in a path, or a "%" without two hexadecimal digits;
  // * has an encoded NUL, or is not UTF-8 when it is decoded.
  static absl::StatusOr<RequestPath> Parse(absl::string_view raw);

  // The segments, still encoded; one more than kMaxSegments if there are too many. At least one.
  size_t size() const { return segments_.size(); }
  absl::string_view operator[](size_t index) const { return segments_[index]; }

  // What follows the last ":" of the last segment; empty if there is no ":". An encoded ":" (%3A) never
  // begins a verb.
  absl::string_view verb() const { return verb_; }
  // The last segment without its verb and the ":".
  absl::string_view last_without_verb() const { return last_without_verb_; }

 private:
  RequestPath() = default;

  absl::InlinedVector<absl::string_view, 8> segments_;
  absl::string_view verb_;
  absl::string_view last_without_verb_;
};

// Decodes the percent-escapes of a part of a RequestPath. With `keep_slashes`, leaves "%2F" as it is, so that
// the slashes of the result are those between segments.
std::string DecodePath(absl::string_view part, bool keep_slashes);

}  // namespace hookd

#endif  // HOOKD_WEB_ROUTES_REQUEST_PATH_H_
