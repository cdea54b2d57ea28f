// The errors that all engines answer alike. Thread-safe; no state.
#ifndef HOOKD_STORE_STORE_ERRORS_H_
#define HOOKD_STORE_STORE_ERRORS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hookd {

// NOT_FOUND: "projects/p/webhooks/w not found".
absl::Status ProjectNotFound(absl::string_view project);
absl::Status WebhookNotFound(absl::string_view project, absl::string_view id);
absl::Status EventNotFound(absl::string_view project, int64_t key);
absl::Status DeliveryNotFound(absl::string_view project, int64_t key);
absl::Status TokenNotFound(absl::string_view id);
absl::Status RequestIdNotFound();

// ALREADY_EXISTS.
absl::Status WebhookExists(absl::string_view project, absl::string_view id);
absl::Status TokenExists(absl::string_view id);

// ABORTED, which repeats the transaction: a project that it adds to was deleted meanwhile.
absl::Status ProjectDeletedMeanwhile();

// A request id that came with other content before; the stored answer to one, or a webhook's secrets, that
// cannot be read (DATA_LOSS).
absl::Status RequestIdReused();
absl::Status AnswerDamaged();
absl::Status SecretsDamaged();

}  // namespace hookd

#endif  // HOOKD_STORE_STORE_ERRORS_H_
