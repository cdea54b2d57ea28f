// First answers to calls with a request id, as the JSON that is stored with it. Thread-safe; no state.
#ifndef HOOKD_STORE_CODEC_ANSWER_CODEC_H_
#define HOOKD_STORE_CODEC_ANSWER_CODEC_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "store/codec/secret_box.h"
#include "store/records.h"
#include "store/store.h"

namespace hookd {

// Expired answers that are deleted for each that is stored: more than one, so that they run out.
inline constexpr int kExpiredAnswersPerKept = 4;

// Each returns what the other was given; nothing for bytes that no version of hookd wrote.
std::string EncodeAnswer(const Webhook& webhook);
std::optional<Webhook> DecodeWebhookAnswer(absl::string_view bytes);

std::string EncodeAnswer(const std::vector<AcceptedEvent>& events);
std::optional<std::vector<AcceptedEvent>> DecodeEventsAnswer(absl::string_view bytes);

// What AcceptEvents answers to a request id that is stored with this fingerprint and answer.
absl::StatusOr<Store::Accepted> FirstAnswer(const RequestId& request_id, absl::string_view fingerprint,
                                            absl::string_view answer);

// What CreateWebhook answers to a request id that is stored with this answer and the webhook's sealed
// secrets, whose fingerprint is that of the call. DATA_LOSS if they cannot be read.
absl::StatusOr<Store::Created> FirstWebhookAnswer(absl::string_view answer, absl::string_view sealed_secrets,
                                                  const SecretBox& secrets);

}  // namespace hookd

#endif  // HOOKD_STORE_CODEC_ANSWER_CODEC_H_
