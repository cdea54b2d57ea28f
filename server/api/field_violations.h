// What is wrong with a request, field by field, gathered so that a caller learns everything at once.
//
// Not thread-safe: one belongs to one call.
#ifndef HOOKD_API_FIELD_VIOLATIONS_H_
#define HOOKD_API_FIELD_VIOLATIONS_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"

namespace hookd {

class FieldViolations {
 public:
  // `path` as a caller would write it in code: `webhook.url`, `requests[3].event`,
  // `event.properties["plan"]`. `description` is a sentence about it without a capital and a full stop, which
  // says what to change ("must not be empty"). Both may carry what the caller sent: they are abbreviated, and
  // bytes that are not UTF-8 are replaced.
  void Add(absl::string_view path, absl::string_view description);

  bool empty() const { return count_ == 0; }

  // How many there are, listed or not.
  int count() const { return count_; }

  // Whether more would be counted but not listed: who finds a million need not make their paths.
  bool full() const { return full_; }

  // INVALID_ARGUMENT with a google.rpc.BadRequest in its details and a message that sums it up for a person:
  // "2 problems: webhook.url: must not be empty; parent: ...". OK if there are none.
  //
  // The details list every violation, up to limits::kMaxErrorDetailsBytes; the message says how many more
  // there are.
  absl::Status ToStatus() const;

 private:
  google::rpc::BadRequest listed_;
  size_t listed_bytes_ = 0;
  bool full_ = false;
  int count_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_API_FIELD_VIOLATIONS_H_
