// Everything that is wrong with a request, field by field, so that one response reports all of it.
//
// Not thread-safe: each object belongs to one call.
#ifndef HOOKD_API_VALIDATION_FIELD_VIOLATIONS_H_
#define HOOKD_API_VALIDATION_FIELD_VIOLATIONS_H_

#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"

namespace hookd {

class FieldViolations {
 public:
  // Adds a violation. `path` is written as in code: `webhook.url`, `requests[3].event`,
  // `event.properties["plan"]`. `description` is a sentence about the field without a capital letter and a
  // full stop, which says what to change ("must not be empty"). Both may contain input of the caller: they
  // are abbreviated, and bytes that are not valid UTF-8 are replaced.
  void Add(absl::string_view path, absl::string_view description);

  bool empty() const { return count_ == 0; }

  // The number of violations, listed or not.
  int count() const { return count_; }

  // Whether further violations are counted but not listed, so that their paths need not be built.
  bool full() const { return full_; }

  // Returns OK if there are no violations, otherwise INVALID_ARGUMENT with a google.rpc.BadRequest in its
  // details and a summary as its message: "2 problems: webhook.url: must not be empty; parent: ...".
  //
  // The details list every violation, up to limits::kMaxErrorDetailsBytes. The message has the number of
  // violations that it does not list.
  absl::Status ToStatus() const;

 private:
  google::rpc::BadRequest listed_;
  size_t listed_bytes_ = 0;
  bool full_ = false;
  int count_ = 0;
};

// Returns an error of FieldViolations::ToStatus, or one with the details of a FieldError, with other paths:
// `rename` returns the one to write for each. Returns other errors unchanged.
absl::Status RenameFields(const absl::Status& error,
                          absl::FunctionRef<std::string(absl::string_view path)> rename);

}  // namespace hookd

#endif  // HOOKD_API_VALIDATION_FIELD_VIOLATIONS_H_
