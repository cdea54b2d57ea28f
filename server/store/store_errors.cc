#include "store/store_errors.h"

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/status.h"

namespace hookd {
namespace {

absl::Status NotFound(absl::string_view project, absl::string_view collection, absl::string_view id) {
  return absl::NotFoundError(absl::StrCat("projects/", project, "/", collection, "/", id, " not found"));
}

}  // namespace

absl::Status ProjectNotFound(absl::string_view project) {
  return absl::NotFoundError(absl::StrCat("projects/", project, " not found"));
}

absl::Status WebhookNotFound(absl::string_view project, absl::string_view id) {
  return NotFound(project, "webhooks", id);
}

absl::Status EventNotFound(absl::string_view project, int64_t key) {
  return NotFound(project, "events", EncodeId(key));
}

absl::Status DeliveryNotFound(absl::string_view project, int64_t key) {
  return NotFound(project, "deliveries", EncodeId(key));
}

absl::Status TokenNotFound(absl::string_view id) {
  return absl::NotFoundError(absl::StrCat("tokens/", id, " not found"));
}

absl::Status RequestIdNotFound() { return absl::NotFoundError("the request id is not known"); }

absl::Status WebhookExists(absl::string_view project, absl::string_view id) {
  return absl::AlreadyExistsError(absl::StrCat("projects/", project, "/webhooks/", id, " already exists"));
}

absl::Status TokenExists(absl::string_view id) {
  return absl::AlreadyExistsError(absl::StrCat("tokens/", id, " already exists"));
}

absl::Status ProjectDeletedMeanwhile() { return absl::AbortedError("a project was deleted meanwhile"); }

absl::Status RequestIdReused() {
  return FieldError("request_id", "was used for a request with other content");
}

absl::Status AnswerDamaged() {
  return absl::DataLossError("the stored answer to this request_id is damaged");
}

absl::Status SecretsDamaged() { return absl::DataLossError("the stored secrets of a webhook are damaged"); }

}  // namespace hookd
