// Adds to absl::Status what hookd's errors need.
#ifndef HOOKD_BASE_STATUS_H_
#define HOOKD_BASE_STATUS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hookd {

// Returns INVALID_ARGUMENT about one field of a request, by its path (`webhook.url`). The API reports it as a
// BadRequest.
absl::Status FieldError(absl::string_view field, absl::string_view description);

// Returns the field of a FieldError; nothing for any other status.
std::optional<std::string> FieldOf(const absl::Status& status);

}  // namespace hookd

#endif  // HOOKD_BASE_STATUS_H_
