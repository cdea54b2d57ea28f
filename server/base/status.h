// What absl::Status lacks for hookd's errors.
#ifndef HOOKD_BASE_STATUS_H_
#define HOOKD_BASE_STATUS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hookd {

// INVALID_ARGUMENT about one field of a request, by its path (`webhook.url`). rpc/ answers with a BadRequest.
absl::Status FieldError(absl::string_view field, absl::string_view description);

// The field a FieldError is about; nothing for any other status.
std::optional<std::string> FieldOf(const absl::Status& status);

}  // namespace hookd

#endif  // HOOKD_BASE_STATUS_H_
